"""The numbers of all rows that a first bulk writes, as they come by: its traces are assembled without reading them back.

Few are held in memory; many are put aside in a file beside the store, and come back in parts of whole traces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import numpy as np

from logtrace.reconstruct.spans.runs import NONE, Numbers
from logtrace.store.rows.of_fragments import COLUMNS, SOURCES, Row
from logtrace.store.rows.packed import NUMBERS, Packed, columns_of
from logtrace.store.rows.spanrows import PARENT, SpanRows

MOST = 500_000
"""Rows of which the numbers are held in memory: about 70 bytes each."""

PART = 100_000
"""Rows of a part, about, where more had to be put aside."""

_COLUMNS = (*NUMBERS, "error")
_ALL = len(_COLUMNS) + 1  # the ids as well
_PLACES = [COLUMNS.split(", ").index(name) for name in _COLUMNS]
_SMALL = frozenset({"operation_id", "error", "flags", "n_lines"})
"""Columns whose numbers need only four bytes."""

_UNKNOWN = SOURCES.index("none")


class Bulk:
    """The numbers of all rows that a run wrote. folder: where they are put aside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._columns: dict[str, list[Numbers]] = {name: [] for name in _COLUMNS}
        self._held = 0
        self._aside: BinaryIO | None = None
        self._pieces: list[_Piece] = []
        self._count = 0
        self._lost = False

    def add(self, packed: Packed, rows: Sequence[Row]) -> None:
        """Takes rows as they are written, with ids that count up from 1."""
        if self._lost:
            return
        usual = columns_of(packed)
        others = np.array([[NONE if row[at] is None else row[at] for at in _PLACES] for row in rows], np.int64)
        columns = np.hstack([np.vstack([usual, np.zeros(usual.shape[1], np.int64)]), others.reshape(-1, len(_PLACES)).T])
        for (name, parts), numbers in zip(self._columns.items(), columns, strict=True):
            parts.append(numbers.astype(np.int32 if name in _SMALL else np.int64))
        self._held += columns.shape[1]
        self._count += columns.shape[1]
        if self._held > MOST:
            self._put_aside()

    def _put_aside(self) -> None:
        """Writes what is held, by buckets of traces, each column by itself: a part is then a stretch of each."""
        columns = [self._take(name) for name in _COLUMNS]
        buckets = _buckets(columns[0])
        order = np.argsort(buckets, kind="stable")
        bounds = np.searchsorted(buckets[order], np.arange(_BUCKETS + 1))
        try:
            self._aside = self._aside or TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed once all parts are given out
            self._pieces.append(_Piece(self._aside.tell(), bounds))
            for column in (*columns, np.arange(len(order)) + self._count - self._held + 1):
                self._aside.write(column[order].tobytes())
        except OSError:  # no room: then traces are assembled from what the store has
            self._lost = True
            self._close()
        self._columns = {name: [] for name in _COLUMNS}
        self._held = 0

    def _close(self) -> None:
        if self._aside is not None:
            self._aside.close()
            self._aside = None

    def holds(self, highest: int) -> bool:
        """Whether these are all rows of a store that has so many."""
        return 0 < self._count == highest and not self._lost

    @property
    def many(self) -> int:
        """In how many parts they come back."""
        return min(_BUCKETS, -(-self._count // PART)) if self._pieces else 1

    def parts(self) -> Iterator[SpanRows]:
        """All rows by trace, the oldest of each first, in parts of whole traces. They are given out once."""
        held = [self._take(name) for name in _COLUMNS]
        held.append(np.arange(len(held[0])) + self._count - self._held + 1)
        if not self._pieces:
            yield _rows(held)
            return
        buckets = _buckets(held[0])
        for part in range(self.many):
            first, last = (number * _BUCKETS // self.many for number in (part, part + 1))
            here = np.flatnonzero((buckets >= first) & (buckets < last))
            columns = ([*(self._read(piece, at, first, last) for piece in self._pieces), held[at][here]] for at in range(_ALL))
            yield _rows(list(map(np.concatenate, columns)))
        self._close()

    def _read(self, piece: _Piece, column: int, first: int, last: int) -> Numbers:
        """A column of the rows in some buckets of a piece."""
        assert self._aside is not None
        low, high = int(piece.bounds[first]), int(piece.bounds[last])
        self._aside.seek(piece.start + (column * int(piece.bounds[-1]) + low) * 8)
        return np.frombuffer(self._aside.read((high - low) * 8), np.int64)

    def _take(self, name: str) -> Numbers:
        return np.concatenate(self._columns.pop(name) or [np.empty(0, np.int64)]).astype(np.int64)


class _Piece(NamedTuple):
    """Rows in the file. start: where they begin; bounds: how many rows are in the buckets before each, and in all."""

    start: int
    bounds: Numbers


_BUCKETS = 256
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def _buckets(low: Numbers) -> Numbers:
    """The bucket of each trace by its low half."""
    return (low.astype(np.uint64) * _SPREAD >> np.uint64(56)).astype(np.int64)


def _rows(columns: list[Numbers]) -> SpanRows:
    """Rows from their columns and ids, by trace, the oldest of each first. The columns are taken one by one, so that no two
    copies of all of them are held."""
    order = np.argsort(columns[0], kind="stable")
    low, high, key, parent, operation, start, duration, facts, flags, lines, error, ids = (
        columns.pop(0)[order] for _ in range(_ALL)
    )  # fmt: skip
    confidence = np.where(facts >> PARENT & 15 == _UNKNOWN, 0, NONE)
    parent[parent == NONE] = 0
    return SpanRows(ids, low, high, key, parent, operation, start, duration, facts, error, flags, lines, confidence)
