"""otel-python's console exporters: a span (with `context`) or a log record (with `severity_number`) in an object; also rows of
logfire, which are the same facts in columns."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    level_of,
    object_of,
    objects_of,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.ingest.formats.otlp import body_of, duration_in


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span or the log record."""
    return [_span(record) if "context" in record else log_told(record, _attributes(record.get("resource")))]


def _span(record: dict[str, Any]) -> Told:
    own, status = object_of(record["context"]), object_of(record.get("status"))
    resource = _attributes(record.get("resource"))
    events = [{**event, "attributes": object_of(event.get("attributes"))} for event in objects_of(record.get("events"))]
    links = [object_of(link.get("context")) for link in objects_of(record.get("links"))]
    attributes = object_of(record.get("attributes"))
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": own.get("trace_id"),
        "span": own.get("span_id"),
        "parent": record.get("parent_id"),
        "name": record.get("name"),
        "kind": kind_of(record.get("kind")),
        "start": record.get("start_time"),
        "end": record.get("end_time"),
        "status": status_of(status.get("status_code")),
        "links": [[str(link.get("trace_id") or ""), str(link.get("span_id") or "")] for link in links],
    }
    if status.get("description"):
        told.setdefault("error_message", status["description"])
    if attributes.get("logfire.span_type") in ("log", "pending_span"):
        told = _of_logfire(told, attributes)
    return with_rest(told, {**resource, **attributes}, ("events", events))


def _of_logfire(told: Told, attributes: dict[str, Any]) -> Told:
    """Logfire's logs are spans without length that belong to their parent; pending spans are starts."""
    body = attributes.get("logfire.msg", told["name"])
    found: Told = {key: told[key] for key in ("service", "trace") if key in told}
    found |= {"time": told["start"], "body": body, "level": level_of(attributes.get("logfire.level_num"))}
    if attributes["logfire.span_type"] == "log":
        return {**found, "span": told["parent"]}
    pending = attributes.get("logfire.pending_parent_id")
    return {**found, "span": told["parent"], "parent": pending, "name": told["name"], "kind": told["kind"], "event": "span_start"}


def log_told(record: dict[str, Any], resource: dict[str, Any]) -> Told:
    """A log record under the names of OpenTelemetry's model in snake case, as its Python and PHP SDKs print it. resource: the
    attributes of that."""
    body, inner = body_of(record.get("body"))
    attributes = {**inner, **object_of(record.get("attributes"))}
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": attributes}]),
        "trace": record.get("trace_id"),
        "span": record.get("span_id"),
        "time": record.get("timestamp") or record.get("observed_timestamp"),
        "level": record.get("severity_text") or level_of(record.get("severity_number")),
        "body": body,
        **duration_in(attributes),
    }
    return with_rest(told, {**resource, **attributes})


def _attributes(resource: object) -> dict[str, Any]:
    """The attributes of a resource; before 1.10 they stood in it directly."""
    found = object_of(resource)
    return object_of(found.get("attributes")) if "attributes" in found else found


FORMAT = Format(
    "otel-python",
    "otel-python console exporters of spans and logs, and logfire's console",
    example='{"name":"GET /","context":{"trace_id":"0x4bf92f3577b34da6a3ce929d0e0e4736","span_id":"0xa3ce929d0e0e4736"},"kind":'
    '"SpanKind.SERVER","parent_id":null,"start_time":"2024-01-10T14:30:00Z","end_time":"2024-01-10T14:30:00.25Z","status":{}}',
    marks=(
        ("start_time", "context.trace_id", "context.span_id"),
        ("severity_number", "trace_id", "body"),
    ),
    read=read,
)
