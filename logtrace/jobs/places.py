"""Where lines of a chunk match: by an RE2 pattern, or as plain text. Only lines that do are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

Places = tuple[list[int], list[bytes]]
"""Where lines of a chunk begin, and their bytes without the line ends."""

Ahead = Callable[[bytes, int], int]
"""Gives, for the bytes of a chunk and where a line begins there, where the next begins that may match, as quickly as memory is
read; their length where none may."""

_FAR = 4_096
"""From one match to the next, in bytes: when it pays to ask what looks ahead."""

_BLOCK = 65_536
"""So many bytes are looked through at once where letter case does not count."""

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


def having_in_any_case(data: bytes, needle: bytes, ahead: Ahead) -> Places:
    """As `having`, of ASCII in which letter case does not count."""
    starts, lines = list[int](), list[bytes]()
    for at, block in _blocks(data, ahead):
        found = having(block, needle, block.lower(), lambda _, near: near)
        starts += [at + start for start in found[0]]
        lines += found[1]
    return starts, lines


def _blocks(data: bytes, ahead: Ahead) -> Iterator[tuple[int, bytes]]:
    """Where whole lines begin with one that may match, and so many of them as can soon be made lower case: of all bytes that
    takes longer than to look for what may match."""
    at = ahead(data, 0)
    while at < len(data):
        end = data.find(b"\n", at + _BLOCK) + 1 or len(data)
        yield at, data[at:end]
        at = ahead(data, end)


def others(data: bytes, found: Iterable[int]) -> Places:
    """All lines but those that begin at these places."""
    lines, before = _all_lines(data)
    taken = set(found)
    return _chosen(lines, before, [at for at, start in enumerate(before) if at + start not in taken])


def lacking(data: bytes, needle: bytes) -> Places:
    """The lines without a plain text."""
    lines, before = _all_lines(data)
    return _chosen(lines, before, [at for at, line in enumerate(lines) if needle not in line])


def lacking_in_any_case(data: bytes, needle: bytes) -> Places:
    """As `lacking`, of ASCII in which letter case does not count."""
    lines, before = _all_lines(data)
    return _chosen(lines, before, [at for at, line in enumerate(lines) if needle not in line.lower()])


def _all_lines(data: bytes) -> tuple[list[bytes], list[int]]:
    """Lines, and how many bytes the lines before each have, without line ends."""
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    return lines, list(accumulate(map(len, lines[:-1]), initial=0)) if lines else []


def _chosen(lines: list[bytes], before: list[int], which: list[int]) -> Places:
    return [at + before[at] for at in which], [lines[at] for at in which]


def count_matching(data: bytes, compiled: Any) -> int:
    """How many lines have a match."""
    found = at = 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        found += 1
        at = data.find(b"\n", match.end()) + 1 or len(data)
    return found


def count_having(data: bytes, needle: bytes, ahead: Ahead) -> int:
    """As `count_matching`, of plain text."""
    found, at = 0, ahead(data, 0)
    while (place := data.find(needle, at)) >= 0:
        if found >= _FEW and at < found * _FAR:
            return found + _count_near(data[at:], needle)
        found += 1
        end = data.find(b"\n", place) + 1
        at = ahead(data, end) if end else len(data)
    return found


def count_having_in_any_case(data: bytes, needle: bytes, ahead: Ahead) -> int:
    """As `count_having`, of ASCII in which letter case does not count."""
    return sum(_count_near(block.lower(), needle) for _, block in _blocks(data, ahead))


def _count_near(text: bytes, needle: bytes) -> int:
    """How many lines have a text: two places of it are in different lines where a line ends between them."""
    between = text.split(needle)[1:]
    return len(between) and 1 + sum([b"\n" in each for each in between[:-1]])
