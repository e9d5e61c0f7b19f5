"""uber-go/zap in its production encoding: `ts`, lower-case level, `msg`; `zap.Duration` is a float of seconds."""

from __future__ import annotations

from typing import Any

NAME = "zap"
ABOUT = "uber-go/zap; durations are float seconds"
DURATION_UNIT = "s"


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zap's: `ts`, `msg` and a lower-case level."""
    level = record.get("level")
    return "ts" in record and "msg" in record and isinstance(level, str) and level.islower()
