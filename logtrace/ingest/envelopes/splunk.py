"""Splunk: results of a search export (`{"result":{"_raw":…}}`), and what is sent to its HTTP event collector (`{"event":…}`)."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import inner_of, known, object_of
from logtrace.units import instant_ns


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer; the raw line or event is text or an object."""
    result = object_of(record.get("result"))
    found, inner, time = (
        (record, record.get("event"), record.get("time")) if "event" in record else (result, result.get("_raw"), "_time")
    )
    text = inner_of(inner)
    if text is None:
        return None
    if time == "_time":
        time = result.get("_time")
    resource = known(
        *((f"splunk.{key}", found.get(key)) for key in ("source", "sourcetype", "index")), ("host.name", found.get("host"))
    )
    return Peeled(text, instant_ns(time), resource=resource)


ENVELOPE = Envelope(
    name="splunk",
    example='{"time":1741944413.301,"host":"web-1","source":"payments.log","sourcetype":"_json","event":{"msg":"Task created"}}',
    inner='{"msg":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"event", "sourcetype"}), frozenset({"event", "host", "time"}), frozenset({"result"})),
)
