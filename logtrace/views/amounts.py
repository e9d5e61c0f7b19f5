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


def rate_text(per_s: float | None) -> str:
    """How often: 11.1/s, 3/min, 2/h; "" where that is not known."""
    if per_s is None:
        return ""
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        if per_s * size >= 1 or unit == "h":
            return f"{per_s * size:.3g}/{unit}" if per_s * size < 999.5 else f"{per_s * size:,.0f}/{unit}"
    return ""


def share_text(share: float) -> str:
    """A share in percent: "" for nothing, never 0 or 100 for what is more or less."""
    if share <= 0:
        return ""
    if share < 0.001:
        return "<0.1 %"
    return f"{share * 100:.1f} %" if share < 0.0995 else f"{share * 100:.0f} %"


def ratio_text(ratio: float, times: str = "×") -> str:
    """A ratio with three significant digits."""
    return f"{ratio:.0f}{times}" if ratio >= 99.95 else f"{ratio:.3g}{times}"


def brief_ratio_text(ratio: float | None, times: str = "×") -> str:
    """A ratio of two single spans, `106×`, `14.1×`, `0.62×`; nothing where one of them took no time."""
    if ratio is None:
        return ""
    return (f"{ratio:,.0f}" if ratio >= 99.95 else f"{ratio:.2g}" if ratio < 9.95 else f"{ratio:.3g}") + times
