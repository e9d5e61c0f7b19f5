"""otel-js' ConsoleSpanExporter. It prints JavaScript objects over several lines (see `documents`), which come here decoded."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import exception_in, kind_of, object_of, objects_of, resource_told, status_of, with_rest

_KINDS = ("internal", "server", "client", "producer", "consumer")


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span. Times and durations are microseconds; version 1 of the SDK writes `parentId`, version 2 a whole context."""
    resource = object_of(object_of(record.get("resource")).get("attributes"))
    parent = object_of(record.get("parentSpanContext")).get("spanId") or record.get("parentId")
    duration, status = record.get("duration"), object_of(record.get("status"))
    events = [{**event, "attributes": object_of(event.get("attributes"))} for event in objects_of(record.get("events"))]
    links = [object_of(link.get("context")) for link in objects_of(record.get("links"))]
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": record.get("traceId"),
        "span": record.get("id"),
        "parent": parent,
        "name": record.get("name"),
        "kind": kind_of(record.get("kind"), _KINDS),
        "start": record.get("timestamp"),
        "duration": duration * 1_000 if isinstance(duration, int | float) else None,
        "status": status_of(status.get("code")),
        "links": [[str(link.get("traceId") or ""), str(link.get("spanId") or "")] for link in links],
    }
    if status.get("message"):
        told.setdefault("error_message", status["message"])
    return [with_rest(told, {**resource, **object_of(record.get("attributes"))}, ("events", events))]


FORMAT = Format(
    "otel-js",
    "otel-js ConsoleSpanExporter (JavaScript objects over several lines)",
    example='{"resource":{"attributes":{"service.name":"api"}},"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","parentId":null,"name":'
    '"GET /","id":"a3ce929d0e0e4736","kind":1,"timestamp":1704897000000000,"duration":250250,"status":{"code":0}}',
    marks=(
        ("resource", "traceId", "id", "timestamp", "duration"),
        ("links", "traceId", "id", "timestamp", "duration", "events", "status"),  # of the first versions
    ),
    read=read,
)
