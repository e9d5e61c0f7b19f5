"""Lines that hold a whole line of a logger as their message: AWS Lambda's JSON log format writes `{timestamp, level, requestId,
message: {…}}` around the object that a function gave to the console, Powertools' logger among them."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

_INNER_FIRST = {concept: frozenset(ALIASES[concept]) for concept in ("time", "level", "body", "service", "request")}


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The line in the message, with what only the outer one tells."""
    inner: dict[str, Any] = record["message"]
    told = {key for keys in _INNER_FIRST.values() if not keys.isdisjoint(inner) for key in keys}
    return {key: value for key, value in record.items() if key != "message" and key not in told} | inner


FORMAT = Format(
    "logged-object",
    "a whole line of a logger as the message of another (AWS Lambda's JSON log format around Powertools)",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","level":"INFO","requestId":"r-1","message":{"level":"INFO","message":"done",'
    '"timestamp":"2024-01-10T14:30:00.249Z","duration_ms":250.25,"xray_trace_id":"1-4bf92f35-77b34da6a3ce929d0e0e4736"}}',
    marks=tuple(("message", "message.level", f"message.{key}") for key in ("message", "msg", "event")),
    rewrite=rewrite,
)
