"""Log4j2's JsonLayout: the time as an object of seconds and nanoseconds, MDC under `contextMap`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import mapped
from logtrace.units import NS_PER_S


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time as one number, and a contextMap that is a list of pairs as a map."""
    found = dict(record)
    instant = record.get("instant")
    if isinstance(instant, dict):
        seconds, nanos = instant.get("epochSecond"), instant.get("nanoOfSecond", 0)
        found["instant"] = seconds * NS_PER_S + nanos if isinstance(seconds, int) and isinstance(nanos, int) else None
    if isinstance(record.get("contextMap"), list):
        found["contextMap"] = mapped(record["contextMap"])
    return found


FORMAT = Format(
    "log4j",
    "Log4j2's JsonLayout",
    example='{"instant":{"epochSecond":1704897000,"nanoOfSecond":250000000},"level":"INFO","loggerName":"api","message":"done",'
    '"contextMap":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","duration_ms":"250.25"}}',
    marks=(("instant", "instant.epochSecond"), ("loggerFqcn",), ("timeMillis", "loggerName")),
    rewrite=rewrite,
)
