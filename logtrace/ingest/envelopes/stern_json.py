"""stern's `-o json` (`{message, podName, containerName, …}`) and `-o extjson` (`{pod, container, message}`)."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.ingest.envelopes._values import inner_of, text_of
from logtrace.units import instant_ns


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer; the message is text or an object."""
    inner = inner_of(record.get("message"))
    named = text_of(record.get("podName")) and text_of(record.get("containerName"))
    if inner is None or not (named or record.keys() == {"pod", "container", "message"}):
        return None
    resource, service = pod_of(record)
    return Peeled(inner, instant_ns(record.get("timestamp")), service, resource)


ENVELOPE = Envelope(
    name="stern_json",
    example='{"message":"{\\"msg\\":\\"Task created\\"}","nodeName":"node-1","namespace":"shop","podName":"payments-5b9c-x2k4z",'
    '"containerName":"payments","labels":{"app":"payments"},"annotations":{}}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"podName", "containerName", "message"}), frozenset({"pod", "container", "message"})),
)
