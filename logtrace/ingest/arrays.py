"""Columns of texts → arrays, where all texts of a column have the one form that loggers write.

Each function gives what the general rules give (see `ids` and `units`), or None where a value has another form.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logtrace import units
from logtrace.reconstruct.runs import NONE, Numbers

_ISO = b"0000-00-00T00:00:00."
_DIGITS = [at for at, byte in enumerate(_ISO) if byte == 48]
_SIGNS = [(at, byte) for at, byte in enumerate(_ISO) if byte != 48]


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
    letters = _letters(column)
    if letters is None:
        return None
    if not all((letters[at] == sign).all() for at, sign in _SIGNS):
        return None
    fraction = len(letters) - len(_ISO)
    digits = np.ascontiguousarray(letters[[*_DIGITS, *range(len(_ISO), len(letters))]]) - np.uint8(48)
    if digits.max() > 9:
        return None
    days, hours, minutes, seconds, parts = (_number(digits[at]) for at in (*_FIELDS, slice(14, None)))
    if hours.max() > 23 or minutes.max() > 59 or seconds.max() > 59:
        return None
    starts = np.zeros(len(days), np.int64)
    for day in np.unique(days).tolist():
        start = units.instant_ns(f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}T00:00:00Z")
        if start is None or abs(start) > units.MAX_NS - 86_400 * units.NS_PER_S:
            return None
        starts[days == day] = start
    parts = parts * 10 ** (9 - fraction)
    return np.asarray(starts + ((hours * 60 + minutes) * 60 + seconds) * units.NS_PER_S + parts, np.int64)


def _letters(column: Sequence[str] | Sequence[bytes]) -> NDArray[np.uint8] | None:
    """A row for each place of the longest text but for the Z that all end with, zeros where a shorter one has none; None where
    texts are no times with a fraction."""
    if not column:
        return None
    try:
        lengths = np.fromiter(map(len, column), np.int64, len(column))
        text = b"".join(column) if column[0].__class__ is bytes else "".join(column).encode("ascii")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if lengths.min() < _SHORTEST or lengths.max() > _LONGEST:
        return None
    width, ends = int(lengths.max()), np.cumsum(lengths)
    data = np.frombuffer(text, np.uint8)
    if not (data[ends - 1] == _Z).all():
        return None
    if width == lengths.min():
        return data.reshape(-1, width).T[:-1]
    places = np.arange(width - 1)[:, None]
    letters = np.take(data, ends - lengths + places, mode="clip")
    letters[places >= lengths - 1] = _ZERO
    return letters


_Z, _ZERO = b"Z0"
_SHORTEST, _LONGEST = len(_ISO) + 2, len(_ISO) + 10
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
