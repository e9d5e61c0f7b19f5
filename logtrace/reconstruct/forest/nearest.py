"""The candidates that are the nearest to spans, and which of them go together: each span with its tightest, or each parent with
one."""

from __future__ import annotations

import numpy as np

from logtrace.reconstruct.forest.candidates import AFTER, HELD, OUTLIVES, Candidates
from logtrace.reconstruct.forest.columns import Flags, Forest, Ints

NEAREST, NEAREST_OWN = 8, 5
"""Of the candidates of a span so many are looked at, and so many of its own service."""

MATCHINGS = 12
"""So often are those looked for that are the nearest to each other."""

_FAR = 1 << 50


def nearest(forest: Forest, pairs: Candidates, alone: Flags) -> Candidates:
    """By child the nearest of its candidates: the tightest that hold it, then those that started last, then those that ended
    last. alone: by operation, whether nobody waits for it: then what began or ended last before it, whatever holds it."""
    pairs = pairs.where(pairs.parent < pairs.child)
    length = (forest.end - forest.start)[pairs.parent]
    latest = np.where(pairs.relation == OUTLIVES, forest.start[pairs.parent], forest.end[pairs.parent])
    apart = alone[forest.operation[pairs.child]]
    since = np.where(pairs.relation == AFTER, forest.end[pairs.parent], forest.start[pairs.parent])
    waited = np.where(pairs.relation == HELD, length, -latest)
    rank = np.where(apart, -since, waited), np.where(apart, 0, pairs.relation)
    order = np.lexsort((-pairs.parent, *rank, pairs.child))
    pairs = Candidates(pairs.child[order], pairs.parent[order], pairs.relation[order])
    service = forest.services[forest.operation]
    own = service[pairs.child] == service[pairs.parent]
    before = np.cumsum(own) - own
    first = np.searchsorted(pairs.child, pairs.child)
    return pairs.where((np.arange(len(own)) - first < NEAREST) | (own & (before - before[first] < NEAREST_OWN)))


def tightest(pairs: Candidates) -> tuple[Ints, Ints]:
    """(child, parent): the first candidate of each child."""
    first = np.diff(pairs.child, prepend=-1) != 0
    return pairs.child[first], pairs.parent[first]


def one_each(forest: Forest, pairs: Candidates) -> tuple[Ints, Ints]:
    """(child, parent) such that no parent has two: again and again those that are the nearest to each other, by their starts."""
    gap = forest.start[pairs.child] - forest.start[pairs.parent] + np.where(pairs.relation == HELD, 0, _FAR)
    left, taken = np.arange(len(gap)), np.empty(0, np.int64)
    for _ in range(MATCHINGS):
        child, parent = pairs.child[left], pairs.parent[left]
        both = left[_least(gap[left], child, parent) & _least(gap[left], parent, child)]
        if not len(both):
            break
        taken = np.append(taken, both)
        left = left[~np.isin(child, pairs.child[both]) & ~np.isin(parent, pairs.parent[both])]
    return pairs.child[taken], pairs.parent[taken]


def _least(gap: Ints, group: Ints, other: Ints) -> Flags:
    """Which of each group have the least gap; of equal ones the first of the others."""
    order = np.lexsort((other, gap, group))
    found = np.zeros(len(gap), bool)
    found[order[np.diff(group[order], prepend=-1) != 0]] = True
    return found
