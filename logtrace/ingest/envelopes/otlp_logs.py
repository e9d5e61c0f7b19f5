"""Lines that an OpenTelemetry collector took from files or containers and wrote as OTLP/JSON: each is the body of a log record,
as it was read. Records that tell a trace themselves, or whose bodies are other than such lines, are no layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import inner_of, known, object_of, text_of
from logtrace.ingest.formats._values import level_of, mapped, objects_of
from logtrace.ingest.vocabulary.levels import severity
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_LINE = lazy_pattern(r"\s*\{|\d{4}-\d\d-\d\dT\S{1,40} std(?:out|err) [FP](?::\S*)? ")
_OWN = ("traceId", "spanId")
_FROM_FILE = frozenset(("log.file.name", "log.file.path"))
_SAID = ("k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "host.name", "log.file.path", "log.iostream")


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each log record; where one of them is no line that was read as it is, none."""
    logs = list(_logs(record))
    if not logs or not all(_is_line(log) for _, log in logs):
        return None
    return [_peeled(resource, log) for resource, log in logs]


def _logs(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(attributes of the resource, log record) of each."""
    for resource in objects_of(record.get("resourceLogs")):
        attributes = mapped(object_of(resource.get("resource")).get("attributes"))
        for scope in objects_of(resource.get("scopeLogs")):
            yield from ((attributes, log) for log in objects_of(scope.get("logRecords")))


def _is_line(log: dict[str, Any]) -> bool:
    """Whether a body is a line as it was read: it is an object, or one of a container; or the record came from a file and tells
    nothing but that."""
    body = text_of(object_of(log.get("body")).get("stringValue"))
    if not body or any(text_of(log.get(key)) for key in _OWN):
        return False
    attributes = mapped(log.get("attributes"))
    unread = (
        not log.get("severityNumber") and _FROM_FILE.intersection(attributes) and all(key[:4] == "log." for key in attributes)
    )
    return bool(unread) or _LINE.match(body) is not None


def _peeled(resource: dict[str, Any], log: dict[str, Any]) -> Peeled:
    said = {**resource, **mapped(log.get("attributes"))}
    service = text_of(said.get("service.name")) or text_of(said.get("k8s.container.name"))
    time = next((log[key] for key in ("timeUnixNano", "observedTimeUnixNano") if log.get(key) not in (None, 0, "", "0")), None)
    return Peeled(
        inner_of(object_of(log["body"])["stringValue"]) or "", instant_ns(time), service,
        known(*((key, said.get(key)) for key in _SAID)),
        severity=severity(log.get("severityText") or level_of(log.get("severityNumber"))),
    )  # fmt: skip


ENVELOPE = Envelope(
    name="otlp_logs",
    example='{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"payments-1"}}]},"scopeLogs":'
    '[{"logRecords":[{"observedTimeUnixNano":"1741944413301250000","body":{"stringValue":"{\\"msg\\":\\"Task created\\"}"}}'
    "]}]}]}",
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"resourceLogs"}),),
)
