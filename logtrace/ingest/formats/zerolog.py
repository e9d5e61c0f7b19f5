"""rs/zerolog: `time`, lower-case level, `message`; `.Dur()` is a float of milliseconds, unless it is told to write integers."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_DURATIONS = ("dur", "duration", "latency", "elapsed")
_NANOSECONDS = 1_000_000


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zerolog's: `time`, `message` and a lower-case level."""
    level = record.get("level")
    return "time" in record and "message" in record and isinstance(level, str) and level.islower()


def fits_long(record: dict[str, Any]) -> bool:
    """Whether a record looks like zerolog's, and its duration is an integer that no request takes in milliseconds."""
    value = next((record[key] for key in _DURATIONS if key in record), None)
    return value.__class__ is int and value >= _NANOSECONDS and fits(record)


INTEGERS = Format(
    "zerolog-integers",
    "rs/zerolog and other loggers of Go with integer durations of a million and more: nanoseconds",
    example='{"level":"info","dur":250250000,"time":"2024-01-10T14:30:00Z","message":"done"}',
    fits=fits_long,
    unit="ns",
)

FORMAT = Format(
    "zerolog",
    "rs/zerolog; durations are float milliseconds",
    example='{"level":"info","dur":250.25,"time":"2024-01-10T14:30:00Z","message":"done"}',
    fits=fits,
    unit="ms",
)
