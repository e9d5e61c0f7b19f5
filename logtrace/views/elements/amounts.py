"""Numbers with the unit that their key names: sizes, durations, money."""

from __future__ import annotations

from collections.abc import Callable

from logtrace.analysis.traces.attributes import unit_of
from logtrace.units import NS, format_bytes, format_duration

DURATION = "duration"
_WHOLE = 1e15
_SCALES = {"ns": 1, "us": NS["us"], "ms": NS["ms"], "seconds": NS["s"], "secs": NS["s"]}
_SIZES = {"kb": "kB", "kib": "KiB", "mb": "MB", "mib": "MiB", "gb": "GB", "gib": "GiB"}
_OTHERS: dict[str, Callable[[float], str]] = {
    "bytes": format_bytes,
    "usd": lambda value: f"${number_text(value)}",
    "eur": lambda value: f"€{number_text(value)}",
    "percent": lambda value: f"{number_text(value)} %",
    "pct": lambda value: f"{number_text(value)} %",
}


def amount_text(key: str, value: int | float) -> str:
    """A value of a key as people write it: `context.size_bytes` 524288000 is 524MB; key "duration": nanoseconds."""
    if key == DURATION:
        return format_duration(round(value))
    unit = unit_of(key)
    if unit in _SCALES:
        return format_duration(round(value * _SCALES[unit]))
    if unit in _SIZES:
        return f"{number_text(value)}{_SIZES[unit]}"
    return _OTHERS.get(unit, number_text)(value)


def number_text(value: int | float) -> str:
    """A number with four significant digits; whole numbers in full, but floats only as far as they are whole for sure."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < _WHOLE):
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < _WHOLE else f"{value:,.4g}"
