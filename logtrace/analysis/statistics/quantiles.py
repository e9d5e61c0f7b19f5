"""Percentiles of many groups at once, exact: the smallest value that at least so many of a thousand do not exceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logtrace.columns import MISSING

if TYPE_CHECKING:
    from logtrace.columns import Floats, Ints, Numbers

P50, P95, P99 = 500, 950, 990
_Z95 = 1.96


class Grouped:
    """Values in groups, sorted once. Answers are arrays with an entry a group; MISSING for a group without values.

    weights: how many each value stands for (None: one); percentiles are then of all those.
    """

    def __init__(self, values: Numbers, group: Ints, groups: int, weights: Floats | None = None) -> None:
        order = np.lexsort((values, group))
        self.values = values[order]
        self._reached = None if weights is None else np.cumsum(weights[order])
        self.count = np.bincount(group, minlength=groups)
        self.first = np.cumsum(self.count) - self.count
        self.group = group

    def percentile(self, permille: int) -> Numbers:
        """The value of that rank."""
        if self._reached is not None and len(self.values):
            return self._at(self._weighed_ranks(self._reached, permille))
        return self._at((self.count * permille + 999) // 1000 - 1)

    def _weighed_ranks(self, reached: Floats, permille: int) -> Ints:
        """The first rank of each group up to which so much of its weight lies."""
        before = np.concatenate([[0.0], reached])[self.first]
        whole = np.concatenate([[0.0], reached])[self.first + self.count] - before
        ranks: Ints = np.searchsorted(reached, before + whole * (permille / 1000) * (1 - 1e-12)) - self.first
        return np.minimum(ranks, self.count - 1)

    def largest(self) -> Numbers:
        """The largest value."""
        return self._at(self.count - 1)

    def totals(self) -> Ints:
        """The sum; exact below 2^53."""
        sums = np.add.reduceat(self.values, self.first[self.count > 0]) if len(self.values) else self.values
        found = np.zeros(len(self.count), np.int64)
        found[self.count > 0] = sums
        return found

    def median_interval(self) -> tuple[Numbers, Numbers]:
        """Between which two values the median lies, 95 % sure: ranks of a binomial, by its normal approximation."""
        half = _Z95 / 2 * np.sqrt(self.count)
        low = np.floor(self.count / 2 - half).astype(np.int64) - 1
        high = np.ceil(self.count / 2 + half).astype(np.int64)
        return self._at(np.maximum(low, 0)), self._at(np.minimum(high, self.count - 1))

    def _at(self, rank: Ints) -> Numbers:
        if not len(self.values):
            return np.full(len(self.count), MISSING)
        place = np.minimum(self.first + np.maximum(rank, 0), len(self.values) - 1)
        return np.where(self.count > 0, self.values[place], MISSING)


def is_maximum(count: int, permille: int) -> bool:
    """Whether the percentile of so few values is just the largest of them."""
    return count * (1000 - permille) < 1000
