"""Values of lines, one at a time: what Columns falls back to where a column is not of one form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from logtrace import units
from logtrace.ingest.formats import UNITS
from logtrace.ingest.formats._format import PLAIN, Format
from logtrace.ingest.vocabulary.headers import decimal_hex
from logtrace.ingest.vocabulary.levels import ERROR, error_of_stack, is_error, severity, status_error
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.model import ErrorLevel, Flag, Rank, Role
from logtrace.patterns import lazy_pattern

Column = Sequence[Any]
_END, _COMPLETE = int(Role.END), int(Role.COMPLETE)
_NO_ERROR = (0, "", "")
severities: dict[Any, int] = {}
"""Levels met so far."""

_QUIET = frozenset((None, False, "", "ok", "OK", "Ok", "success", 200, 201, 202, 204))


def loud_at(column: Column) -> Iterable[int]:
    """Where a column of an error or status field may hold anything but quiet values."""
    try:
        if _QUIET.issuperset(column):
            return ()
        return [at for at, value in enumerate(column) if value not in _QUIET]
    except TypeError:  # lists among them
        return range(len(column))


Unit = str | Callable[[float], str]
"""Of a duration without one; a function of the value where it depends on that."""


def unit_told(record: dict[str, Any], meant: Format = PLAIN) -> tuple[Unit, int]:
    """(unit, Flag) of a duration whose key has no unit: that of the format or library, else milliseconds."""
    for dialect in (meant, *UNITS):
        if dialect.unit and (dialect.fits is None or dialect.fits(record)):
            return dialect.unit, Flag.UNIT_ASSUMED.value if callable(dialect.unit) else Flag.UNIT_LIBRARY.value
    return "ms", Flag.UNIT_ASSUMED.value


def duration_column(column: Column, unit: str) -> list[int | None]:
    """The durations of numbers (or None) of a unit."""
    scale = units.NS[unit]
    return [None if value is None or abs(value) > 1e18 else units.sensible(round(value * scale)) for value in column]


def duration_ns(value: object, unit: Unit) -> int | None:
    """The duration of a value as logged: by the text's own unit, else `unit`; of two integers seconds and nanoseconds, as
    JavaScript's hrtime has them; None where it is none."""
    if value.__class__ is list:
        return _of_parts(value)
    if value.__class__ is str:
        own = units.duration_text_ns(value)
        if own is not None:
            return units.sensible(own)
        value = units.decimal_or_none(value)
    if not _is_number(value) or abs(value) > 1e18:  # type: ignore[arg-type]
        return None
    scale = units.NS[unit(value) if callable(unit) else unit]  # type: ignore[arg-type]
    return units.sensible(round(value * scale))  # type: ignore[operator]


def _of_parts(parts: list[object]) -> int | None:
    if len(parts) != 2 or {part.__class__ for part in parts} != {int}:
        return None
    seconds, rest = cast(list[int], parts)
    return units.sensible(seconds * units.NS_PER_S + rest) if 0 <= rest < units.NS_PER_S and 0 <= seconds < 1e9 else None


def _is_number(value: object) -> bool:
    return value.__class__ is float or value.__class__ is int


NUMBERS = frozenset((int, float, type(None)))
NAMES = frozenset((str, int))


def header_text(value: object) -> str:
    if value.__class__ is list and value:
        value = value[0]
    return value if isinstance(value, str) else str(value) if value.__class__ is int else ""


_EXACT = 1 << 53


def as_hex(value: object, decimal: bool, digits: int) -> object:
    """An id as hexadecimal text where it is a decimal number: under a key of a library that writes them so, or a number too
    large to be anything else."""
    if value.__class__ is int and (decimal or value >= _EXACT):
        return decimal_hex(str(value), digits) or None
    if decimal and isinstance(value, str) and len(value) <= 20 and value.isdecimal():
        return decimal_hex(value, digits)
    return value


_MANY_DIGITS = lazy_pattern(rb"\d{20,39}")


