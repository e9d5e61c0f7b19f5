"""Events of Filebeat: the line under `message`, or decoded under `json`. `@timestamp` is when it was read."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled, Steady
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.ingest.envelopes._values import first, inner_of, known, object_of
from logtrace.units import instant_ns

_BEATS = ("filebeat", "journalbeat", "winlogbeat")


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an event that says that Filebeat made it."""
    made_by = first(record, "agent.type") or first(record, "@metadata.beat")
    inner = inner_of(next((told for told in _told(record) if told is not None), None))
    if made_by not in _BEATS or inner is None or "trace" in record:
        return None  # with a trace it was decoded to ECS: it is the record itself
    pod, service = pod_of(object_of(record.get("kubernetes")))
    container = first(record, "container.name")
    resource = known(
        ("log.file.path", first(object_of(record.get("log")), "file.path")),
        ("log.iostream", first(record, "stream")),
        ("host.name", first(record, "host.name")),
        ("container.name", container),
        ("container.id", first(record, "container.id")),
    )
    service = first(record, "service.name") or service or container
    return Peeled(inner, instant_ns(record.get("@timestamp")), service, resource + pod)


def _told(record: dict[str, Any]) -> tuple[object, ...]:
    """The line: decoded, as it was read, or as an ingest pipeline keeps it."""
    decoded = record.get("json")
    return decoded if isinstance(decoded, dict) else None, record.get("message"), first(record, "event.original") or None


ENVELOPE = Envelope(
    name="filebeat",
    example='{"@timestamp":"2025-03-14T09:26:54.201Z","@metadata":{"beat":"filebeat","version":"8.12.0"},'
    '"log":{"offset":0,"file":{"path":"/var/log/payments.log"}},"agent":{"type":"filebeat"},'
    '"message":"{\\"msg\\":\\"Task created\\"}"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"@timestamp", "agent"}), frozenset({"@timestamp", "@metadata"})),
    steady=Steady("message", ("@timestamp",), passed=("log.offset",)),
)
