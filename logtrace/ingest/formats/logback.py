"""Logback's own JsonEncoder: a time in milliseconds beside the nanoseconds of its second, pairs as a list of objects.
Source: qos-ch/logback, classic/encoder/JsonEncoder."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import object_of, objects_of
from logtrace.units import NS_PER_S

_PLACE = "{}"


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time to the nanosecond, its message with its arguments, its pairs as fields, its exception told."""
    found = {
        key: value for key, value in record.items() if key not in ("nanoseconds", "formattedMessage", "kvpList", "throwable")
    }
    time, nanos = record.get("timestamp"), record.get("nanoseconds")
    if isinstance(time, int) and isinstance(nanos, int) and 0 <= nanos < NS_PER_S:
        found["timestamp"] = time // 1_000 * NS_PER_S + nanos
    found["message"] = record.get("formattedMessage") or _filled(record.get("message"), record.get("arguments"))
    pairs = {key: value for pair in objects_of(record.get("kvpList")) for key, value in pair.items()}
    if pairs:
        found["fields"] = {**object_of(record.get("fields")), **pairs}
    thrown = object_of(record.get("throwable"))
    if thrown:
        found |= {"error.type": thrown.get("className"), "error.message": thrown.get("message")}
        found["throwable"] = {key: value for key, value in thrown.items() if key not in ("className", "message")}
    return found


def _filled(message: object, arguments: object) -> object:
    """A message with its arguments in place of `{}`, as far as there are some."""
    if not isinstance(message, str) or not isinstance(arguments, list):
        return message
    head, *rest = message.split(_PLACE)
    texts = [*map(str, arguments), *[_PLACE] * len(rest)]
    return head + "".join([text + part for text, part in zip(texts, rest, strict=False)])


FORMAT = Format(
    "logback",
    "Logback's own JsonEncoder",
    example='{"sequenceNumber":0,"timestamp":1704897000250,"nanoseconds":250250000,"level":"INFO","threadName":"main","loggerName":'
    '"api","mdc":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"},"message":"done","kvpList":'
    '[{"duration_ms":250.25}]}',
    marks=(("nanoseconds", "timestamp", "loggerName"), ("formattedMessage", "loggerName"), ("kvpList", "loggerName")),
    rewrite=rewrite,
)
