"""Packing the lines of many spans at once: see linerefs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.spans.runs import Numbers, Truths
from logtrace.store.rows.linerefs import BASE, FIELDS, SIZE


class Lines(NamedTuple):
    """Lines of spans as columns, those of one span together. offset: ns after the first line of its span, less than
    MOST_NS."""

    chunk: Numbers
    line: Numbers
    offset: Numbers
    severity: Numbers
    hash: Numbers
    body: Numbers

    def packed(self, counts: Numbers, first_ns: Numbers, stated: Truths) -> list[bytes]:
        """The packed lines of each span. counts: how many lines each has; stated: whether the first's time is its start."""
        bytes_of = np.empty((len(self.chunk), SIZE), np.uint8)
        at = 0
        for column, (_, size) in zip(self, FIELDS, strict=True):
            bytes_of[:, at : at + size] = column.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - size :]
            at += size
        data = bytes_of.tobytes()
        ends = np.cumsum(counts) * SIZE
        found = list(map(data.__getitem__, map(slice, (ends - counts * SIZE).tolist(), ends.tolist())))
        for span in np.flatnonzero(~stated).tolist():
            found[span] = int(first_ns[span]).to_bytes(BASE, "big", signed=True) + found[span]
        return found


class Bodies:
    """The messages of the lines of one block, by number: those that come again have one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._used: set[int] = set()

    def numbers(self, bodies: Sequence[str], chunks: Numbers) -> Numbers:
        """The numbers of messages, each of a line of a chunk."""
        known = self._numbers
        for body in dict.fromkeys(bodies):
            known.setdefault(body, len(known))
        found = np.fromiter(map(known.__getitem__, bodies), np.int64, len(bodies))
        self._used.update(distinct(chunks << _NUMBER | found).tolist())
        return found

    def rows(self) -> list[tuple[int, int, str]]:
        """Rows of the table `body`: (chunk, number, message) of all that were asked for."""
        texts = list(self._numbers)
        return [(place >> _NUMBER, number, texts[number]) for place in sorted(self._used) for number in (place & _MASK,)]


_NUMBER = 24
_MASK = (1 << _NUMBER) - 1


def references(kept: Iterable[str | bytes]) -> set[tuple[int, int]]:
    """(chunk, number) of the messages that packed lines among these refer to."""
    packed, found = (lines[len(lines) % SIZE :] for lines in kept if isinstance(lines, bytes)), set[int]()
    while data := b"".join(islice(packed, _TOGETHER)):
        ends = np.frombuffer(data, np.uint8).reshape(-1, SIZE)[:, [0, 1, 2, 17, 18, 19]].astype(np.int64)
        chunks, numbers = (ends[:, at] << 16 | ends[:, at + 1] << 8 | ends[:, at + 2] for at in (0, 3))
        found.update(distinct(chunks << _NUMBER | numbers).tolist())
    return {(place >> _NUMBER, place & _MASK) for place in found}


_TOGETHER = 50_000
