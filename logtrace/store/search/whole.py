"""The rows of traces, one trace after the other, with all that their numbers stand for: for whoever takes them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import orjson

from logtrace.ids import TraceId
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.of_fragments import COLUMNS, Row
from logtrace.store.search.expressions import SAME_TRACE

_TRACES = 500
"""Traces that are asked for at a time."""

Key = tuple[int, int]
"""(low, high) of a trace."""


class WholeRow(NamedTuple):
    """A row of span, with the trace that it belongs to and when that starts."""

    trace: TraceId
    start_ns: int | None
    row: Row


_ROWS = f"""
SELECT t.low, t.high, x.text, t.start_ns, {", ".join(f"s.{name}" for name in COLUMNS.split(", "))}
FROM json_each(?) j CROSS JOIN trace t ON t.low = j.value ->> 0 AND t.high = j.value ->> 1
CROSS JOIN span s ON {SAME_TRACE.format(s="s")} LEFT JOIN opaque_trace x ON x.low = t.low AND x.high = t.high
ORDER BY j.key, s.start_ns IS NULL, s.start_ns, s.id"""


def all_traces(reader: FragmentReader) -> Iterator[Key]:
    """All assembled traces, oldest first, those without a time last."""
    return reader.stream("SELECT low, high FROM trace ORDER BY start_ns IS NULL, start_ns, high, low")


def whole_rows(reader: FragmentReader, traces: Iterable[Key]) -> Iterator[WholeRow]:
    """The rows of some traces, in their order; those of each by start."""
    asked = iter(traces)
    while batch := list(islice(asked, _TRACES)):
        for low, high, text, start_ns, *row in reader.stream(_ROWS, (orjson.dumps(batch).decode(),)):
            yield WholeRow(TraceId(low, high, text or ""), start_ns, tuple(row))


class Spelling:
    """What numbers in rows stand for, besides operations and attributes (which the reader itself knows)."""

    def __init__(self, reader: FragmentReader) -> None:
        self._reader = reader
        self._any_opaque = bool(reader.run("SELECT 1 FROM opaque_span LIMIT 1"))
        self.place = lru_cache(1_000)(self._place)
        self.span_text = lru_cache(10_000)(self._span_text)

    def _place(self, chunk: int) -> tuple[str, int]:
        """(path, number of its first line) of a chunk; ("", 0) of one that is gone."""
        sql = "SELECT s.path, c.first_line FROM chunk c JOIN source s ON s.id = c.source_id WHERE c.id = ?"
        return next(iter(self._reader.run(sql, (chunk,))), ("", 0))

    def _span_text(self, key: int) -> str:
        """The text of a span id that is not hexadecimal, "" for others."""
        found = self._reader.run("SELECT text FROM opaque_span WHERE key = ?", (key,)) if self._any_opaque else []
        return found[0][0] if found else ""


def model_text(reader: FragmentReader) -> tuple[int, int, str, str] | None:
    """(version, rules, pairs, clocks) of the model that parents were inferred with; None where none is kept."""
    return next(iter(reader.run("SELECT version, rules, pairs, clocks FROM model")), None)
