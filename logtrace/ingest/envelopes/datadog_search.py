"""A page of Datadog's Logs API: what a search found, event by event (see `datadog_log`)."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.envelopes import datadog_log
from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._values import dumped, object_of


def peel_many(record: dict[str, Any]) -> list[Peeled] | None:
    """The layer of each event; None where the data are anything else."""
    events = record.get("data")
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        return None
    return [datadog_log.peel_object(event) or Peeled(dumped(event)) for event in events]


def _is_event(event: object) -> bool:
    found = object_of(event)
    return found.get("type") == "log" and isinstance(found.get("attributes"), dict)


ENVELOPE = Envelope(
    name="datadog_search",
    example='{"data":[{"id":"AQAAAY","type":"log","attributes":{"timestamp":"2025-03-14T09:26:53.301Z","service":"payments",'
    '"message":"Task created"}}],"meta":{"page":{}}}',
    inner='{"message":"Task created"}',
    peel_many=peel_many,
    signs=(frozenset({"data", "meta"}), frozenset({"data", "links"})),
)
