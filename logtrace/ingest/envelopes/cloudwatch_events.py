"""AWS CloudWatch Logs: what `aws logs filter-log-events` and `get-log-events` print, and the records of a subscription."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import inner_of, known, object_of, text_of
from logtrace.units import NS, sensible

_ANSWER = frozenset(("events", "logEvents", "searchedLogStreams", "nextToken", "nextForwardToken", "nextBackwardToken"))
"""Keys of an answer without events."""


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each event; the last part of the log group's name stands for the service."""
    events = record.get("logEvents", record.get("events"))
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        return None
    if not events and not _ANSWER.issuperset(record):
        return None  # something else that has no events (a span, say)
    group = text_of(record.get("logGroup"))
    return [_peeled(event, group, text_of(record.get("logStream"))) for event in events]


def _is_event(event: object) -> bool:
    found = object_of(event)
    return isinstance(found.get("message"), str) and isinstance(found.get("timestamp"), int)


def _peeled(event: dict[str, Any], group: str, stream: str) -> Peeled:
    resource = known(("aws.log.group.name", group), ("aws.log.stream.name", text_of(event.get("logStreamName")) or stream))
    return Peeled(inner_of(event["message"]) or "", sensible(event["timestamp"] * NS["ms"]), group.rpartition("/")[2], resource)


ENVELOPE = Envelope(
    name="cloudwatch_events",
    example='{"events":[{"logStreamName":"2025/03/14/[$LATEST]0a","timestamp":1741944413301,'
    '"message":"{\\"msg\\":\\"Task created\\"}\\n","ingestionTime":1741944414201,"eventId":"3884"}],"searchedLogStreams":[]}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"events"}), frozenset({"logEvents"})),
)
