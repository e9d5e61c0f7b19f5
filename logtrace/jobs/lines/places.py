"""The lines of a chunk that match, and where they are: by an RE2 pattern, or as plain text. Only lines that do are looked at, and
those that follow each other are one run: the more lines match, the less is done for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Places(NamedTuple):
    """Some lines of a chunk.

    many    how many
    bounds  where a run of them begins and where it ends, then the next one's, and so on; each ends with a line end, or with the
            data, and between two of them there is a line
    """

    many: int
    bounds: list[int]


class Lines(NamedTuple):
    """Some lines of a chunk: how many, and their bytes, each with a line end."""

    many: int
    text: bytes


Ahead = Callable[[bytes, int], int]
"""Gives, for the bytes of a chunk and where a line begins there, where the next begins that may match, as quickly as memory is
read; their length where none may."""

_FAR = 4_096
"""From one match to the next, in bytes: when it pays to ask what looks ahead."""

_BLOCK = 65_536
"""So many bytes are looked through at once where letter case does not count."""

_FEW = 8
"""So many matches tell how far it is from one to the next."""


def matching(data: bytes, compiled: Any) -> Places:
    """The lines with a match."""
    bounds, end, many = list[int](), 0, 0
    while end < len(data) and (match := compiled.search(data, end)) is not None and match.start() < len(data):
        start = data.rfind(b"\n", end, match.start()) + 1 or end
        if start != end or not bounds:
            bounds += (end, start)
        end = data.find(b"\n", match.end()) + 1 or len(data)
        many += 1
    return Places(many, [*bounds[1:], end] if many else [])


def having(data: bytes, needle: bytes, text: bytes, ahead: Ahead) -> Places:
    """As `matching`, of plain text; text: the data as the needle is looked for in it."""
    bounds, at, end, many = list[int](), ahead(data, 0), -1, 0
    find, find_end, find_start = text.find, data.find, data.rfind  # looked up once: there may be thousands
    while (place := find(needle, at)) >= 0:
        start = find_start(b"\n", at, place) + 1 or at
        if start != end:
            bounds += (end, start)
        end = find_end(b"\n", place) + 1 or len(data)
        at = end if place - at < _FAR else ahead(data, end)
        many += 1
    return Places(many, [*bounds[1:], end] if many else [])


def lines_having(data: bytes, needle: bytes, ahead: Ahead) -> Lines:
    """What `having` finds, without their places: where there are many, in half the time."""
    found, at = list[bytes](), ahead(data, 0)
    find, find_start, add = data.find, data.rfind, found.append  # looked up once: there may be thousands
    while (place := find(needle, at)) >= 0:
        end = find(b"\n", place) + 1 or len(data)
        add(data[find_start(b"\n", at, place) + 1 or at : end])
        at = end if len(found) >= _FEW and end < len(found) * _FAR else ahead(data, end)
    return Lines(len(found), _with_end(b"".join(found)))


def having_in_any_case(data: bytes, needle: bytes, ahead: Ahead) -> Places:
    """As `having`, of ASCII in which letter case does not count."""
    bounds, many = list[int](), 0
    for at, block in _blocks(data, ahead):
        found = having(block, needle, block.lower(), lambda _, near: near)
        further = [at + each for each in found.bounds]
        if bounds[-1:] == further[:1]:  # goes on where the block before ended
            del bounds[-1:], further[:1]
        bounds += further
        many += found.many
    return Places(many, bounds)


def _blocks(data: bytes, ahead: Ahead) -> Iterator[tuple[int, bytes]]:
    """Where whole lines begin with one that may match, and so many of them as can soon be made lower case: of all bytes that
    takes longer than to look for what may match."""
    at = ahead(data, 0)
    while at < len(data):
        end = data.find(b"\n", at + _BLOCK) + 1 or len(data)
        yield at, data[at:end]
        at = ahead(data, end)


def others(data: bytes, found: Places) -> Places:
    """All lines but those that were found."""
    bounds = [0, *found.bounds, len(data)]
    if bounds[0] == bounds[1]:
        del bounds[:2]
    if bounds[-2:] == [len(data)] * 2:
        del bounds[-2:]
    return Places(_count(data) - found.many, bounds)


def _count(data: bytes) -> int:
    return data.count(b"\n") + (data[-1:] not in (b"", b"\n"))


def lines_at(data: bytes, bounds: list[int]) -> bytes:
    """The lines of all runs, each with a line end."""
    return _with_end(b"".join([data[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]))


def _with_end(text: bytes) -> bytes:
    """Lines of which the last may be without its line end."""
    return text if text.endswith(b"\n") or not text else text + b"\n"


def indexes_at(data: bytes, bounds: list[int]) -> Iterator[int]:
    """The index of each line of all runs."""
    index = at = 0
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        index += data.count(b"\n", at, start)
        behind = index + _count(data[start:end])
        yield from range(index, behind)
        index, at = behind, end


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
