"""opentelemetry-php's console exporters: a span in an object, ids under `context`; the log records of some scopes. Times are in
nanoseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    object_of,
    objects_of,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.ingest.formats.otel_python import log_told


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span or the log records; None where there are none."""
    return [_span(record)] if "context" in record else list(_logs(record)) or None


def _logs(record: dict[str, Any]) -> Iterator[Told]:
    resource = object_of(object_of(record.get("resource")).get("attributes"))
    for scope in objects_of(record.get("scopes")):
        for log in objects_of(scope.get("logs")):
            yield log_told(log, resource)


def _span(record: dict[str, Any]) -> Told:
    own, status, resource = (object_of(record.get(key)) for key in ("context", "status", "resource"))
    events = [
        {"name": event.get("name"), "time": event.get("timestamp"), "attributes": object_of(event.get("attributes"))}
        for event in objects_of(record.get("events"))
    ]
    links = [object_of(link.get("context")) for link in objects_of(record.get("links"))]
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": own.get("trace_id"),
        "span": own.get("span_id"),
        "parent": record.get("parent_span_id") or None,
        "name": record.get("name"),
        "kind": kind_of(str(record.get("kind", "")).removeprefix("KIND_")),
        "start": record.get("start"),
        "end": record.get("end"),
        "status": status_of(status.get("code")),
        "links": [[str(link.get("trace_id") or ""), str(link.get("span_id") or "")] for link in links],
    }
    if status.get("description"):
        told.setdefault("error_message", status["description"])
    return with_rest(told, {**resource, **object_of(record.get("attributes"))}, ("events", events))


FORMAT = Format(
    "otel-php",
    "opentelemetry-php's console exporters",
    example='{"name":"GET /","context":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"},"resource":'
    '{"service.name":"api"},"parent_span_id":"","kind":"KIND_SERVER","start":1704897000000000000,"end":1704897000250250000,'
    '"attributes":[],"status":{"code":"Unset","description":""},"events":[],"links":[],'
    '"schema_url":""}',
    marks=(
        ("schema_url", "context.trace_id", "context.span_id", "start", "end"),
        ("scopes", "resource.dropped_attributes_count"),
    ),
    read=read,
)
