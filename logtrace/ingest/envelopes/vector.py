"""Events of Vector's file, docker_logs, kubernetes_logs and other sources: `{message, source_type, timestamp, …}`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled, Steady
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.ingest.envelopes._values import inner_of, known, labelled, object_of, text_of
from logtrace.units import instant_ns


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an event that names the kind of its source."""
    inner = inner_of(record.get("message"))
    if inner is None or not text_of(record.get("source_type")):
        return None
    pod, service = pod_of(object_of(record.get("kubernetes")))
    stream, container = text_of(record.get("stream")), text_of(record.get("container_name"))
    resource = known(
        ("log.iostream", stream),
        ("log.file.path", record.get("file")),
        ("host.name", record.get("host")),
        ("container.name", container),
        ("container.image.name", record.get("image")),
    )
    resource += labelled("container.label", record.get("label")) + pod
    return Peeled(inner, instant_ns(record.get("timestamp")), service or container or text_of(record.get("appname")), resource)


ENVELOPE = Envelope(
    name="vector",
    example='{"file":"/var/log/payments.log","host":"web-1","message":"{\\"msg\\":\\"Task created\\"}","source_type":"file",'
    '"timestamp":"2025-03-14T09:26:53.301550123Z"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"message", "source_type"}),),
    steady=Steady("message", ("timestamp",)),
)
