"""Cloudflare Workers: one object for each event, as Logpush (`workers_trace_events`) and `wrangler tail --format json` write it.
It holds what the script said meanwhile; a request that it answered is a line behind that."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import dumped, inner_of, known, object_of, text_of
from logtrace.ingest.formats._values import objects_of
from logtrace.ingest.vocabulary.levels import severity
from logtrace.units import instant_ns


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each line that was said, then the request, where it was one; None where there is no list of lines."""
    found = _lowered(record)
    if not isinstance(found.get("logs"), list):
        return None
    service = text_of(found.get("scriptname"))
    said = (_lowered(log) for log in objects_of(found["logs"]))
    lines = [
        Peeled(
            _text(log.get("message")), instant_ns(log.get("timestampms", log.get("timestamp"))), service,
            severity=severity(log.get("level")),
        )
        for log in said
    ]  # fmt: skip
    event = _lowered(object_of(found.get("event")))
    resource = known(("cloudflare.ray_id", event.get("rayid")), ("cloudflare.outcome", found.get("outcome")))
    if isinstance(event.get("request"), dict):
        lines.append(Peeled(dumped(_request(found, event)), service=service))
    return [line._replace(resource=resource) for line in lines]


def _request(found: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What is known of a request, under the keys of the alias table."""
    request, answer = _lowered(event["request"]), _lowered(object_of(event.get("response")))
    failed = next(map(_lowered, objects_of(found.get("exceptions"))), {})
    told = {
        "start_time": found.get("eventtimestampms", found.get("eventtimestamp")), "duration_ms": found.get("walltimems"),
        "method": request.get("method"), "url": request.get("url"), "headers": request.get("headers"),
        "status": answer.get("status"), "error.type": failed.get("name"), "error.message": failed.get("message"),
    }  # fmt: skip
    return {key: value for key, value in told.items() if value is not None}


def _text(message: object) -> str:
    """What was given to the console: one text or object, or several things side by side."""
    parts = message if isinstance(message, list) else [message]
    return " ".join(inner_of(part) or str(part) for part in parts)


def _lowered(record: dict[str, Any]) -> dict[str, Any]:
    """Logpush begins its keys with large letters, wrangler with small ones."""
    return {key.lower(): value for key, value in record.items()}


ENVELOPE = Envelope(
    name="cloudflare",
    example='{"Event":{"Cron":"* * * * *"},"EventTimestampMs":1741944413301,"Logs":[{"Level":"log","Message":['
    '"{\\"msg\\":\\"Task created\\"}"],"TimestampMs":1741944413302}],"Outcome":"ok","ScriptName":"shop","WallTimeMs":20}',
    inner='{"msg":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"ScriptName", "Logs"}), frozenset({"scriptName", "logs"})),
)
