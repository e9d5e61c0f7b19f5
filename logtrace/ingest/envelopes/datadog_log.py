"""Events of Datadog's Logs API and of its archives: what the application logged lies under `attributes`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import dumped, inner_of, known, object_of, text_of
from logtrace.ingest.vocabulary.levels import severity
from logtrace.units import instant_ns


def peel_object(record: dict[str, Any]) -> Peeled | None:
    """The layer of an event. A duration among its attributes is in nanoseconds, as Datadog's standard attribute is."""
    event = object_of(record.get("attributes")) if record.get("type") == "log" else record
    if not text_of(event.get("service")) or not isinstance(event.get("message"), str):
        return None
    own = object_of(event.get("attributes"))
    message = inner_of(event["message"]) or ""
    if own.get("duration").__class__ is int and "duration_ns" not in own:
        own = {"duration_ns" if key == "duration" else key: value for key, value in own.items()}
    inner = message if message[:1] == "{" and not own else dumped({**own, "message": message})
    resource = known(("host.name", event.get("host")))
    time = instant_ns(event.get("timestamp", record.get("date")))
    return Peeled(inner, time, text_of(event["service"]), resource, severity=severity(event.get("status")))


ENVELOPE = Envelope(
    name="datadog_log",
    example='{"id":"AQAAAY","type":"log","attributes":{"timestamp":"2025-03-14T09:26:53.301Z","service":"payments","status":"info",'
    '"message":"Task created","attributes":{"a":1}}}',
    inner='{"a":1,"message":"Task created"}',
    peel_object=peel_object,
    signs=(frozenset({"attributes", "id", "type"}), frozenset({"_id", "attributes", "date", "service"})),
)
