"""The numbers of all rows that a first bulk writes, as they come by: its traces are assembled without reading them back.

Few are held in memory; many are put aside in a file beside the store, and come back in parts of whole traces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from logtrace.reconstruct.runs import NONE, Numbers
from logtrace.store.packed import NUMBERS, Packed, columns_of
from logtrace.store.rows import COLUMNS, SOURCES, Row
from logtrace.store.spanrows import PARENT, SpanRows

MOST = 500_000
"""Rows of which the numbers are held in memory: about 70 bytes each."""

_COLUMNS = (*NUMBERS, "error")
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
        self._pieces: list[int] = []  # rows of each piece in the file
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
        try:
            self._aside = self._aside or TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed once all parts are given out
            for name in _COLUMNS:
                self._aside.write(self._take(name).tobytes())
            self._pieces.append(self._held)
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
        return max(1, -(-self._count // MOST))

    def parts(self) -> Iterator[SpanRows]:
        """All rows by trace, the oldest of each first, in parts of whole traces. They are given out once."""
        held = [self._take(name) for name in _COLUMNS]
        many = self.many
        for part in range(many):
            yield _rows(*self._part(held, part, many)) if many > 1 else _rows(held, np.arange(len(held[0])) + 1)
        self._close()

    def _part(self, held: list[Numbers], part: int, many: int) -> tuple[list[Numbers], Numbers]:
        """(columns, ids) of the rows of those traces of which the low half says that they are in a part."""
        found: list[list[Numbers]] = [[] for _ in (*_COLUMNS, "id")]
        before = 1
        for columns in chain(self._put(), [iter(held)]):
            low = next(columns)
            here = np.flatnonzero((low.astype(np.uint64) * _SPREAD >> np.uint64(32)) % np.uint64(many) == part)
            for column, kept in zip(chain([low], columns, [np.arange(len(low)) + before]), found, strict=True):
                kept.append(column[here])
            before += len(low)
        *joined, ids = [np.concatenate(found.pop(0)) for _ in range(len(found))]
        return joined, ids

    def _put(self) -> Iterator[Iterator[Numbers]]:
        """The columns of each piece in the file, one after the other: all of them are to be taken."""
        if self._aside is not None:
            self._aside.seek(0)
            for rows in self._pieces:
                file = self._aside
                yield (np.frombuffer(file.read(size), np.int64) for size in [rows * 8] * len(_COLUMNS))

    def _take(self, name: str) -> Numbers:
        return np.concatenate(self._columns.pop(name) or [np.empty(0, np.int64)]).astype(np.int64)


_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def _rows(columns: list[Numbers], ids: Numbers) -> SpanRows:
    """Rows from their columns, by trace, the oldest of each first. The columns are taken one by one, so that no two copies of all
    of them are held."""
    order = np.argsort(columns[0], kind="stable")
    low, high, key, parent, operation, start, duration, facts, flags, lines, error = (columns.pop(0)[order] for _ in _COLUMNS)
    confidence = np.where(facts >> PARENT & 15 == _UNKNOWN, 0, NONE)
    parent[parent == NONE] = 0
    return SpanRows(
        ids[order], low, high, key, parent, operation, start, duration, facts, error, flags, lines, confidence
    )  # fmt: skip
