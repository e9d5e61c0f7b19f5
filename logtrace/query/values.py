"""What values mean: one place for what both back ends of expressions compare, and for what statistics add up.

A number that was logged as text is that number, true that was logged as text is true. What can't be compared is not
an error: the comparison does not hold, and whoever asks can count such values (`comparable`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

import orjson

from logtrace.errors import UsageError
from logtrace.patterns import lazy_pattern

if TYPE_CHECKING:
    from logtrace.query.ast import Scalar

_NUMBER = lazy_pattern(r"-?(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?(?P<power>[eE][+-]\d{1,3})?", re.ASCII)
"""Digits as loggers write them. A power of ten has its sign (1e-05, 1e+06), as all write it: 1e5 may be part of a hash."""

MOST_AMOUNT = 1e300
"""Beyond it an amount is none: the sum of many would be no number any more."""

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def holds(op: str, value: Any, wanted: tuple[Scalar, ...]) -> bool:
    """Whether a JSON value (not null) compares so with what is wanted; see ast.Leaf."""
    if op == "exists":
        return True
    if op == "~":
        return searcher(str(wanted[0]))(canonical(value))
    if op in ("=", "!="):
        return (canonical(value) in map(canonical, wanted)) == (op == "=")
    pair = _comparable(value, wanted[0])
    return pair is not None and ORDER[op](*pair)


def comparable(op: str, value: Any, wanted: tuple[Scalar, ...]) -> bool:
    """Whether the comparison makes sense: a number is neither above nor below a word."""
    return op not in (">", ">=", "<", "<=") or _comparable(value, wanted[0]) is not None


def canonical(value: Any) -> str:
    """The text that = compares: two values are equal where these are."""
    if isinstance(value, str):
        found = number(value)
        return value if found is None else canonical(found)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, int) else orjson.dumps(value).decode()


def number(value: Any) -> int | float | None:
    """The finite number that a value is or, as text, spells; None where it is none: true is none, nor are inf and nan."""
    if isinstance(value, str):
        spelled = _NUMBER.fullmatch(value)
        if spelled is None:
            return None
        if "." not in value and not spelled["power"]:
            return int(value)
        value = float(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and (isinstance(value, int) or isfinite(value)) else None


def amount(value: Any) -> int | float | None:
    """The number that can be added up, drawn over time and compared as an amount; None where a value is none."""
    found = number(value)
    return None if found is None or abs(found) > MOST_AMOUNT else found


def _comparable(value: Any, wanted: Scalar) -> tuple[Any, Any] | None:
    left, right = number(value), number(wanted)
    if left is not None and right is not None:
        return left, right
    both_text = isinstance(value, str) and isinstance(wanted, str) and left is None and right is None
    return (value, wanted) if both_text else None


_searchers: dict[str, Callable[[str], bool]] = {}


def searcher(pattern: str) -> Callable[[str], bool]:
    """Tells whether a text has the pattern (RE2) somewhere. Raises UsageError where it is none."""
    found = _searchers.get(pattern)
    if found is None:
        compiled = compiled_pattern(pattern)
        found = _searchers[pattern] = lambda text: compiled.search(text.encode("utf-8", "surrogatepass")) is not None
    return found


def compiled_pattern(pattern: str, *, literal: bool = False, ignore_case: bool = False) -> Any:
    """A compiled RE2 pattern for bytes; it never matches across the end of a line, ^ and $ are those of a line.

    Raises UsageError, with what RE2 says, where it is none.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.literal = literal
    options.never_nl = True
    text = pattern if literal else f"(?m){pattern}"
    try:
        return re2.compile(text.encode("utf-8", "surrogateescape"), options)
    except re2.error as error:
        hint = "patterns are those of RE2: a \\ before ( [ . * and the like makes them plain; grep -F takes all as it is"
        raise UsageError(f"{pattern!r} is no pattern: {_told(error).replace('(?m)', '')}", hint) from error


def _told(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
