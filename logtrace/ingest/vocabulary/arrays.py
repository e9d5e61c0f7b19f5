"""Columns of texts → arrays, where all texts of a column have the one form that loggers write.

Each function gives what the general rules give (see `ids` and `units`), or None where a value has another form.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logtrace import units
from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.spans.runs import NONE, Numbers

_ISO = b"0000-00-00T00:00:00."
_DIGITS = [at for at, byte in enumerate(_ISO) if byte == 48]
_SIGNS = [(at, _ISO[at : at + 1]) for at in (4, 7, 13, 16)]


def span_keys(column: Sequence[str]) -> Numbers | None:
    """Span keys of texts of 16 hexadecimal digits."""
    return _hexadecimal(column, 16)


def trace_halves(column: Sequence[str]) -> tuple[Numbers, Numbers] | None:
    """(low, high) halves of texts of 32 hexadecimal digits that are not all zero."""
    found = _hexadecimal(column, 32)
    if found is None:
        return None
    high, low = found[::2], found[1::2]
    return None if not (low | high).all() else (low, high)


def _hexadecimal(column: Sequence[str], digits: int) -> Numbers | None:
    try:
        if set(map(len, column)) != {digits}:
            return None
        return np.frombuffer(unhexlify("".join(column)), ">i8").astype(np.int64)
    except (TypeError, ValueError):  # numbers, nulls, other digits
        return None


def instants(column: Sequence[str] | Sequence[bytes]) -> Numbers | None:
    """Instants of texts like 2024-01-10T14:30:05.123Z, with any number of digits behind the seconds."""
    return _instants(column, b"Z", b"T", b".")


def instants_in(column: Sequence[Any], zone: tzinfo) -> Numbers | None:
    """Instants of texts like that, or like 2024-01-10 14:30:05,123+01:00, all of one zone; those that name none are in `zone`."""
    first = column[0] if column else None
    if first.__class__ is not str:
        return None
    offset = _OFFSET.search(first)
    if offset is None and zone is not UTC:
        return None
    tail = offset[0] if offset else ""
    shift = units.instant_ns(f"1970-01-01T00:00:00{tail}", UTC)
    if shift is None:
        return None
    found = _instants(column, tail.encode(), b"T ", b".,")
    return None if found is None else found + shift


_OFFSET = lazy_pattern(r"(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def _instants(column: Sequence[str] | Sequence[bytes], tail: bytes, between: bytes, points: bytes) -> Numbers | None:
    """Instants of texts that end with `tail`, as if that were Z. between, points: what may stand before the hour and before
    fractions of a second."""
    letters = _letters(column, tail)
    if letters is None:
        return None
    width = len(letters)
    if not all(_stands(letters[at], signs) for at, signs in (*_SIGNS, (10, between), (19, points)) if at < width):
        return None
    digits = np.ascontiguousarray(letters[[*_DIGITS, *range(len(_ISO), width)]]) - np.uint8(48)
    if digits.max() > 9:
        return None
    days, hours, minutes, seconds = (_number(digits[at]) for at in _FIELDS)
    if hours.max() > 23 or minutes.max() > 59 or seconds.max() > 59:
        return None
    starts = np.zeros(len(days), np.int64)
    for day in np.unique(days).tolist():
        start = units.instant_ns(f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}T00:00:00Z")
        if start is None or abs(start) > units.MAX_NS - 2 * 86_400 * units.NS_PER_S:
            return None
        starts[days == day] = start
    parts = _number(digits[14:]) * 10 ** (len(_ISO) + 9 - width) if width > len(_ISO) else 0
    return np.asarray(starts + ((hours * 60 + minutes) * 60 + seconds) * units.NS_PER_S + parts, np.int64)


def _stands(letters: NDArray[np.uint8], signs: bytes) -> bool:
    """Whether each of some letters is one of a few signs."""
    return bool(np.logical_or.reduce([letters == sign for sign in signs]).all())


def _letters(column: Sequence[str] | Sequence[bytes], tail: bytes) -> NDArray[np.uint8] | None:
    """A row for each place of the longest text but for the tail that all end with, zeros where a shorter one has none; None where
    texts are no times."""
    if not column:
        return None
    try:
        lengths = np.fromiter(map(len, column), np.int64, len(column)) - len(tail)
        text = b"".join(column) if column[0].__class__ is bytes else "".join(column).encode("ascii")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    width, least = int(lengths.max()), int(lengths.min())
    if least < _SHORTEST or width > _LONGEST or least == len(_ISO) or (least < len(_ISO) < width):
        return None
    data, ends = np.frombuffer(text, np.uint8), np.cumsum(lengths + len(tail)) - len(tail)
    if not all((data[ends + at] == sign).all() for at, sign in enumerate(tail)):
        return None
    if width == least:
        return data.reshape(-1, width + len(tail)).T[:width]
    places = np.arange(width)[:, None]
    letters = np.take(data, ends - lengths + places, mode="clip")
    letters[places >= lengths] = _ZERO
    return letters


_ZERO = ord("0")
_SHORTEST, _LONGEST = len(_ISO) - 1, len(_ISO) + 9
_FIELDS = slice(0, 8), slice(8, 10), slice(10, 12), slice(12, 14)


def _number(digits: NDArray[np.uint8]) -> Numbers:
    """The numbers of decimal digits, the first row the highest."""
    found: Numbers = digits[0].astype(np.int64)
    for digit in digits[1:]:
        found *= 10
        found += digit
    return found


def durations(column: Sequence[Any], unit: str) -> Numbers | None:
    """Durations of floats (or None) of a unit; None where one is too long to be kept."""
    if not set(map(type, column)) <= {float, type(None)}:
        return None
    found = np.array(column, np.float64)
    with np.errstate(invalid="ignore"):
        scaled = np.rint(found * units.NS[unit])
        kept = (np.abs(found) <= 1e18) & (np.abs(scaled) < units.MAX_NS)
    if not (kept | np.isnan(found)).all():
        return None
    return np.where(kept, np.where(kept, scaled, 0).astype(np.int64), NONE)
