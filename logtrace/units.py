"""Time, duration and size text ↔ integers. Text exists only at the edges; these are the edges (ids: see `ids`).

Instants are integer nanoseconds since the Unix epoch, durations integer nanoseconds. A value that is no time (or no
duration) gives None; nothing here raises on log content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from logtrace.patterns import lazy_pattern

NS_PER_S = 1_000_000_000
NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": NS_PER_S, "m": 60 * NS_PER_S, "h": 3600 * NS_PER_S, "d": 86400 * NS_PER_S}
"""Unit name → nanoseconds; the one table of time units."""

_FRACTION = tuple(10 ** (9 - digits) for digits in range(10))
MAX_NS = (1 << 62) - 1
"""1823 to 2116: the time between any two instants fits 64 bits."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2116
_MIN_NUMBER = 100_000_000  # 1973 in seconds; a smaller number is no instant

_INSTANT = lazy_pattern(
    r"(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?)?\s*(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_COMMA_SECONDS = lazy_pattern(r"\d{9,10},\d{1,9}", re.ASCII)
_DATE_OF_NET = lazy_pattern(r"/Date\((\d{9,19})(?:[+-]\d{4})?\)/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sensible(ns: int) -> int | None:
    """An instant or a duration that a store can keep; None for one of more than a century and a half."""
    return ns if abs(ns) <= MAX_NS else None


def instant_ns(value: object, zone: tzinfo = UTC) -> int | None:
    """The instant a JSON value means.

    Text: ISO 8601 with 0 to 18 fraction digits, `T` or a space, `.` or `,`, any zone, and the forms of `written`; text without
    a zone is read in `zone`. Numbers (also as text, also within .NET's `/Date(…)/`): seconds, milliseconds, microseconds or
    nanoseconds by magnitude. Two integers: seconds and nanoseconds, as JavaScript has them; six or seven: year, month, day, hour,
    minute, second and nanosecond in `zone`, as Jackson writes Java's LocalDateTime.
    """
    if value.__class__ is str:
        return _text_instant(value, zone)
    if value.__class__ is int or value.__class__ is float:
        return _number_instant(value)
    if value.__class__ is list and all(part.__class__ is int for part in value):
        return _list_instant(value, zone)
    return None


def _list_instant(parts: list[int], zone: tzinfo) -> int | None:
    if len(parts) == 2:
        seconds = _number_instant(parts[0])
        return None if seconds is None or not 0 <= parts[1] < NS_PER_S else seconds + parts[1]
    if len(parts) not in (6, 7) or not _FIRST_YEAR <= parts[0] <= _LAST_YEAR or min(parts) < 0:
        return None
    fraction = str(parts[6]).zfill(9) if len(parts) == 7 else None
    return _parts_ns([*map(str, parts[:6]), fraction, None], zone)


def instants_ns(values: Sequence[Any], zone: tzinfo = UTC) -> list[int | None]:
    """`instant_ns` of each value; quick where all are text with a fraction and Z, as loggers write it."""
    try:
        lengths = set(map(len, values))
        if len(lengths) > 1 and min(lengths) > 21 and max(lengths) < 31 and {value[-1] for value in values} == {"Z"}:
            values, lengths = [value[:-1].ljust(29, "0") + "Z" for value in values], {30}  # Go trims zeros at the end
        digits = lengths.pop() - 21
        if not lengths and 0 < digits < 10 and _are_fractions("".join([value[20:] for value in values]), digits):
            seconds = _whole_seconds({value[:20] for value in values})
            scale = _FRACTION[digits]
            return [seconds[value[:20]] + int(value[20:-1]) * scale for value in values]
    except (TypeError, KeyError):
        pass  # not all are such text: one by one
    if set(map(type, values)) != {str}:
        return [instant_ns(value, zone) for value in values]
    known = {value: instant_ns(value, zone) for value in set(values)}  # access logs name a second for many lines
    return list(map(known.__getitem__, values))


RFC3339 = lazy_pattern(rb"0000-00-00T00:00:00(?:\.0{1,9})?(Z|[+-]00:00)")
"""For `are_instants`: date, time to the second or finer, zone."""


def are_instants(texts: Sequence[str], shape: re.Pattern[bytes] = RFC3339, zone: tzinfo = UTC) -> bool:
    """Whether each text has a shape and `instant_ns` reads it. A shape has 0 for each digit, its group is the zone, maybe empty.

    False also where zones are mixed. Texts of few shapes that name few seconds, as logs do, cost a fraction of reading them.
    """
    shapes = set("\n".join(texts).encode("utf-8", "replace").translate(_ZEROS).split(b"\n"))
    matches = [shape.fullmatch(found) for found in shapes]
    zones = {match and match[1] for match in matches}
    if not all(matches) or len(zones) != 1:
        return False
    heads = {text[:19] for text in texts} if zones <= {b"", b"Z"} else {text[:19] + text[-6:] for text in texts}
    return all(_text_instant(head, zone) is not None for head in heads)


_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def _are_fractions(text: str, digits: int) -> bool:
    """Whether a text is made of so many digits and a Z, again and again."""
    return (
        set(text[digits :: digits + 1]) == {"Z"}
        and text.isascii()
        and text.replace("Z", "").isdecimal()
        and text.count("Z") * (digits + 1) == len(text)
    )


def _whole_seconds(heads: set[str]) -> dict[str, int]:
    """The instants of texts like `2024-01-10T14:30:05.`, by text; those that are none are left out."""
    if len(_seconds) > _SECONDS:
        _seconds.clear()
    for head in heads.difference(_seconds):
        found = _text_instant(f"{head[:19]}Z", UTC) if head[19] in ".," else None
        if found is not None:
            _seconds[head] = found
    return _seconds


_seconds: dict[str, int] = {}  # logs name the same second many times
_SECONDS = 20_000


def _text_instant(text: str, zone: tzinfo) -> int | None:
    text = text.strip()
    match = _INSTANT.fullmatch(text)
    if match is None:
        text = text.replace(",", ".") if _COMMA_SECONDS.fullmatch(text) else text
        try:
            return _number_instant(float(text) if "." in text else int(text)) if text[:1].isdigit() else _written(text, zone)
        except ValueError:
            return _written(text, zone)
    return match_ns(match, zone)


def _written(text: str, zone: tzinfo) -> int | None:
    """The instant of a text in any other form in which times are written."""
    from logtrace.written import parts_of  # most logs have no such times

    if match := _DATE_OF_NET.fullmatch(text):
        return _number_instant(int(match[1]))

    parts = parts_of(text)
    return None if parts is None else _parts_ns(parts, zone)


def match_ns(match: re.Match[str], zone: tzinfo = UTC) -> int | None:
    """The instant of a match whose first eight groups are year, month, day, hour, minute, second, fraction, zone."""
    return _parts_ns(match.groups()[:8], zone)


def _parts_ns(parts: Sequence[str | None], zone: tzinfo) -> int | None:
    year, month, day, hour, minute, second, fraction, offset = parts
    try:
        at = datetime(
            int(year or 0), int(month or 0), int(day or 0), int(hour or 0), int(minute or 0), tzinfo=_zone(offset, zone)
        )
        since = at - _EPOCH
    except (ValueError, OverflowError):
        return None
    base: int = (since.days * 86400 + since.seconds) * NS_PER_S
    base += int(second or 0) * NS_PER_S
    digits = (fraction or "")[:9]
    result = base + (int(digits) * _FRACTION[len(digits)] if digits else 0)
    return sensible(result)


def _zone(offset: str | None, zone: tzinfo) -> tzinfo:
    if offset is None:
        return zone
    if offset in ("Z", "z", "UTC", "GMT"):
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:]) if len(offset) > 3 else 0
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if offset[0] == "-" else delta)


