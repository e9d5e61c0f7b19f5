"""rs/zerolog: `time`, lower-case level, `message`; `.Dur()` is a float of milliseconds."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zerolog's: `time`, `message` and a lower-case level."""
    level = record.get("level")
    return "time" in record and "message" in record and isinstance(level, str) and level.islower()


FORMAT = Format(
    "zerolog",
    "rs/zerolog; durations are float milliseconds",
    example='{"level":"info","dur":250.25,"time":"2024-01-10T14:30:00Z","message":"done"}',
    fits=fits,
    unit="ms",
)
