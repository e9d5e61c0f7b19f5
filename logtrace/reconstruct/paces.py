"""What follows what within a span, and how soon: the steps of its timeline, as many traces show them.

    p |--a------b---------------c----d----|      begins, calls x, calls y, y has answered, x has answered, ends
         x |------------------|                  the steps: a begins → calls x, b calls x → calls y, … d x answered → ends
               y |--------|

Operations keep their pace: a span that calls x begins so long before, and ends so soon after the last answer. Where several
spans could have made a call, this tells which of them did, as their timelines are told with it and without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import lgamma
from typing import Any, NamedTuple

import numpy as np

from logtrace.reconstruct.forest import Floats, Forest, Ints
from logtrace.reconstruct.naming import OperationKey

BEGINS, CALLS, ANSWERED, ENDS = range(4)
ITSELF: OperationKey = ("", "", "")
"""Stands for the operation of BEGINS and ENDS."""

Happening = tuple[int, OperationKey]
"""(BEGINS, CALLS, ANSWERED or ENDS; the operation that is called or has answered)"""

Step = tuple[OperationKey, Happening, Happening]
"""(operation, what happens in its spans, what happens next)"""

LEAST_GAP_NS = 5_000.0
"""Added to each gap: what is shorter is no different."""

UNSEEN, WIDEST, STRAYS, STRAY_DENSITY, NEW_DENSITY = 0.05, 0.7, 0.02, -2.0, -4.0
"""Cases of a step that was never seen; the variance of ln gap that is assumed, and counts as two cases; the share of gaps
that follow no rule, the ln of their density, and that of the gap of a step that was never seen."""

_CASES = 0.5


class Pace(NamedTuple):
    """How often a step was seen; the sums of ln gap (ns) and of its square."""

    many: int
    total: float
    squares: float

    def added_to(self, other: Pace | None) -> Pace:
        """Both."""
        if other is None:
            return self
        sums = (round(a + b, 3) for a, b in zip(self[1:], other[1:], strict=True))
        return Pace(self.many + other.many, *sums)


def paces(forest: Forest, above: Ints) -> dict[Step, Pace]:
    """The steps of all spans of a forest whose parents have these places (below 0: none)."""
    many = len(forest.operations)
    child = np.flatnonzero(above >= 0)
    parent, called = above[child], forest.operation[child]
    own = np.arange(len(above))
    place = np.concatenate([own, own, parent, parent])
    at = np.concatenate([forest.start, forest.end, forest.start[child], forest.end[child]])
    happens = np.concatenate([0 * own, 0 * own + 1 + 2 * many, 1 + called, 1 + many + called])
    order = np.lexsort((happens, at, place))
    place, at, happens = place[order], at[order], happens[order]
    within = place[1:] == place[:-1]
    gap = np.log(np.maximum(at[1:] - at[:-1], 0)[within] + LEAST_GAP_NS)
    steps = np.stack([forest.operation[place[1:][within]], happens[:-1][within], happens[1:][within]])
    distinct, step, counts = np.unique(steps, axis=1, return_inverse=True, return_counts=True)
    total = np.bincount(step.ravel(), gap, len(counts))
    squares = np.bincount(step.ravel(), gap * gap, len(counts))
    kinds: list[Happening] = [(BEGINS, ITSELF)]
    kinds += [(kind, of) for kind in (CALLS, ANSWERED) for of in forest.operations]
    kinds.append((ENDS, ITSELF))
    rows = zip(*distinct.tolist(), counts.tolist(), total.tolist(), squares.tolist(), strict=True)
    return {
        (forest.operations[of], kinds[before], kinds[after]): Pace(cases, round(sum_, 3), round(square, 3))
        for of, before, after, cases, sum_, square in rows
    }


def step_row(step: Step, pace: Pace) -> list[object]:
    """A step as a row of JSON, for `step_of`."""
    return [*step, *pace]


def step_of(row: list[Any]) -> tuple[Step, Pace]:
    """The step that gave a row."""
    of, (before, x), (after, y), *pace = row
    return (tuple(of), (before, tuple(x)), (after, tuple(y))), Pace(*pace)


def joined(parts: Iterable[Mapping[Step, Pace]]) -> dict[Step, Pace]:
    """The steps of all parts."""
    found: dict[Step, Pace] = {}
    for part in parts:
        for step, pace in part.items():
            found[step] = pace.added_to(found.get(step))
    return found


class Paces:
    """Steps as arrays. Operations have the numbers that `numbers` gives; what happens has that of `begins`, `calls(x)`,
    `answered(x)` or `ends`, where x is such a number."""

    def __init__(self, steps: Mapping[Step, Pace]) -> None:
        operations = sorted({of for step in steps for of in (step[0], step[1][1], step[2][1])} - {ITSELF})
        self._number = {key: at for at, key in enumerate(operations)}
        self._many = len(operations) + 1
        self.begins, self.ends = 0, 2 * self._many + 1
        rows = sorted((*self._coded(step), *pace) for step, pace in steps.items())
        of, before, after, many, total, squares = (np.array(column) for column in zip(*rows, strict=True)) if rows else _EMPTY
        self._codes = (of * (self.ends + 1) + before) * (self.ends + 1) + after
        self._before, place, place_of = np.unique(self._codes // (self.ends + 1), return_index=True, return_inverse=True)
        seen = np.bincount(place_of, many, len(place))
        self._unseen = np.log(UNSEEN / (np.append(seen, 0.0) + _CASES))
        self._share = np.log((many + UNSEEN) / (seen[place_of] + _CASES))
        self._mean, self._variance, self._freedom = _fitted(*(column.astype(float) for column in (many, total, squares)))
        norm = np.array([lgamma((v + 1) / 2) - lgamma(v / 2) for v in self._freedom.tolist()])
        self._norm = norm - 0.5 * np.log(np.pi * self._variance)

    def __bool__(self) -> bool:
        return len(self._codes) > 0

    def numbers(self, operations: Sequence[OperationKey]) -> Ints:
        """The number of each operation."""
        return np.array([self._number.get(key, self._many - 1) for key in operations], np.int64)

    def calls(self, operation: Ints) -> Ints:
        """The number of the call of an operation."""
        return operation + 1

    def answered(self, operation: Ints) -> Ints:
        """The number of the answer of an operation."""
        return operation + 1 + self._many

    def likelihood(self, of: Ints, before: Ints, after: Ints, gap_ns: Ints | None) -> Floats:
        """ln of the chance that this follows that in a span of an operation, and of the density of ln gap; without a gap of
        the former alone."""
        if not len(self._codes):
            return np.zeros(of.shape)
        context = of * (self.ends + 1) + before
        code = context * (self.ends + 1) + after
        at = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        seen = self._codes[at] == code
        around = np.minimum(np.searchsorted(self._before, context), len(self._before) - 1)
        known = np.where(self._before[around] == context, around, len(self._before))
        found: Floats = np.where(seen, self._share[at], self._unseen[known])
        if gap_ns is None:
            return found
        off = np.log(np.maximum(gap_ns, 0) + LEAST_GAP_NS) - self._mean[at]
        density = self._norm[at] - (self._freedom[at] + 1) / 2 * np.log1p(off * off / self._variance[at])
        density = np.log((1 - STRAYS) * np.exp(density) + STRAYS * np.exp(STRAY_DENSITY))
        return np.round(found + np.where(seen, density, NEW_DENSITY), 6)

    def _coded(self, step: Step) -> tuple[int, int, int]:
        of, before, after = step
        return self._number[of], self._happening(*before), self._happening(*after)

    def _happening(self, kind: int, of: OperationKey) -> int:
        if kind in (BEGINS, ENDS):
            return self.begins if kind == BEGINS else self.ends
        return self._number[of] + (1 if kind == CALLS else 1 + self._many)


_EMPTY = tuple(np.zeros(0, np.int64) for _ in range(6))


def _fitted(many: Floats, total: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Student's t for the next ln gap of each step: (mean, squared scale times freedom, degrees of freedom)."""
    mean = total / np.maximum(many, 1)
    freedom = many + 2.0
    spread = np.maximum(squares - many * mean * mean, 0.0) + 2.0 * WIDEST
    scale = spread / freedom * (1 + 1 / (many + 0.2))
    return mean, scale * freedom, freedom
