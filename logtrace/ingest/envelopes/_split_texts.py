"""Texts that a runtime split over several lines of a block: where their pieces stand, as they are written.

A block of which no line is split costs a look at the ends of its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge

from logtrace.ingest.envelopes._joining import PREFIXES, SPLITTING, may_be_partial
from logtrace.ingest.vocabulary.beginnings import FEW, beginnings


def split_texts(data: bytes) -> Iterator[list[tuple[int, int]]]:
    """Each text that is split over several lines of a block: from where to where its pieces stand."""
    held: dict[tuple[int, bytes], list[tuple[int, int]]] = {}
    at = 0
    for start in _parts(data):
        at = max(at, start)
        while at <= start or (held and at < len(data)):
            line = data[at : _line_end(data, at)]
            if held or may_be_partial(line):
                yield from _continued(held, at, line)
            at += len(line) + 1
    yield from (pieces for pieces in held.values() if len(pieces) > 1)


def _parts(data: bytes) -> Iterable[int]:
    """Where lines begin of which some go on in the next; no other line does. In order."""
    if len(data) < FEW:
        return _starts(data)
    begins = beginnings(data)
    found = [splitting.parts(data) for _, splitting in SPLITTING if any(begin.startswith(splitting.prefixes) for begin in begins)]
    return merge(*found)


def _starts(data: bytes) -> Iterator[int]:
    at = 0
    while 0 <= at < len(data):
        if data.startswith(PREFIXES, at):
            yield at
        at = _line_end(data, at) + 1


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _continued(held: dict[tuple[int, bytes], list[tuple[int, int]]], at: int, line: bytes) -> Iterator[list[tuple[int, int]]]:
    """The split text that a line ends; what goes on is in `held`."""
    for number, (_, splitting) in enumerate(SPLITTING):
        if line.startswith(splitting.prefixes) and (piece := splitting.piece(line)) is not None:
            pieces = held.pop((number, piece.stream), [])
            pieces.append((at + piece.start, at + piece.end))
            if piece.goes_on:
                held[number, piece.stream] = pieces
            elif len(pieces) > 1:
                yield pieces
            return
