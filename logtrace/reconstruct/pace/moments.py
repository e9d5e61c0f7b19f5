"""What happens in the traces of a block, moment by moment: spans begin and end, and are done with.

Each span has a slot from its begin until it, and all that it may have called, has ended; then another has it. So that a trace
needs as many as run at a time, not as many as it has spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest.columns import Flags, Forest, Ints


class Moment(NamedTuple):
    """What is next in each trace that goes on.

    row, place, slot     of the trace in the block, of the span in the forest, and where it is kept
    time, ends           when; whether it ends
    callers              the slots of its candidates (-1: none)
    done_row, done_slot  spans that are done with behind that
    """

    row: Ints
    place: Ints
    slot: Ints
    time: Ints
    ends: Flags
    callers: Ints
    done_row: Ints
    done_slot: Ints


class Moments:
    """The moments of a block: a row for each trace, with the places of its spans, filled up with -1.

    callers: rows of places of candidates, for each span of the forest as many as `several` tells. slots: so many are needed.
    """

    def __init__(self, forest: Forest, block: Ints, callers: Ints, several: Ints) -> None:
        self._block = block
        row, column = np.nonzero(block >= 0)
        place = block[row, column]
        self._rows, self._columns = np.concatenate([row, row]), np.concatenate([column, column])
        self._times = np.concatenate([forest.start[place], forest.end[place]])
        self._ends = np.arange(len(self._times)) >= len(place)
        self._order = np.lexsort((np.where(self._ends, -self._columns, self._columns), self._ends, self._times, self._rows))
        self._first = np.searchsorted(self._rows[self._order], np.arange(len(block)))
        self._many = np.bincount(self._rows, minlength=len(block))
        step = np.empty(len(self._order), np.int64)
        step[self._order] = np.arange(len(self._order)) - self._first[self._rows[self._order]]
        self._callers = self._columns_of(callers, several, forest)
        self._done(row, column, step[: len(row)], step[len(row) :])

    def _columns_of(self, callers: Ints, several: Ints, forest: Forest) -> Ints:
        """By row, column and candidate: the column of each candidate in its row."""
        column_of = np.full(len(forest.key) + 1, -1)
        kept = self._block >= 0
        column_of[self._block[kept]] = np.nonzero(kept)[1]
        found = column_of[callers[self._block]]
        found[(np.arange(callers.shape[1]) >= several[self._block][:, :, None]) | ~kept[:, :, None]] = -1
        return found

    def _done(self, row: Ints, column: Ints, begun: Ints, ended: Ints) -> None:
        """When each span is done with, in the order of that."""
        last = np.zeros(self._block.shape, np.int64)
        last[row, column] = ended
        for callers in np.moveaxis(self._callers[row, column], 1, 0):
            some = callers >= 0
            np.maximum.at(last, (row[some], callers[some]), ended[some])
        behind = last[row, column]
        running = np.zeros((len(self._block), int(self._many.max()) + 1), np.int64)
        np.add.at(running, (row, begun), 1)
        np.add.at(running, (row, behind + 1), -1)
        self.slots = int(running.cumsum(axis=1).max())
        order = np.argsort(behind, kind="stable")
        self._done_row, self._done_column = row[order], column[order]
        self._done_from = np.searchsorted(behind[order], np.arange(int(self._many.max()) + 1))

    def __iter__(self) -> Iterator[Moment]:
        free = np.ones((len(self._block), self.slots), bool)
        slot_of = np.full((len(self._block), self._block.shape[1] + 1), -1)  # the last stands for none
        for step in range(int(self._many.max())):
            at = self._order[self._first[self._many > step] + step]
            row, column, ends = self._rows[at], self._columns[at], self._ends[at]
            begun, new = row[~ends], column[~ends]
            slot_of[begun, new] = free[begun].argmax(axis=1)
            free[begun, slot_of[begun, new]] = False
            callers = slot_of[row[:, None], self._callers[row, column]]
            done = slice(self._done_from[step], self._done_from[step + 1])
            done_row = self._done_row[done]
            done_slot = slot_of[done_row, self._done_column[done]]
            free[done_row, done_slot] = True
            slot = slot_of[row, column]
            yield Moment(row, self._block[row, column], slot, self._times[at], ends, callers, done_row, done_slot)
