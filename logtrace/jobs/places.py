"""Where lines of a chunk match: by an RE2 pattern, or as plain text. Only lines that do are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

Places = tuple[list[int], list[bytes]]
"""Where lines of a chunk begin, and their bytes without the line ends."""

Ahead = Callable[[bytes, int], int]
"""Gives, for the bytes of a chunk and where a line begins there, where the next begins that may match, as quickly as memory is
read; their length where none may."""

_FAR = 4_096
"""From one match to the next, in bytes: when it pays to ask what looks ahead."""

_FEW = 8


def matching(data: bytes, compiled: Any) -> Places:
    """The lines with a match."""
    starts, lines, at = list[int](), list[bytes](), 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        start = data.rfind(b"\n", at, match.start()) + 1 or at
        end = data.find(b"\n", match.end())
        end = len(data) if end < 0 else end
        starts.append(start)
        lines.append(data[start:end])
        at = end + 1
    return starts, lines


def having(data: bytes, needle: bytes, text: bytes, ahead: Ahead) -> Places:
    """As `matching`, of plain text; text: the data as the needle is looked for in it."""
    starts, lines, at = list[int](), list[bytes](), ahead(data, 0)
    while (place := text.find(needle, at)) >= 0:
        start = data.rfind(b"\n", at, place) + 1 or at
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        starts.append(start)
        lines.append(data[start:end])
        at = end + 1 if place - at < _FAR else ahead(data, end + 1)
    return starts, lines


def others(data: bytes, found: Iterable[int]) -> Places:
    """All lines but those that begin at these places."""
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    taken = set(found)
    starts = accumulate((len(line) + 1 for line in lines[:-1]), initial=0)
    left = [(start, line) for start, line in zip(starts, lines, strict=False) if start not in taken]
    return [start for start, _ in left], [line for _, line in left]


def count_matching(data: bytes, compiled: Any) -> int:
    """How many lines have a match."""
    found = at = 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        found += 1
        at = data.find(b"\n", match.end()) + 1 or len(data)
    return found


def count_having(data: bytes, needle: bytes, text: bytes, ahead: Ahead) -> int:
    """As `count_matching`, of plain text (see `having`)."""
    found, at = 0, ahead(data, 0)
    while (place := text.find(needle, at)) >= 0:
        if found >= _FEW and at < found * _FAR:
            return found + _count_near(text[at:], needle)
        found += 1
        end = text.find(b"\n", place) + 1
        at = ahead(data, end) if end else len(data)
    return found


def _count_near(text: bytes, needle: bytes) -> int:
    """How many lines have a text: two places of it are in different lines where a line ends between them."""
    between = text.split(needle)[1:]
    return len(between) and 1 + sum([b"\n" in each for each in between[:-1]])
