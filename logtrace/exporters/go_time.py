"""Durations and times as Go prints them."""

from __future__ import annotations

from logtrace.units import NS_PER_S, format_instant


def go_instant(ns: int) -> str:
    """A time of UTC as Go prints it: 2024-01-10 14:30:00.5 +0000 UTC."""
    seconds, fraction = divmod(ns, NS_PER_S)
    day, clock = format_instant(seconds * NS_PER_S, digits=0).rstrip("Z").split("T")
    return f"{day} {clock}{f'.{fraction:09d}'.rstrip('0').rstrip('.')} +0000 UTC"


def go_duration(ns: int) -> str:
    """A duration as Go prints it: 35ms, -1.5s, 1h2m3s."""
    sign, left = ("-", -ns) if ns < 0 else ("", ns)
    if left < 1_000_000_000:
        unit, size = next(((u, s) for u, s in (("ms", 1_000_000), ("µs", 1_000)) if left >= s), ("ns", 1))
        return f"{sign}{_decimal(left, size)}{unit}" if left else "0s"
    minutes, seconds = divmod(left, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{head}{_decimal(seconds, 1_000_000_000)}s"


def _decimal(value: int, size: int) -> str:
    whole, rest = divmod(value, size)
    digits = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
