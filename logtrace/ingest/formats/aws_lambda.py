"""AWS Lambda's JSON log format: the platform's own events (`platform.start`, `platform.report`, …). What a function logs
itself is read by the alias table. Source: AWS Lambda Telemetry API schema reference."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, with_rest
from logtrace.ingest.vocabulary.headers import xray

_EVENTS = {"platform.start": "span_start", "platform.report": "span_end"}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The start or end of an invocation; any other event of the platform is a line of it. None where it is no such event."""
    kind, body = record.get("type"), object_of(record.get("record"))
    if not isinstance(kind, str) or not kind.startswith("platform."):
        return None
    tracing = object_of(body.get("tracing"))
    value = tracing.get("value")
    context = xray(value) if isinstance(value, str) else None
    told: Told = {"time": record.get("time"), "body": kind, "request": body.get("requestId")}
    if context is not None:
        told |= {"trace": context.trace, "span": tracing.get("spanId")}
        if context.parent:
            told["parent"] = context.parent
    if kind in _EVENTS:
        told["event"] = _EVENTS[kind]
    if kind == "platform.report":
        spent = object_of(body.get("metrics")).get("durationMs")
        told |= {"duration": spent * 1_000_000 if isinstance(spent, int | float) else None}
        told["status"] = "ok" if body.get("status") == "success" else "error" if body.get("status") else None
        told["error_type"] = body.get("errorType") or ""
    return [with_rest(told, {}, *((f"faas.{key}", body[key]) for key in body if key != "tracing"))]


FORMAT = Format(
    "aws-lambda",
    "AWS Lambda's JSON log format, events of the platform",
    example='{"time":"2024-01-10T14:30:00.25Z","type":"platform.report","record":{"requestId":"r-1","metrics":{"durationMs":250.25},'
    '"tracing":{"spanId":"a3ce929d0e0e4736","type":"X-Amzn-Trace-Id","value":"Root=1-4bf92f35-77b34da6a3ce929d0e0e4736"}}}',
    marks=(("record", "type", "time"),),
    coarse=True,
    read=read,
)
