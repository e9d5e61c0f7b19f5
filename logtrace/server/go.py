"""Query values as Go's standard library reads them, and what it says of those it can't: clients show these texts.
Source: strconv (ParseInt, ParseBool), time (ParseDuration), encoding/json.
"""

from __future__ import annotations

import json
import re
from typing import Any

from logtrace.patterns import lazy_pattern

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_INTEGER = lazy_pattern(r"[-+]?[0-9]+", re.ASCII)
_UNITS_NS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_NUMBER = lazy_pattern(r"([0-9]*)(?:\.([0-9]*))?", re.ASCII)
_UNIT = lazy_pattern(r"[^0-9.]*")
_MOST_NS = (1 << 63) - 1


class GoError(ValueError):
    """A value that Go would not read; the text is Go's."""


def parse_int(text: str, bits: int = 64) -> int:
    """A whole number of at most so many bits."""
    if not _INTEGER.fullmatch(text) or len(text) > 4000:
        raise GoError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    value = int(text)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise GoError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return value


def parse_float(text: str) -> float:
    """A number; what Go and Python write alike."""
    try:
        return float(text.replace("_", "x"))
    except ValueError as error:
        raise GoError(f"strconv.ParseFloat: parsing {quoted(text)}: invalid syntax") from error


def parse_bool(text: str) -> bool:
    """One of Go's twelve truths."""
    if text not in _TRUE | _FALSE:
        raise GoError(f"strconv.ParseBool: parsing {quoted(text)}: invalid syntax")
    return text in _TRUE


def is_true(text: str | None) -> bool:
    """Whether a text is one of Go's truths that are true; anything else is false."""
    return text in _TRUE


def parse_duration_ns(text: str) -> int:
    """A duration such as 1h30m, 1.2s or 100ms; 0 needs no unit."""
    negative, rest = text[:1] == "-", text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise GoError(f"time: invalid duration {quoted(text)}")
    total = 0
    while rest:
        number = _NUMBER.match(rest)
        assert number is not None  # it matches nothing at least
        if not number[1] and not number[2]:
            raise GoError(f"time: invalid duration {quoted(text)}")
        rest = rest[number.end() :]
        unit = _UNIT.match(rest)
        assert unit is not None
        if not unit[0]:
            raise GoError(f"time: missing unit in duration {quoted(text)}")
        if unit[0] not in _UNITS_NS:
            raise GoError(f"time: unknown unit {quoted(unit[0])} in duration {quoted(text)}")
        rest = rest[unit.end() :]
        total += _part_ns(number[1], number[2] or "", _UNITS_NS[unit[0]])
        if total > _MOST_NS:
            raise GoError(f"time: invalid duration {quoted(text)}")
    return -total if negative else total


def _part_ns(whole: str, fraction: str, unit_ns: int) -> int:
    if len(whole) > 19:
        return _MOST_NS + 1
    digits = fraction[:18]
    return int(whole or "0") * unit_ns + int(digits.ljust(18, "0")) * unit_ns // 10**18


def parse_texts(text: str) -> dict[str, str]:
    """A JSON object of texts. null is an empty text, or no object at all, as for Go."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise GoError(_syntax(text, error)) from error
    except RecursionError as error:
        raise GoError("exceeded max depth") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise GoError(f"json: cannot unmarshal {_kind(found)} into Go value of type map[string]string")
    for value in found.values():
        if value is not None and not isinstance(value, str):
            raise GoError(f"json: cannot unmarshal {_kind(value)} into Go value of type string")
    return {key: value or "" for key, value in found.items()}


def _syntax(text: str, error: ValueError) -> str:
    at = getattr(error, "pos", len(text))
    if at >= len(text.rstrip()):
        return "unexpected end of JSON input"
    return f"invalid character '{text[at]}' looking for beginning of value"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def quoted(text: str) -> str:
    """A text as Go quotes it."""
    return json.dumps(text, ensure_ascii=False)
