"""hashicorp/go-hclog in JSON: keys with an @; a `time.Duration` is an integer of nanoseconds, other numbers may be anything."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats.logrus import likely_unit


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like hclog's: `@level`, `@message` and `@timestamp`."""
    return "@level" in record and "@message" in record and "@timestamp" in record


FORMAT = Format(
    "hclog",
    "hashicorp/go-hclog in JSON; the unit of a bare number is assumed by its size",
    example='{"@level":"info","@message":"done","@module":"api","@timestamp":"2024-01-10T14:30:00.250000Z","duration":250250000}',
    fits=fits,
    unit=likely_unit,
)
