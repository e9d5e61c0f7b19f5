"""What the values in an expression mean beside the name they are compared with: units, instants."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, NoReturn

from logtrace.patterns import lazy_pattern
from logtrace.query.ast import Kind, Scalar
from logtrace.units import NS, duration_text_ns, instant_ns

Refuse = Callable[[str, int], NoReturn]
"""Raises the error of the expression: why, and where in the text."""

QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
"""Text in quotes, as a pattern that reads over lines."""

UNITS = ("ns", "us", "ms", "s", "m", "h", "d", "kb", "mb", "gb")
"""What may stand behind a number."""

SIZES = {"kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_MAX = (1 << 62) - 1


class Literal(NamedTuple):
    """A value as written: its unit, "" where it has none, and where it stands."""

    value: Scalar
    unit: str = ""
    at: int = 0

    @classmethod
    def number(cls, digits: str, unit: str) -> Literal:
        """A number with its unit."""
        whole = digits.lstrip("-").isdigit() and len(digits) <= 19
        return cls(int(digits) if whole else float(digits), unit.lower().replace("µ", "u"))


def meant(name: str, kind: Kind, literal: Literal, refuse: Refuse) -> Scalar:
    """The value that a built-in name is compared with. A bare number is milliseconds beside a duration; a duration may stand
    in quotes."""
    value, unit, at = literal
    number = None if isinstance(value, str | bool) else value
    if kind is Kind.DURATION and number is not None and unit not in SIZES:
        scaled = round(number * NS[unit or "ms"]) if abs(number) < _MAX else _MAX
        return scaled if abs(scaled) < _MAX else refuse("that is longer than 146 years", at)
    if kind is Kind.DURATION and isinstance(value, str):
        quoted = duration_text_ns(value)
        return quoted if quoted is not None else refuse(f"{value!r} is no duration: write 250ms, 1.5s or 2h", at)
    if kind is Kind.NUMBER and number is not None and not unit:
        return number
    if kind is Kind.INSTANT and isinstance(value, str):
        found = instant_ns(value)
        return found if found is not None else refuse("that is no time: write it as '2024-01-10T14:30:00Z'", at)
    if kind is Kind.TEXT and isinstance(value, str):
        return value
    if kind is Kind.ERROR and (isinstance(value, bool) or value in ("span", "line")):
        return value
    return refuse(f"{name} is compared with {kind.value}", at)


_TIME_UNITS = {
    "ns": "ns", "nanos": "ns", "nanoseconds": "ns", "us": "us", "micros": "us", "microseconds": "us",
    "ms": "ms", "millis": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "secs": "s", "seconds": "s",
    "minutes": "m", "hours": "h", "days": "d",
}  # fmt: skip
"""The end of a key → the unit that its numbers count in."""

_WORDS = lazy_pattern(r"[A-Z]?[^\W_A-Z]+|[A-Z]+")


def in_unit_of(key: str, literal: Literal, refuse: Refuse) -> Scalar:
    """The value that an attribute is compared with: one with a unit in the unit that the attribute's key ends with;
    sizes are bytes where it ends with none."""
    value, unit, at = literal
    if not unit or isinstance(value, str):
        return value
    ending = (_WORDS.findall(key) or [""])[-1].lower()
    if unit in SIZES:
        return _plain(value * SIZES[unit] / SIZES.get(ending, 1))
    if ending not in _TIME_UNITS:
        return refuse(f"the name {key!r} does not tell its unit of time: write a number without one", at)
    return _plain(value * NS[unit] / NS[_TIME_UNITS[ending]])


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
