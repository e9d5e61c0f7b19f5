"""Times that are objects of seconds and nanoseconds, or two keys: Google Cloud's structured logging, times of protobuf, of Java's
and Rust's clocks, of POSIX."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats import duration_objects
from logtrace.ingest.formats._format import Format
from logtrace.units import NS_PER_S

_OBJECTS = (
    "timestamp", "time", "ts", "@timestamp", "start_time", "startTime", "started_at", "start", "end_time", "endTime", "ended_at",
    "end",
)  # fmt: skip
_SECONDS = ("seconds", "epochSecond", "secs_since_epoch", "sec")
_NANOS = ("nanos", "nanoOfSecond", "nano", "nanos_since_epoch", "nsec")


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with each of its times as one number."""
    found = dict(record)
    for key in _OBJECTS:
        value = record.get(key)
        if isinstance(value, dict):
            found[key] = _instant(*(next((value[name] for name in names if name in value), None) for names in (_SECONDS, _NANOS)))
    if "timestampSeconds" in found:
        found["timestamp"] = _instant(found.pop("timestampSeconds"), found.pop("timestampNanos", 0))
    return duration_objects.rewrite(found)


def _instant(seconds: object, nanos: object) -> int | None:
    try:
        return int(str(seconds)) * NS_PER_S + int(str(nanos or 0))
    except ValueError:
        return None


FORMAT = Format(
    "gcp",
    "Google Cloud structured logging with its time in parts",
    example='{"timestamp":{"seconds":1704897000,"nanos":250000000},"severity":"INFO","message":"done",'
    '"logging.googleapis.com/trace":"projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"}',
    marks=(
        *((key, f"{key}.{part}") for key in _OBJECTS for part in _SECONDS),
        ("timestampSeconds", "timestampNanos"),
    ),
    rewrite=rewrite,
)