def _number_instant(number: float) -> int | None:
    if not _MIN_NUMBER <= number < 1e19:
        return None
    if number < 1e11:
        # a float of seconds holds a quarter of a microsecond; its further digits are noise
        ns = round(number * 1_000_000) * 1_000
    elif number < 1e14:
        ns = round(number * 1_000) * 1_000 if number.__class__ is float else int(number) * 1_000_000
    elif number < 1e17:
        ns = round(number * 1_000)
    else:
        ns = int(number)
    return sensible(ns)


_LONGEST = 100  # characters of a duration; int() refuses digits without end
_GO_PART = lazy_pattern(r"(\d+(?:\.\d*)?|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d)", re.ASCII)
_DURATION = lazy_pattern(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)\s*(?:ns|us|µs|μs|ms|s|m|h|d)\s*)+", re.ASCII)
_CLOCK = lazy_pattern(r"(?:(\d+)(?:\.| days?, ))?(?:(\d{1,2}):)?(\d\d):(\d\d)(?:[.,](\d{1,9}))?", re.ASCII)
_ISO = lazy_pattern(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.ASCII)
_COMMA = r"[-+]?(?:0,[0-9]{1,18}|[0-9]{1,18},(?:[0-9]{1,2}|[0-9]{4,18}))"
"""A number with a decimal comma. One before three digits may part thousands, but not behind a zero alone."""

_WITH_WORD = lazy_pattern(rf"([-+]?[0-9]{{1,18}}(?:\.[0-9]{{1,18}})?|{_COMMA})\s*([^\W\d_]{{1,12}})")
_WITH_COMMA = lazy_pattern(_COMMA, re.ASCII)

