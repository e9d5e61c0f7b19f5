"""Attributes of two spans compared: what changed, and whether it says anything."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from logtrace.analysis.traces.fingerprints import masked
from logtrace.model import Span
from logtrace.patterns import lazy_pattern
from logtrace.query.values import amount

MIN_RATIO = 1.5

_ID_KEY = lazy_pattern(
    r"(?:^|[._-])(?:id|ids|uuid|guid|hash|nonce|token|seq|sequence|offset|port|timestamp|time|date|created_at)$|[a-z]I[dD]$"
)
_CODE_KEY = lazy_pattern(r"(?:^|[._-])(?:code|status|status_code|version|attempt|attempts|level|grpc_status)$")
_UNIT = lazy_pattern(r"(?:^|[._-])(bytes|kb|kib|mb|mib|gb|gib|ns|us|ms|seconds|secs|usd|eur|percent|pct)$", re.IGNORECASE)
_STATUS_KEYS = frozenset({"status", "error", "error.type", "error.message", "error.kind", "exception.type", "exception.message"})
_ID_MASKS = frozenset({"<uuid>", "<hex>"})


class AttributeChange(NamedTuple):
    """One key. known_a, known_b: whether a side has it; ratio: b to a, of amounts above zero (a status code is none).

    minor: ids, and numbers that are much the same, which differ between any two requests; and what the status of a
    span tells anyway
    """

    key: str
    known_a: bool
    known_b: bool
    a: Any
    b: Any
    ratio: float | None
    minor: bool


def attribute_changes(one: Span, other: Span) -> tuple[AttributeChange, ...]:
    """The attributes that differ, by key. Values that are equal as JSON are no change."""
    if one.attributes is other.attributes:
        return ()
    keys = sorted(one.attributes.keys() | other.attributes.keys())
    return tuple(_change(key, one, other) for key in keys if _differs(key, one, other))


def _differs(key: str, one: Span, other: Span) -> bool:
    if key not in one.attributes or key not in other.attributes:
        return True
    a, b = one.attributes[key], other.attributes[key]
    return bool(a != b) or isinstance(a, bool) != isinstance(b, bool)


def _change(key: str, one: Span, other: Span) -> AttributeChange:
    a, b = one.attributes.get(key), other.attributes.get(key)
    known_a, known_b = key in one.attributes, key in other.attributes
    ratio = _amount(b) / _amount(a) if _amount(a) and _amount(b) and not _CODE_KEY.search(key) else None
    same_size = ratio is not None and 1 / MIN_RATIO < ratio < MIN_RATIO
    minor = key in _STATUS_KEYS or (known_a and known_b and (same_size or _is_id(key, a, b)))
    return AttributeChange(key, known_a, known_b, a, b, ratio, minor)


def _amount(value: Any) -> float:
    """A number above zero (see values.amount); 0 for anything else."""
    return max(0, amount(value) or 0)


def _is_id(key: str, a: Any, b: Any) -> bool:
    """Whether a key or both its values look like those of an id: other in every request."""
    if _ID_KEY.search(key):
        return True
    return isinstance(a, str) and isinstance(b, str) and masked(a) in _ID_MASKS and masked(b) in _ID_MASKS


def is_id_key(key: str) -> bool:
    """Whether a key names what is other in every request."""
    return bool(_ID_KEY.search(key))


def is_code_key(key: str) -> bool:
    """Whether the numbers of a key are names: codes, versions, levels."""
    return bool(_CODE_KEY.search(key))


def unit_of(key: str) -> str:
    """The unit that a key ends with, in small letters: `bytes` of `context.size_bytes`; "" where it names none."""
    found = _UNIT.search(key)
    return found[1].lower() if found else ""


def tells_status(key: str) -> bool:
    """Whether a key tells what the status of a span tells anyway."""
    return key in _STATUS_KEYS
