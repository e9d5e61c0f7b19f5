"""A LogEntry of Google Cloud Logging, as `gcloud logging read --format=json` and exports to files write it.

The payload is the line; what the entry tells of trace, span, level and request stands beside it. An entry is read as the
line an application would have printed for it, with Google's names of the keys.
"""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._kubernetes import pod_of, service_of_labels
from logtrace.ingest.envelopes._values import first, inner_of, known, labelled, object_of, text_of
from logtrace.ingest.vocabulary.levels import severity as severity_number
from logtrace.units import instant_ns

_PAYLOADS = ("jsonPayload", "textPayload", "protoPayload")
_FIELDS = {
    "trace": "logging.googleapis.com/trace",
    "spanId": "logging.googleapis.com/spanId",
    "traceSampled": "logging.googleapis.com/trace_sampled",
    "severity": "severity",
    "httpRequest": "httpRequest",
}
_REQUEST_LOGS = ("/logs/requests", "%2Frequests", "%2Frequest_log", "%2Fnginx.request")
"""Logs that the platform writes of requests: the time of their entries is the start."""


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an entry that names its log; container, service or module of its resource stands for the service."""
    if not text_of(record.get("logName")):
        return None
    payload: object = next((record[key] for key in _PAYLOADS if key in record), {})
    inner = inner_of(_of_request(payload) if "protoPayload" in record else payload)
    if inner is None:
        return None
    time, labels = (
        record.get("timestamp", record.get("receiveTimestamp")),
        object_of(object_of(record.get("resource")).get("labels")),
    )
    fields = [(name, record[key]) for key, name in _FIELDS.items() if record.get(key) is not None]
    if str(record["logName"]).endswith(_REQUEST_LOGS):
        fields.append(("start_time", time))
    pod, _ = pod_of(labels)
    app = text_of(object_of(record.get("labels")).get("k8s-pod/app"))
    service = first(labels, "container_name", "service_name", "module_id", "function_name") or app or service_of_labels(labels)
    resource = known(("cloud.account.id", labels.get("project_id")), ("cloud.region", labels.get("location")))
    resource += pod + labelled("gcp.label", record.get("labels"))
    return Peeled(
        inner, instant_ns(time), service, resource, severity=severity_number(record.get("severity")), fields=tuple(fields)
    )


def _of_request(payload: object) -> object:
    """A request as App Engine logs it, with its path under a usual key."""
    if not isinstance(payload, dict) or not {"method", "resource"} <= payload.keys():
        return payload
    return {"path" if key == "resource" else key: value for key, value in payload.items()}


ENVELOPE = Envelope(
    name="gcp",
    example='{"insertId":"a1","jsonPayload":{"msg":"Task created"},"logName":"projects/my-proj/logs/stdout",'
    '"resource":{"labels":{"container_name":"payments"},"type":"k8s_container"},"timestamp":"2025-03-14T09:26:53.301250000Z"}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"logName", "timestamp"}), frozenset({"logName", "receiveTimestamp"})),
)
