"""Logs with Datadog's ids: `duration` is one of its standard attributes, in nanoseconds."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_NANOSECONDS = 1_000_000


def fits(record: dict[str, Any]) -> bool:
    """Whether a record has Datadog's ids, and an integer for a duration that no request takes in milliseconds."""
    value = record.get("duration")
    return value.__class__ is int and value >= _NANOSECONDS and ("dd" in record or "dd.trace_id" in record)


FORMAT = Format(
    "datadog-logs",
    "logs with Datadog's ids; a large integer of `duration` is nanoseconds",
    example='{"timestamp":"2024-01-10T14:30:00Z","message":"done","dd.trace_id":"11460951022100160288","duration":250250000}',
    fits=fits,
    unit="ns",
)
