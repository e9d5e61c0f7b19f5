"""The numbers of all rows that a first bulk writes, as they come by: its traces are assembled without reading them back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from logtrace.reconstruct.runs import NONE, Numbers
from logtrace.store.packed import NUMBERS, Packed, columns_of
from logtrace.store.rows import SOURCES, Row
from logtrace.store.spanrows import PARENT, SpanRows

MOST = 3_000_000
"""Rows of which the numbers are kept: about 90 bytes each."""

_PLACES = (0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 9)  # of NUMBERS in a Row, and of its error
_UNKNOWN = SOURCES.index("none")


class Bulk:
    """The numbers of all rows that a run wrote. `whole`: whether they are all there."""

    def __init__(self) -> None:
        self._parts: list[Numbers] = []
        self._count = 0
        self.whole = True

    def add(self, packed: Packed, rows: Iterable[Row]) -> None:
        """Takes rows as they are written, with ids that count up from 1."""
        if not self.whole:
            return
        told = columns_of(packed)
        others = [[NONE if row[at] is None else row[at] for at in _PLACES] for row in rows]
        self._parts.append(np.vstack([told, np.zeros(told.shape[1], np.int64)]))
        if others:
            self._parts.append(np.array(others, np.int64).T)
        self._count += told.shape[1] + len(others)
        if self._count > MOST:
            self._parts.clear()
            self.whole = False

    def holds(self, highest: int) -> bool:
        """Whether these are all rows of a store that has so many."""
        return self.whole and 0 < self._count == highest

    def rows(self) -> SpanRows:
        """All rows by trace, the oldest of each first. They are given out once: nothing of them stays here."""
        parts, self._parts, self.whole = self._parts, [], False
        low = np.concatenate([part[0] for part in parts] or [np.empty(0, np.int64)])
        order = np.argsort(low, kind="stable")
        columns = {"trace_low": low[order]}
        for at, name in enumerate((*NUMBERS, "error")):
            if at:
                columns[name] = np.concatenate([part[at] for part in parts] or [low])[order]
        low, high, key, parent, operation, start, duration, facts, flags, lines, error = columns.values()
        parent[parent == NONE] = 0
        confidence = np.where(facts >> PARENT & 15 == _UNKNOWN, 0, NONE)
        return SpanRows(order + 1, low, high, key, parent, operation, start, duration, facts, error, flags, lines, confidence)
