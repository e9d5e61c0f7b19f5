"""Events of Logstash whose `message` is the line as it was read."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled, Resource
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.ingest.envelopes._values import decoded, first, known, object_of, text_of
from logtrace.units import instant_ns

_SHIPPED = frozenset(
    {"message", "@timestamp", "@version", "host", "path", "tags", "type", "agent", "log", "input", "ecs", "event", "data_stream"}
)
"""Keys of an event that holds nothing but its message."""

_IDS = frozenset({"trace", "trace_id", "traceId", "trace.id", "dd"})


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an event with an object in its message."""
    return line_in(record, ()) if "@version" in record else None


def line_in(event: dict[str, Any], resource: Resource) -> Peeled | None:
    """The layer of an event that is nothing but its message, or whose message is a JSON object in text where it names no trace
    itself."""
    line = text_of(event.get("message")) or first(event, "event.original")
    alone = bool(line) and _SHIPPED.issuperset(event)
    if not alone and (line[:1] != "{" or not _IDS.isdisjoint(event) or decoded(line) is None or "source_type" in event):
        return None
    pod, service = pod_of(object_of(event.get("kubernetes")))
    host = event.get("host")
    named = first(host, "name", "hostname") if isinstance(host, dict) else host
    found = known(("host.name", named), ("log.file.path", first(event, "path", "log.file.path")))
    time = instant_ns(event.get("@timestamp"))
    return Peeled(line, time, first(event, "service.name") or service, resource + found + pod)


ENVELOPE = Envelope(
    name="logstash",
    example='{"@timestamp":"2025-03-14T09:26:54.201Z","@version":"1","host":"web-1","message":"{\\"msg\\":\\"Task created\\"}"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"@version", "host", "message"}),),
)
