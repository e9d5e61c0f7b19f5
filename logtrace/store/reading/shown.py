"""Rows of spans as the last assembly left them, many traces at once: for whoever shows them without putting traces together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import orjson

from logtrace.store.reading.reader import FragmentReader

_ROWS = """
SELECT s.trace_low, s.trace_high, s.span_key, ifnull(s.parent_key, 0), s.confidence, s.operation_id, s.start_ns, s.duration_ns,
    s.facts, s.error, s.flags, s.attributes, s.lines, s.extra
FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value"""


class ShownRow(NamedTuple):
    """Columns of `span`, see schema; parent_key 0: none."""

    trace_low: int
    trace_high: int
    span_key: int
    parent_key: int
    confidence: int | None
    operation_id: int
    start_ns: int | None
    duration_ns: int | None
    facts: int
    error: int
    flags: int
    attributes: str
    lines: str | bytes
    extra: str | None


def as_assembled(reader: FragmentReader) -> bool:
    """Whether all rows are what a trace of them shows: none waits for assembly, and no clock needs a correction."""
    waiting = reader.run("SELECT max(id) > (SELECT value FROM meta WHERE key = 'assembled') FROM span")[0][0]
    return not waiting and not reader.clocks()


def shown_rows(reader: FragmentReader, lows: Sequence[int]) -> Iterator[list[ShownRow]]:
    """The rows of traces by low half, those with one low half together."""
    rows = reader.stream(_ROWS, (orjson.dumps(lows).decode(),))
    return (list(map(ShownRow._make, group)) for _, group in groupby(rows, itemgetter(0)))


def any_opaque_trace(reader: FragmentReader, lows: Sequence[int]) -> bool:
    """Whether some trace with one of these low halves has an id that is no hexadecimal digits."""
    sql = "SELECT 1 FROM json_each(?) j JOIN opaque_trace o ON o.low = j.value LIMIT 1"
    return bool(reader.run(sql, (orjson.dumps(lows).decode(),)))


def any_opaque_span(reader: FragmentReader, keys: Sequence[int] | None = None) -> bool:
    """Whether some span with one of these keys (None: any) has such an id."""
    if keys is None:
        return bool(reader.run("SELECT 1 FROM opaque_span LIMIT 1"))
    sql = "SELECT 1 FROM json_each(?) j JOIN opaque_span o ON o.key = j.value LIMIT 1"
    return bool(reader.run(sql, (orjson.dumps(keys).decode(),)))
