"""Kept lines that match a pattern, chunk by chunk: chunks are unpacked and searched side by side (zstd and RE2 both let other
threads run), and nothing is decoded."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import zstandard

from logtrace.query.values import compiled_pattern
from logtrace.store.lines import Packed, packed_chunks, unpacked
from logtrace.store.reader import FragmentReader

_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 4 * _THREADS
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$\n]")

_FREQUENT = b'"esat:,drino102cp4.3um-_g75b968fvklwhT{}'
"""Bytes of JSON logs, the most frequent first: RE2 runs from one place of a text's first byte to the next."""

_TOGETHER, _CHUNKS = 400, 16
_FIRST = 1_500
"""So many lines are told as soon as they are found, those of a chunk at a time: what reads many lines at once takes as long
to load as these take one by one."""

T = TypeVar("T")


class Pattern(NamedTuple):
    """What is looked for in raw lines. text: an RE2 pattern, or (literal) text as it is; invert: lines without it."""

    text: str
    literal: bool = False
    ignore_case: bool = False
    invert: bool = False

    @property
    def needle(self) -> bytes:
        """What lines have to hold, byte by byte, in lower case where case does not count; b"" where that does not say it all."""
        if "\n" in self.text or not (self.literal or not _SPECIAL.search(self.text)):
            return b""
        if self.ignore_case:
            return self.text.lower().encode() if self.text.isascii() else b""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def compiled(self) -> Any:
        """RE2's form of it."""
        return compiled_pattern(self.text, literal=self.literal, ignore_case=self.ignore_case)

    @property
    def scout(self) -> Any:
        """What finds the chunks that may have lines that match: of plain text its end from its rarest byte on."""
        rare = b"" if self.ignore_case else _from_rarest(self.needle)
        return compiled_pattern(rare.decode("ascii"), literal=True) if rare.isascii() and rare else self.compiled


class Found(NamedTuple):
    """The lines of a chunk that match, in order: (where it begins in the chunk, bytes without the line end)."""

    chunk: Packed
    lines: list[tuple[int, bytes]]

    def indexes(self, data: bytes) -> Iterator[int]:
        """The index of each line. data: the bytes of the chunk, which are not kept: only who shows line numbers counts lines."""
        index = at = 0
        for start, _ in self.lines:
            index += data.count(b"\n", at, start)
            yield index
            at = start


def searched(reader: FragmentReader, pattern: Pattern) -> Iterator[Found]:
    """The matching lines of all chunks that have some, source by source and in order."""
    compiled, scout = pattern.compiled, pattern.scout

    def search(chunk: Packed, data: bytes) -> Found:
        text = _plain(pattern, data, scout)
        found = matching(data, compiled) if text is None else having(data, pattern.needle, text)
        return Found(chunk, list(others(data, found) if pattern.invert else found))

    return (found for found in _side_by_side(reader, search) if found.lines)


def together(parts: Iterable[Found]) -> Iterator[list[Found]]:
    """What was found in chunks of one source that follow each other, some hundred lines at a time."""
    waiting: list[Found] = []
    seen = many = 0
    for found in parts:
        if waiting and (
            found.chunk.source_id != waiting[0].chunk.source_id
            or many >= (_TOGETHER if seen >= _FIRST else 0)
            or len(waiting) == _CHUNKS
        ):
            yield waiting
            waiting, seen, many = [], seen + many, 0
        waiting.append(found)
        many += len(found.lines)
    if waiting:
        yield waiting


def counted(reader: FragmentReader, pattern: Pattern) -> Iterator[tuple[Packed, int]]:
    """How many lines of each chunk match."""
    compiled, scout = pattern.compiled, pattern.scout

    def count(chunk: Packed, data: bytes) -> tuple[Packed, int]:
        text = _plain(pattern, data, scout)
        found = count_matching(data, compiled) if text is None else count_having(text, pattern.needle)
        return chunk, data.count(b"\n") + (data[-1:] not in (b"", b"\n")) - found if pattern.invert else found

    return _side_by_side(reader, count)


def _from_rarest(needle: bytes) -> bytes:
    """The end of a text from its rarest byte on, long enough to be rare itself."""
    starts = range(max(1, len(needle) - 3))
    return needle[max(starts, key=lambda at: _FREQUENT.find(needle[at : at + 1]) % 256) :]


def _plain(pattern: Pattern, data: bytes, scout: Any) -> bytes | None:
    """The bytes of a chunk as the needle is looked for in them, none where it can't be there; None: not that way.

    Case of what is no ASCII is left to RE2, to which K and the Kelvin sign are one letter.
    """
    if not pattern.needle:
        return None
    if not scout.search(data):
        return b""
    if pattern.ignore_case:
        return data.lower() if data.isascii() else None
    return data


def _side_by_side(reader: FragmentReader, work: Callable[[Packed, bytes], T]) -> Iterator[T]:
    """What comes of each chunk and its bytes, in order; a few are worked on ahead."""

    def unpack_and_work(chunk: Packed) -> T:
        return work(chunk, unpacked(reader, chunk, zstandard.ZstdDecompressor()))

    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            for chunk in packed_chunks(reader):
                waiting.append(threads.submit(unpack_and_work, chunk))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def matching(data: bytes, compiled: Any) -> Iterator[tuple[int, bytes]]:
    """(where it begins, line) of the lines with a match."""
    at = 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        start = data.rfind(b"\n", at, match.start()) + 1 or at
        end = data.find(b"\n", match.end())
        end = len(data) if end < 0 else end
        yield start, data[start:end]
        at = end + 1


def having(data: bytes, needle: bytes, text: bytes) -> Iterator[tuple[int, bytes]]:
    """As `matching`, of plain text; text: the data as the needle is looked for in it. To find a chunk that has it RE2 is
    quicker, to find all in such a chunk this is."""
    at = 0
    while (place := text.find(needle, at)) >= 0:
        start = data.rfind(b"\n", at, place) + 1 or at
        end = data.find(b"\n", place + len(needle))
        end = len(data) if end < 0 else end
        yield start, data[start:end]
        at = end + 1


def count_matching(data: bytes, compiled: Any) -> int:
    """How many lines have a match."""
    found = at = 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        found += 1
        at = data.find(b"\n", match.end()) + 1 or len(data)
    return found


def count_having(data: bytes, needle: bytes) -> int:
    """As `count_matching`, of plain text: two places of it are in different lines where a line ends between them."""
    between = data.split(needle)[1:]
    return len(between) and 1 + sum([b"\n" in text for text in between[:-1]])


def others(data: bytes, found: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """(where it begins, line) of all other lines."""
    matching = {start for start, _ in found}
    at = 0
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        if at not in matching:
            yield at, line
        at += len(line) + 1
