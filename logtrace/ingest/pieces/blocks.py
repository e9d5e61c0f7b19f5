"""Bytes of a source → blocks that end at line ends, the unit of work of a decoder process.

A block is cut only where no logical line goes on: not inside a line, not between the parts of a partial line.
A line longer than MAX_LINE never lies in memory as a whole: it becomes a block without data. A bracket that ends a file ends a
document: it needs no line end, which few programs write behind one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from logtrace.ingest.files.compression import Stream
from logtrace.ingest.pieces.parting import PEEK, TAIL, place_before

BLOCK = 2 * 1024 * 1024

MAX_LINE = 16 * 1024 * 1024
"""A longer line is rejected while streaming; nothing ever holds it."""

SHORTER = "the file got shorter while it was read"
"""Why a file can't be read on of which less is there than there was."""

_STEP = 64 * 1024


class Block(NamedTuple):
    """Bytes start to end of a source (decompressed). data: None where the reader of the block reads them itself from
    the file; too_long: the block is one line over MAX_LINE; unfinished: it lacks its last line end."""

    start: int
    end: int
    data: bytes | None = None
    too_long: bool = False
    unfinished: bool = False


def file_blocks(path: str, start: int, size: int) -> Iterator[Block]:
    """The blocks of a plain file from byte `start` to its size as it was when it was looked at, without their data."""
    with open(path, "rb") as file:
        fd = file.fileno()
        while start < size:
            end = _cut(fd, start, min(start + BLOCK, size), size)
            if end is None:
                end = _after_newline(fd, start, size)
                if end - start > MAX_LINE:
                    yield Block(start, end, too_long=True)
                else:
                    yield Block(start, end, unfinished=os.pread(fd, 1, end - 1) != b"\n")
            else:
                if _is_bracket(os.pread(fd, 1, end) if end == size - 1 else b""):
                    end = size
                yield Block(start, end)
            start = end


def _is_bracket(rest: bytes | bytearray) -> bool:
    return rest in (b"}", b"]")


def _cut(fd: int, start: int, want: int, size: int) -> int | None:
    """Where to end a block that should end near `want`: after a line end, no partial line open, no text that goes on.
    None: there is no line end in it; one long line, or the unfinished last one, begins at `start`."""
    limit = min(want + MAX_LINE, size)
    while (at := _before(fd, start, want)) is not None:
        if want >= limit:
            return at
        begin = max(start, at - TAIL)
        place = place_before(os.pread(fd, at - begin, begin), os.pread(fd, PEEK, at))
        if place is not None:
            return begin + place
        want = min(want + _STEP, limit)
    return None


def _before(fd: int, start: int, end: int) -> int | None:
    """The last line end between start and end, searched backwards."""
    while end > start:
        begin = max(start, end - _STEP)
        at = os.pread(fd, end - begin, begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
        end = begin
    return None


def _after_newline(fd: int, start: int, size: int) -> int:
    """The end of the line that begins at `start`: after its newline, or the end of the file."""
    at = start
    while at < size:
        piece = os.pread(fd, _STEP, at)
        if not piece:
            raise OSError(None, SHORTER)
        found = piece.find(b"\n")
        if found >= 0:
            return min(at + found + 1, size)
        at += _STEP
    return size


def stream_blocks(stream: Stream, start: int = 0, size: int | None = None) -> Iterator[Block]:
    """The blocks of a stream from decompressed byte `start` on, with their data. What precedes is read and dropped. size: about
    so many bytes each; as many as in a file where none is given."""
    size = BLOCK if size is None else size
    skipped = 0
    while skipped < start and (gone := stream.read(min(_STEP, start - skipped))):
        skipped += len(gone)
    held, broken = bytearray(), None
    while True:
        try:
            more = stream.read(_STEP)
        except OSError as error:
            more, broken = b"", error  # what came before is good
        if not more:
            break
        held += more
        if len(held) < size:
            continue
        at = held.rfind(b"\n") + 1
        if at and (place := at if len(held) >= 2 * BLOCK else _place(held, at)):
            yield Block(start, start + place, _first(held, place))
            start += place
            del held[:place]
        elif not at and len(held) > MAX_LINE:
            length, rest = _skip_line(stream, len(held))
            yield Block(start, start + length, too_long=True)
            start, held = start + length, bytearray(rest)
    at = held.rfind(b"\n") + 1
    if at and broken is None and _is_bracket(held[at:]):
        at = len(held)
    if at:
        yield Block(start, start + at, _first(held, at))
    if at < len(held) and broken is None:
        yield Block(start + at, start + len(held), bytes(held[at:]), unfinished=True)
    if broken is not None:
        raise broken


def _first(held: bytearray, count: int) -> bytes:
    """The first so many bytes, copied once."""
    with memoryview(held) as view:
        return bytes(view[:count])


def _place(held: bytearray, at: int) -> int:
    """The last place before a line end, that one at best, where what is held may be parted; 0 where there is none near it."""
    begin = max(0, at - TAIL)
    place = place_before(bytes(held[begin:at]), bytes(held[at : at + PEEK]))
    return 0 if place is None else begin + place


def _skip_line(stream: Stream, length: int) -> tuple[int, bytes]:
    """Reads on to the end of an overlong line of which `length` bytes were read: (its whole length, what follows)."""
    while more := stream.read(_STEP):
        at = more.find(b"\n")
        if at >= 0:
            return length + at + 1, more[at + 1 :]
        length += len(more)
    return length, b""
