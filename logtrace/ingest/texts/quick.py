"""Texts that were read many at once, for whoever reads the lines around them one by one.

Such a text may be the first line of a text that goes on, or the one that a document breaks off at: then it is wanted back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence

from logtrace.ingest.envelopes import UnwrappedLines
from logtrace.ingest.objects.batches import Peeled


class Quick:
    """The texts of some lines under their envelopes, by the index of the line. `back`: those that were wanted back."""

    def __init__(self, lines: Sequence[bytes], texts: UnwrappedLines, indexes: Collection[int]) -> None:
        self._lines = lines
        self._texts = texts
        self._indexes = frozenset(indexes)
        self.back: set[int] = set()

    def __contains__(self, index: object) -> bool:
        return index in self._indexes and index not in self.back

    def __bool__(self) -> bool:
        return bool(self._indexes)

    def take_back(self, index: int) -> Peeled:
        """One of them, to be read by itself."""
        self.back.add(index)
        at = bisect_left(self._texts.indexes, index)
        alone = UnwrappedLines._make([column[at]] for column in self._texts)
        ((_, text, outer),) = alone.outers(alone.indexes)
        return Peeled(index, self._lines[index], text, outer)


NO_QUICK = Quick((), UnwrappedLines((), (), (), ()), ())
