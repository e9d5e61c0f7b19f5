"""rs/zerolog: `time`, lower-case level, `message`; `.Dur()` is a float of milliseconds."""

from __future__ import annotations

from typing import Any

NAME = "zerolog"
ABOUT = "rs/zerolog; durations are float milliseconds"
DURATION_UNIT = "ms"


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zerolog's: `time`, `message` and a lower-case level."""
    level = record.get("level")
    return "time" in record and "message" in record and isinstance(level, str) and level.islower()
