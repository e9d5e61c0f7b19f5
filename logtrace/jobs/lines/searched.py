"""Kept lines that match a pattern, chunk by chunk: chunks are unpacked and searched side by side (zstd and RE2 both let other
threads run), and nothing is decoded."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import zstandard

from logtrace.jobs.lines.places import (
    Ahead,
    Lines,
    Places,
    count_having,
    count_having_in_any_case,
    count_matching,
    having,
    having_in_any_case,
    indexes_at,
    lines_at,
    lines_having,
    matching,
    others,
)
from logtrace.patterns import lazy_pattern
from logtrace.query.values import compiled_pattern
from logtrace.store.reading.lines import Packed, chunk_ids, packed_chunks, unpacked
from logtrace.store.reading.reader import FragmentReader

if TYPE_CHECKING:
    from concurrent.futures import Future

_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 4 * _THREADS
_SPECIAL = lazy_pattern(r"[\\.+*?()|\[\]{}^$\n]")

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
    def scout(self) -> bytes:
        """The end of the needle from its rarest byte on, by which RE2 finds it soonest; b"" where only all of it will do."""
        needle = b"" if self.ignore_case else self.needle
        starts = range(max(1, len(needle) - 3))  # long enough to be rare itself
        rare = needle[max(starts, key=lambda at: _FREQUENT.find(needle[at : at + 1]) % 256) :]
        return rare if rare.isascii() else b""

    @property
    def ahead(self) -> Ahead:
        """What finds the chunks that may have lines that match, and where."""
        scout = self.scout
        compiled = compiled_pattern(scout.decode("ascii"), literal=True) if scout else self.compiled
        before = len(self.needle) - len(scout) if scout else 0

        def ahead(data: bytes, at: int) -> int:
            match = compiled.search(data, at) if at < len(data) else None
            return len(data) if match is None else data.rfind(b"\n", at, max(at, match.start() - before)) + 1 or at

        return ahead


class Found(NamedTuple):
    """The lines of a chunk that match, in order: how many, their bytes, each with a line end, and what finds where they are."""

    chunk: Packed
    many: int
    text: bytes
    find: Callable[[bytes], Places]

    @property
    def lines(self) -> list[bytes]:
        """Each without its line end."""
        return self.text.split(b"\n")[:-1]

    def indexes(self, data: bytes) -> Iterator[int]:
        """The index of each line. data: the bytes of the chunk, which are not kept: only who shows line numbers counts lines."""
        return indexes_at(data, self.find(data).bounds)


def searched(reader: FragmentReader, pattern: Pattern) -> Iterator[Found]:
    """The matching lines of all chunks that have some, source by source and in order."""
    found = _side_by_side(packed_chunks(reader, chunk_ids(reader)), _search(reader, pattern))
    return (each for each in found if each.text)


def searched_alone(reader: FragmentReader, pattern: Pattern) -> Callable[[Iterable[int]], Iterator[Found]]:
    """Gives the same of some chunks, one after the other."""
    search = _search(reader, pattern, zstandard.ZstdDecompressor())
    return lambda ids: (found for chunk in packed_chunks(reader, ids) if (found := search(chunk)).text)


def _search(
    reader: FragmentReader, pattern: Pattern, decompressor: zstandard.ZstdDecompressor | None = None
) -> Callable[[Packed], Found]:
    """decompressor: of who has only one thread; each needs one."""
    find, take = finding(pattern), taking(pattern)
    return lambda chunk: Found(chunk, *take(_unpacked(reader, chunk, decompressor)), find)


def taking(pattern: Pattern) -> Callable[[bytes], Lines]:
    """Gives the lines that match out of the bytes of a chunk, with no more looked for than that takes."""
    find, ahead, needle = finding(pattern), pattern.ahead, pattern.needle

    def take(data: bytes) -> Lines:
        places = find(data)
        return Lines(places.many, lines_at(data, places.bounds))

    return (lambda data: lines_having(data, needle, ahead)) if needle and not (pattern.ignore_case or pattern.invert) else take


def finding(pattern: Pattern) -> Callable[[bytes], Places]:
    """Gives the lines that match in the bytes of a chunk."""
    compiled, ahead, needle = pattern.compiled, pattern.ahead, pattern.needle

    def find(data: bytes) -> Places:
        if not _is_plain(pattern, data):
            return matching(data, compiled)
        return having_in_any_case(data, needle, ahead) if pattern.ignore_case else having(data, needle, data, ahead)

    return (lambda data: others(data, find(data))) if pattern.invert else find


def together(parts: Iterable[Found], first: int = _FIRST) -> Iterator[list[Found]]:
    """What was found in chunks of one source that follow each other, some hundred lines at a time, and so many of the first at
    once."""
    waiting: list[Found] = []
    seen = many = 0
    for found in parts:
        if waiting and (
            found.chunk.source_id != waiting[0].chunk.source_id
            or many >= (_TOGETHER if seen >= first else 0)
            or len(waiting) == _CHUNKS
        ):
            yield waiting
            waiting, seen, many = [], seen + many, 0
        waiting.append(found)
        many += found.many
    if waiting:
        yield waiting


def counted(reader: FragmentReader, pattern: Pattern) -> Iterator[tuple[Packed, int]]:
    """How many lines of each chunk match."""
    compiled, ahead = pattern.compiled, pattern.ahead

    def count(chunk: Packed) -> tuple[Packed, int]:
        data = _unpacked(reader, chunk)
        if not _is_plain(pattern, data):
            found = count_matching(data, compiled)
        else:
            found = (count_having_in_any_case if pattern.ignore_case else count_having)(data, pattern.needle, ahead)
        return chunk, data.count(b"\n") + (data[-1:] not in (b"", b"\n")) - found if pattern.invert else found

    return _side_by_side(packed_chunks(reader, chunk_ids(reader)), count)


def _is_plain(pattern: Pattern, data: bytes) -> bool:
    """Whether the needle says it all of the bytes of a chunk. Case of what is no ASCII is left to RE2, to which K and the Kelvin
    sign are one letter."""
    return bool(pattern.needle) and (not pattern.ignore_case or data.isascii())


def _unpacked(reader: FragmentReader, chunk: Packed, decompressor: zstandard.ZstdDecompressor | None = None) -> bytes:
    return unpacked(reader, chunk, decompressor or zstandard.ZstdDecompressor())


def _side_by_side(chunks: Iterator[Packed], work: Callable[[Packed], T]) -> Iterator[T]:
    """What comes of each chunk, in order; a few are worked on ahead."""
    from concurrent.futures import ThreadPoolExecutor  # forks need none

    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            for chunk in chunks:
                waiting.append(threads.submit(work, chunk))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
