"""uber-go/zap in its production encoding: `ts`, lower-case level, `msg`; `zap.Duration` is a float of seconds."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zap's: `ts`, `msg` and a lower-case level."""
    level = record.get("level")
    return "ts" in record and "msg" in record and isinstance(level, str) and level.islower()


FORMAT = Format(
    "zap",
    "uber-go/zap; durations are float seconds",
    example='{"level":"info","ts":1704896999.25,"logger":"api","caller":"api/main.go:21","msg":"done","duration":0.25}',
    fits=fits,
    unit="s",
)
