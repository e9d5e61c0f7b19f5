"""otel-go's stdout exporters: stdouttrace (a span in an object, also pretty-printed) and stdoutlog."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    level_of,
    mapped,
    object_of,
    objects_of,
    plain_value,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.ingest.formats.otlp import body_of, duration_in

_NO_TIME = "0001-01-01T00:00:00Z"


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span or the log record."""
    return [_span(record) if "SpanContext" in record else _log(record)]


def _span(record: dict[str, Any]) -> Told:
    """The span; before 0.19, parent and status stood in keys of their own."""
    own, parent = object_of(record["SpanContext"]), object_of(record.get("Parent"))
    resource, status = mapped(record.get("Resource")), object_of(record.get("Status"))
    events = [
        {"name": event.get("Name"), "time": event.get("Time"), "attributes": mapped(event.get("Attributes"))}
        for event in objects_of(record.get("Events"))
    ]
    links = [object_of(link.get("SpanContext")) for link in objects_of(record.get("Links"))]
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": own.get("TraceID"),
        "span": own.get("SpanID"),
        "parent": parent.get("SpanID", record.get("ParentSpanID")),
        "name": record.get("Name"),
        "kind": kind_of(record.get("SpanKind")),
        "start": _time(record.get("StartTime")),
        "end": _time(record.get("EndTime")),
        "status": status_of(status.get("Code", record.get("StatusCode"))),
        "links": [[str(link.get("TraceID") or ""), str(link.get("SpanID") or "")] for link in links],
    }
    if said := status.get("Description", record.get("StatusMessage")):
        told.setdefault("error_message", said)
    return with_rest(told, {**resource, **mapped(record.get("Attributes"))}, ("events", events))


def _log(record: dict[str, Any]) -> Told:
    resource = mapped(record.get("Resource"))
    body, inner = body_of(plain_value(record.get("Body")))
    attributes = {**inner, **mapped(record.get("Attributes"))}
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": attributes}]),
        "trace": record.get("TraceID"),
        "span": record.get("SpanID"),
        "time": _time(record.get("Timestamp")) or record.get("ObservedTimestamp"),
        "level": record.get("SeverityText") or level_of(record.get("Severity")),
        "body": body,
        **duration_in(attributes),
    }
    return with_rest(told, {**resource, **attributes})


def _time(value: object) -> object:
    return None if value == _NO_TIME else value


FORMAT = Format(
    "otel-go",
    "otel-go stdouttrace and stdoutlog exporters",
    example='{"Name":"GET /","SpanContext":{"TraceID":"4bf92f3577b34da6a3ce929d0e0e4736","SpanID":"a3ce929d0e0e4736"},"Parent":'
    '{"TraceID":"00000000000000000000000000000000","SpanID":"0000000000000000"},"SpanKind":2,"StartTime":"2024-01-10T14:30:00Z",'
    '"EndTime":"2024-01-10T14:30:00.25Z","Status":{"Code":"Unset","Description":""}}',
    marks=(("SpanContext",), ("SeverityText", "Body", "TraceID"), ("ObservedTimestamp", "TraceID")),
    read=read,
)
