"""The numbers of all rows that a first bulk writes, as they come by: its traces are assembled without reading them back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logtrace.reconstruct.runs import NONE, Numbers
from logtrace.store.packed import NUMBERS, Packed, columns_of
from logtrace.store.rows import COLUMNS, SOURCES, Row
from logtrace.store.spanrows import PARENT, SpanRows

MOST = 1_000_000
"""Rows of which the numbers are kept: about 70 bytes each."""

_COLUMNS = (*NUMBERS, "error")
_PLACES = [COLUMNS.split(", ").index(name) for name in _COLUMNS]
_SMALL = frozenset({"operation_id", "error", "flags", "n_lines"})
"""Columns whose numbers need only four bytes."""

_UNKNOWN = SOURCES.index("none")


class Bulk:
    """The numbers of all rows that a run wrote."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Numbers]] = {name: [] for name in _COLUMNS}
        self._count = 0

    def add(self, packed: Packed, rows: Sequence[Row]) -> None:
        """Takes rows as they are written, with ids that count up from 1."""
        if self._count > MOST:
            return
        usual = columns_of(packed)
        others = np.array([[NONE if row[at] is None else row[at] for at in _PLACES] for row in rows], np.int64)
        columns = np.hstack([np.vstack([usual, np.zeros(usual.shape[1], np.int64)]), others.reshape(-1, len(_PLACES)).T])
        for (name, parts), numbers in zip(self._columns.items(), columns, strict=True):
            parts.append(numbers.astype(np.int32 if name in _SMALL else np.int64))
        self._count += columns.shape[1]
        if self._count > MOST:
            self._columns.clear()

    def holds(self, highest: int) -> bool:
        """Whether these are all rows of a store that has so many."""
        return 0 < self._count == highest <= MOST

    def rows(self) -> SpanRows:
        """All rows by trace, the oldest of each first. They are given out once: nothing of them stays here."""
        low = self._take("trace_low")
        order = np.argsort(low, kind="stable")
        columns = {"trace_low": low[order]} | {name: self._take(name)[order] for name in _COLUMNS[1:]}
        low, high, key, parent, operation, start, duration, facts, flags, lines, error = columns.values()
        confidence = np.where(facts >> PARENT & 15 == _UNKNOWN, 0, NONE)
        parent[parent == NONE] = 0
        return SpanRows(order + 1, low, high, key, parent, operation, start, duration, facts, error, flags, lines, confidence)

    def _take(self, name: str) -> Numbers:
        return np.concatenate(self._columns.pop(name) or [np.empty(0, np.int64)]).astype(np.int64)
