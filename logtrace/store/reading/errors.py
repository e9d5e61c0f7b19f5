"""The errors of a store: every span (and every trace's loose lines) that tells one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from logtrace.ids import NO_SPAN, TraceId
from logtrace.store.reading.reader import FragmentReader


class ErrorSpan(NamedTuple):
    """An error as a row tells it: (low, high) of the trace, level as ErrorLevel, and the attributes of the keys asked for."""

    trace: tuple[int, int]
    key: int
    parent_key: int
    service: str
    operation: str
    level: int
    error_type: str
    message: str
    time_ns: int | None
    attributes: dict[str, Any]


def error_spans(reader: FragmentReader, keys: Sequence[str]) -> Iterator[ErrorSpan]:
    """All errors, oldest row first. keys: attributes to give along, which are rare."""
    everywhere = bool(reader.run("SELECT 1 FROM attribute WHERE key IN (SELECT value FROM json_each(?)) LIMIT 1", (_json(keys),)))
    inline = " OR ".join(["instr(s.attributes, ?)"] * len(keys))
    rows = reader.stream(
        "SELECT s.id, s.trace_low, s.trace_high, s.span_key, coalesce(s.parent_key, 0), o.service, o.name, s.error, s.start_ns,"
        f" json_extract(s.extra, '$.failure'), {inline} FROM span s CROSS JOIN operation o ON o.id = s.operation_id"
        " WHERE s.error > 0",
        [_json([key])[1:-1] for key in keys],
    )
    for row_id, low, high, key, parent, service, name, level, start_ns, failure, has_key in rows:
        _, time_ns, error_type, message = orjson.loads(failure) if failure else (0, start_ns, "", "")
        attributes = _attributes(reader, row_id, keys) if everywhere or has_key else {}
        operation = name if key != NO_SPAN else ""
        yield ErrorSpan(
            (low, high), key, parent, service, operation, level, error_type, message, told_ns(time_ns, start_ns), attributes
        )


def told_ns(time_ns: Any, start_ns: int | None) -> int | None:
    """When an error was told: the time that stands with it, where it is one, else the start of its span."""
    return time_ns if isinstance(time_ns, int) and abs(time_ns) < 1 << 62 else start_ns


def _attributes(reader: FragmentReader, row_id: int, keys: Sequence[str]) -> dict[str, Any]:
    ranked = reader.fragment(row_id).attributes
    found = {attribute.key: attribute.value for attributes in ranked for attribute in attributes if attribute.key in keys}
    return {key: orjson.loads(value) for key, value in found.items()}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def trace_id_text(reader: FragmentReader, trace: tuple[int, int]) -> str:
    """The id of a trace as it is shown, by its halves. Lines with the short form of an id belong to its long form."""
    low, high = trace
    if not high:
        longer = reader.run("SELECT high FROM trace WHERE low = ? AND short AND high <> 0", (low,))
        high = longer[0][0] if len(longer) == 1 else 0
    text = reader.run("SELECT text FROM opaque_trace WHERE low = ? AND high = ?", (low, high))
    return str(TraceId(low, high, text[0][0] if text else ""))


def begins_ns(reader: FragmentReader) -> int | None:
    """When the first trace of the store starts; None where no trace has a time."""
    found: int | None = reader.run("SELECT min(start_ns) FROM trace")[0][0]
    return found
