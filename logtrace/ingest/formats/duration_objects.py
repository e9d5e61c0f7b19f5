"""Durations that are objects: of seconds and nanoseconds, as protobuf and Rust's serde write them, or of a value and its unit."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.units import NS_PER_S

_KEYS = ("duration", "latency", "elapsed", "took", "response_time", "responseTime")
_REQUEST = "httpRequest"
_SECONDS, _NANOS = ("seconds", "secs", "sec"), ("nanos", "nsec")
_VALUES, _UNITS = ("value", "amount"), ("unit", "units")


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with each such duration as text with its unit."""
    found = {key: _as_text(value) if key in _KEYS else value for key, value in record.items()}
    request = record.get(_REQUEST)
    if isinstance(request, dict):
        found[_REQUEST] = {key: _as_text(value) if key == "latency" else value for key, value in request.items()}
    return found


def _as_text(parts: object) -> object:
    """The duration as text; what is none, as it is."""
    if not isinstance(parts, dict):
        return parts
    value, unit, seconds, nanos = (_first(parts, names) for names in (_VALUES, _UNITS, _SECONDS, _NANOS))
    if unit is not None:
        return f"{value} {unit}"
    try:
        whole, rest = int(str(seconds)), int(str(nanos))
    except ValueError:
        return parts
    return f"{whole * NS_PER_S + rest}ns" if 0 <= rest < NS_PER_S else parts


def _first(parts: dict[str, Any], names: tuple[str, ...]) -> object:
    return next((parts[name] for name in names if name in parts), None)


FORMAT = Format(
    "duration-objects",
    "durations that are objects of seconds and nanoseconds, or of a value and its unit",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","level":"info","message":"done","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"duration":{"value":250.25,"unit":"ms"}}',
    marks=(
        *((key, f"{key}.{s}", f"{key}.{n}") for key in _KEYS for s in _SECONDS for n in _NANOS),
        *((key, f"{key}.{v}", f"{key}.{u}") for key in _KEYS for v in _VALUES for u in _UNITS),
    ),
    rewrite=rewrite,
)
