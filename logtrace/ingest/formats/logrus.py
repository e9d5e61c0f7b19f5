"""sirupsen/logrus and others alike: `time`, lower-case level, `msg`. A number under `duration` may be anything: a
`time.Duration` is an integer of nanoseconds, but people log `.Seconds()`, `.Milliseconds()` and `.Microseconds()` too."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_NANOSECONDS, _MICROSECONDS = 1_000_000, 100_000


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like logrus': `time`, `msg` and a lower-case level."""
    level = record.get("level")
    return "time" in record and "msg" in record and isinstance(level, str) and level.islower()


def likely_unit(value: float) -> str:
    """The unit in which a number is a usual duration of a request: Go's fractions below one are seconds, its large whole
    numbers nanoseconds or microseconds."""
    if isinstance(value, int):
        return "ns" if value >= _NANOSECONDS else "us" if value >= _MICROSECONDS else "ms"
    return "s" if 0 < value < 1 else "ms"


FORMAT = Format(
    "logrus",
    "sirupsen/logrus; the unit of a bare number is assumed by its size",
    example='{"duration":"250.25ms","level":"info","msg":"done","time":"2024-01-10T14:30:00.25Z"}',
    fits=fits,
    unit=likely_unit,
)
