"""Go's log/slog JSONHandler: upper-case levels; `slog.Duration` is an integer of nanoseconds under whatever key."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
_DURATIONS = ("duration", "latency", "elapsed", "took", "dur", "cost")


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like slog's: `msg`, an upper-case level of slog's four, a time, an integer duration."""
    level = record.get("level")
    return (
        "msg" in record
        and isinstance(level, str)
        and level.startswith(_LEVELS)
        and any(isinstance(record.get(key), str) for key in ("time", "timestamp"))
        and _has_duration(record)
    )


def _has_duration(record: dict[str, Any]) -> bool:
    """Whether an integer stands under a duration's key, at the top or in a group."""
    return any(isinstance(record.get(key), int) for key in _DURATIONS) or any(
        value.__class__ is dict and _has_duration(value) for value in record.values()
    )


FORMAT = Format(
    "slog",
    "Go log/slog JSONHandler; durations are integer nanoseconds",
    example='{"time":"2024-01-10T14:30:00.25Z","level":"INFO","msg":"done","duration":250250000}',
    fits=fits,
    unit="ns",
)
