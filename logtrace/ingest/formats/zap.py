"""uber-go/zap: `ts`, level, `msg`; `zap.Duration` is a float of seconds in its production encoding. Its encoders of milliseconds
and nanoseconds write integers."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format

_DURATIONS = ("duration", "latency", "elapsed", "took", "dur", "cost")
_LONG_S, _NANOSECONDS = 600, 1_000_000
_SECONDS = 100_000_000_000  # a larger time is none in seconds


def fits(record: dict[str, Any]) -> bool:
    """Whether a record looks like zap's: `ts` and `msg` with a lower-case level or a logger, or the keys of its development
    encoding, or `msg` and a caller (zerolog says `message`, slog `source`)."""
    level = record.get("level", record.get("L"))
    if not isinstance(level, str):
        return False
    if "msg" not in record:
        return "T" in record and "M" in record
    if "ts" in record:
        return level.islower() or level[:1] == "\x1b" or "caller" in record or "logger" in record
    return "caller" in record and ("timestamp" in record or "time" in record)


def fits_seconds(record: dict[str, Any]) -> bool:
    """Whether a record looks like zap's, and not like those of loggers that write whole milliseconds and no caller."""
    time = record.get("ts")
    millis = time.__class__ is int and time > _SECONDS
    return fits(record) and (not millis or "caller" in record or "logger" in record)


def fits_integers(record: dict[str, Any]) -> bool:
    """Whether a record looks like zap's and its duration is an integer that is no number of seconds: a large one, or one
    beside a time in milliseconds or finer."""
    value, time = _duration_in(record), record.get("ts")
    fine = isinstance(time, int | float) and time > _SECONDS
    return value.__class__ is int and (fine or value >= _LONG_S) and fits(record)


def _duration_in(record: dict[str, Any]) -> Any:
    """The value of the first duration, also in a group; None where there is none."""
    groups = (record, *(value for value in record.values() if value.__class__ is dict))
    return next((group[key] for group in groups for key in _DURATIONS if key in group), None)


def unit_of_integer(value: float) -> str:
    """The unit of an integer: nanoseconds from a million on."""
    return "ns" if value >= _NANOSECONDS else "ms"


INTEGERS = Format(
    "zap-integers",
    "uber-go/zap with integer durations: milliseconds, or nanoseconds by their size",
    example='{"level":"info","ts":1704896999250.0,"logger":"api","caller":"api/main.go:21","msg":"done","duration":250}',
    fits=fits_integers,
    unit=unit_of_integer,
)

FORMAT = Format(
    "zap",
    "uber-go/zap; durations are float seconds",
    example='{"level":"info","ts":1704896999.25,"logger":"api","caller":"api/main.go:21","msg":"done","duration":0.25}',
    fits=fits_seconds,
    unit="s",
)
