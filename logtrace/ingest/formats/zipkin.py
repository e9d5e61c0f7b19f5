"""Zipkin v2 spans, one in an object, as reporters log them. Source: openzipkin/zipkin-api zipkin2-api.yaml."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, with_rest


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span. Times and durations are microseconds. Client and server may share an id; their services tell them apart."""
    if not isinstance(record.get("id"), str):
        return None
    tags, duration = object_of(record.get("tags")), record.get("duration")
    told: Told = {
        "trace": record.get("traceId"),
        "span": record["id"],
        "parent": record.get("parentId"),
        "service": object_of(record.get("localEndpoint")).get("serviceName"),
        "name": record.get("name"),
        "kind": kind_of(record.get("kind")),
        "start": record.get("timestamp"),
        "duration": duration * 1_000 if isinstance(duration, int | float) else None,
    }
    if tags.get("error") not in (None, "", "false"):
        told |= {"status": "error", "error_message": tags["error"]}
    remote = object_of(record.get("remoteEndpoint")).get("serviceName")
    return [with_rest(told, tags, ("peer.service", remote), ("annotations", record.get("annotations")))]


FORMAT = Format(
    "zipkin",
    "Zipkin v2 spans",
    example='{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","id":"a3ce929d0e0e4736","kind":"SERVER","name":"get /","timestamp":'
    '1704897000000000,"duration":250250,"localEndpoint":{"serviceName":"api"}}',
    marks=(("localEndpoint", "traceId", "id"),),
    read=read,
)
