"""Rows of Azure's container logs, as `az monitor log-analytics query` prints them: ContainerLogV2, the older ContainerLog, and
the console logs of Container Apps."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import first, inner_of, known
from logtrace.ingest.vocabulary.levels import severity
from logtrace.units import instant_ns

_LINES = ("LogMessage", "LogEntry", "Log_s")


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of a row with a time."""
    inner = inner_of(next((record[key] for key in _LINES if key in record), None))
    if inner is None or "TimeGenerated" not in record:
        return None
    container = first(record, "ContainerName", "ContainerName_s", "Name")
    service = first(record, "ContainerAppName_s") or container
    resource = known(
        ("container.name", container), ("k8s.pod.name", first(record, "PodName", "ContainerGroupName_s")),
        ("k8s.namespace.name", record.get("PodNamespace")), ("host.name", record.get("Computer")),
        ("log.iostream", first(record, "LogSource", "LogEntrySource", "Stream_s")),
    )  # fmt: skip
    return Peeled(inner, instant_ns(record["TimeGenerated"]), service, resource, severity=severity(record.get("LogLevel")))


ENVELOPE = Envelope(
    name="azure_container",
    example='{"TimeGenerated":"2025-03-14T09:26:53.301Z","ContainerName":"payments","PodName":"payments-1","LogSource":"stdout",'
    '"LogMessage":{"msg":"Task created"}}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=tuple(frozenset({key, "TimeGenerated"}) for key in _LINES),
)