_WORDS = {
    **dict.fromkeys(("milliseconds", "millisecond", "millis", "milli", "msec", "msecs", "ms"), "ms"),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), "s"),
    **dict.fromkeys(("microseconds", "microsecond", "micros", "micro", "usec", "usecs", "us"), "us"),
    **dict.fromkeys(("nanoseconds", "nanosecond", "nanos", "nano", "nsec", "nsecs", "ns"), "ns"),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), "m"),
    **dict.fromkeys(("hours", "hour", "hrs", "hr"), "h"),
    **dict.fromkeys(("мс", "毫秒", "ミリ秒", "밀리초"), "ms"),
    **dict.fromkeys(("мкс", "微秒", "マイクロ秒"), "us"),
    **dict.fromkeys(("нс", "纳秒", "ナノ秒"), "ns"),
    **dict.fromkeys(("сек", "секунд", "секунды", "秒", "초"), "s"),
}


def duration_text_ns(text: str) -> int | None:
    """A duration whose text carries its unit: Go `1m2.5s`, `45.3ms`, `16 ms`, `0,25 sec`, .NET `00:00:00.25`, `01:02.5` (minutes
    and seconds), Python `1 day, 0:00:00.25`, ISO `PT0.25S`."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if _DURATION.fullmatch(text):
        total = sum(_scaled(number, NS[unit.replace("µ", "u").replace("μ", "u")]) for number, unit in _GO_PART.findall(text))
        return -total if text[0] == "-" else total
    match = _CLOCK.fullmatch(text)
    if match and (match[2] or (match[5] and not match[1])):  # 01:02 alone may be hours and minutes
        days, hours, minutes, seconds, fraction = match.groups()
        whole = (int(days or 0) * 24 + int(hours or 0)) * 3600 + int(minutes) * 60 + int(seconds)
        return whole * NS_PER_S + (int(fraction) * _FRACTION[len(fraction)] if fraction else 0)
    if len(text) > 2 and (match := _ISO.fullmatch(text)):
        days, hours, minutes, seconds = match.groups()
        return (int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60) * NS_PER_S + _scaled(
            seconds or "0", NS_PER_S
        )
    if (match := _WITH_WORD.fullmatch(text)) and (unit := _WORDS.get(match[2].lower())):
        total = _scaled(match[1].lstrip("+-").replace(",", "."), NS[unit])
        return -total if text[0] == "-" else total
    return None


def _scaled(number: str, unit_ns: int) -> int:
    """number × unit without the error of a float: "45.3" × 1,000,000 is 45,300,000."""
    whole, _, fraction = number.partition(".")
    part = int(fraction) * unit_ns // 10 ** len(fraction) if fraction else 0
    return int(whole or 0) * unit_ns + part


def unit_ns(unit: str) -> int | None:
    """The nanoseconds of a unit: one of NS, or so many of one (`100ns`, a tick of .NET); None where it is none."""
    return NS.get(unit) or duration_text_ns(unit) or None


def number_or_none(text: str) -> float | None:
    """The finite number a text is, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 else None


def decimal_or_none(text: str) -> float | None:
    """As `number_or_none`, also of a number with a decimal comma."""
    return number_or_none(text.replace(",", ".") if _WITH_COMMA.fullmatch(text.strip()) else text)


def format_duration(ns: int) -> str:
    """A duration with three significant digits and the unit that suits it: 45.3ms, 1.20s, 2m05s, 1h02m."""
    if ns < 0:
        return "-" + format_duration(-ns)
    if ns < 1_000:
        return f"{ns}ns"
    for unit, size in (("µs", 1_000), ("ms", 1_000_000), ("s", NS_PER_S)):
        value = ns / size
        if float(f"{value:.3g}") < (60 if unit == "s" else 1000):
            return f"{value:.0f}{unit}" if value >= 99.95 else f"{value:.3g}{unit}"
    seconds = round(ns / NS_PER_S)
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    if seconds < 172_800:
        return f"{seconds // 3600}h{seconds // 60 % 60:02d}m"
    return f"{seconds // 86400}d{seconds // 3600 % 24:02d}h"


def format_bytes(size: float) -> str:
    """A size with the binary-free units people write: 512B, 10.5kB, 500MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.3g}{unit}" if size < 99.95 else f"{size:.0f}{unit}"
        size /= 1000
    return f"{size:.3g}TB"


def format_instant(ns: int, zone: tzinfo = UTC, digits: int = 3) -> str:
    """ISO 8601 in `zone` with `digits` of the second's fraction, `Z` for UTC."""
    seconds, fraction = divmod(ns, NS_PER_S)
    at = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    text = at.strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += f".{fraction:09d}"[: digits + 1]
    offset = at.strftime("%z")
    return text + ("Z" if zone is UTC or offset == "+0000" else f"{offset[:3]}:{offset[3:]}")


def counted(number: int, noun: str) -> str:
    """`1 span`, `4,312 spans`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