def exact_number(value: object, line: bytes) -> object:
    """The digits of a number of more than 64 bits, which readers of JSON round, as they stand in its line; else the value."""
    if value.__class__ is not float:
        return value
    return next((found.decode() for found in _MANY_DIGITS.findall(line) if float(found) == value), value)


_NO_DURATION = frozenset(("", "-", "--", "?", "n/a", "na", "nil", "<nil>", "none", "null", "undefined", "unknown"))


def says_a_duration(value: object) -> bool:
    """Whether a value of a duration's key is meant to be one, readable or not."""
    return value.strip().lower() not in _NO_DURATION if isinstance(value, str) else _is_number(value)


def severity_of(level: object) -> int:
    if not isinstance(level, (str, int, float)):
        return 0
    number = severity(level)
    if len(severities) < 1000:
        severities[level] = number
    return number


def kind_word(kind: str) -> str:
    """A kind without what libraries write before it: `SpanKind.SERVER`, `SPAN_KIND_SERVER`."""
    return kind.lower().removeprefix("spankind.").removeprefix("span_kind_")


_LEVELS = frozenset(("trace", "debug", "info", "notice", "warn", "warning", "critical", "alert", "emergency", "fatal"))
"""Words that are levels and tell nothing of how something ended, as Datadog has them under `status`."""


def level_in(status: object) -> object:
    """The level that a status tells, None where it tells none."""
    return status if isinstance(status, str) and status.lower() in _LEVELS else None


def as_text(body: object) -> str:
    if body is None:
        return ""
    return body if isinstance(body, str) else dumped(body).decode()


def error_of(
    error: object, error_type: object, error_message: object, status: object, role: int, number: int, body: str
) -> tuple[int, str, str]:
    """(ErrorLevel, type, message) of a record.

    A status, `error: true`, or an error field of a record that ends its span is the span's own word (hard). A line of
    level error, or an error field on a line in between, is only evidence (soft); one below level error is none.
    Where nothing else tells what went wrong, the body does; not that of a line below level error that ends its span:
    "request done" is no error.
    """
    kind = error_type if isinstance(error_type, str) else ""
    message = error_message if isinstance(error_message, str) else ""
    if number >= ERROR and "\n" in body and not (kind or message):
        kind, message = _raised_in(body)
    said = is_error(error) if error is not None else bool(kind or message)
    if isinstance(error, (str, list)) and said and not message:
        message = error if isinstance(error, str) else "; ".join(filter(None, map(_said_in, error)))
    ends = role in (_END, _COMPLETE)
    settled = error is None and isinstance(status, str) and status.lower() in ("ok", "unset")  # an exception was noted on the way
    if status_error(status) or (said and not settled and (ends or error is True)):
        level = ErrorLevel.HARD
    elif number >= ERROR or (said and not number):
        level = ErrorLevel.SOFT
    else:
        return _NO_ERROR
    if not message and str(status).isdecimal() and 500 <= int(str(status)) < 600:
        message = f"status {status}"
    return int(level), kind, message or ("" if ends and number < ERROR else body)


def _said_in(error: object) -> str:
    """What one of several errors says: a text, or the message of an object."""
    said = error.get("message") if isinstance(error, dict) else error
    return said if isinstance(said, str) else ""


_RAISED = lazy_pattern(r"\n(?=Traceback \(most recent call last\):\n|[\w.$]+(?:: [^\n]*)?\n\s+at )", re.ASCII)


def _raised_in(body: str) -> tuple[str, str]:
    """(type, message) of the stack trace that follows the first line of a message; empty where none does."""
    found = _RAISED.search(body)
    return error_of_stack(body[found.end() :]) if found else ("", "")


def derived_name(method: object, route: object, logger: object) -> tuple[str, int]:
    if isinstance(method, str) and method:
        path = route.partition("?")[0] if isinstance(route, str) else ""
        if "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return f"{method} {path}".strip(), int(Rank.DERIVED)
    if isinstance(logger, str) and logger:
        return logger, int(Rank.WEAK)
    return "", int(Rank.NONE)
