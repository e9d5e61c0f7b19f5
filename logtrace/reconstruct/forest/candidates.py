"""Which spans may be the parent of a span that names none: those of its trace that come before it in span order.

    p |----------------|                 a candidate is HELD where p contains c, OUTLIVES where c starts inside p and ends
    c      |------|                      later, AFTER where p has ended before c starts

A candidate later in the order is none, so that no choice of candidates closes a cycle by itself; but for what begins within the
grain of its times, and holds c or may do so, as lines alone tell when it ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest.columns import COARSE_NS, UNKNOWN_PARENT, Flags, Floats, Forest, Ints

HELD, OUTLIVES, AFTER = 0, 1, 2

TOLERANCE_NS, LEAST_TOLERANCE_NS = 50_000, 2_000
"""Times are rounded and written a moment late: a child may end this much after its parent, but most of a short one has to lie
within it, where both their ends are told: what follows at once is not held."""

LINGERS = 0.2
"""What outlives its caller by so little of its length at most may have answered it before: it only ended later."""

TOGETHER = 160
"""Traces of more spans are looked through span by span."""

TIES = 32
"""So many spans that follow in span order are looked at for such that begin at the same time."""

NEAREST, LONGEST = 48, 16
"""Of the spans that run when a span of a larger trace starts, so many are candidates: the last that started, and those
that run on longest."""


class Candidates(NamedTuple):
    """Pairs of places, by child, then parent. relation: HELD, OUTLIVES or AFTER."""

    child: Ints
    parent: Ints
    relation: Ints

    def where(self, kept: Flags | Ints) -> Candidates:
        """Those that are marked, or at these places."""
        return Candidates(self.child[kept], self.parent[kept], self.relation[kept])

    def largest(self, values: Floats) -> Floats:
        """For each the largest of the values that candidates of its child have."""
        first = np.flatnonzero(np.diff(self.child, prepend=-1))
        if not len(first):
            return values
        found: Floats = np.repeat(np.maximum.reduceat(values, first), np.diff(first, append=len(self.child)))
        return found


def candidates(forest: Forest, every: bool = False) -> Candidates:
    """The candidates of all spans without a named parent; with `every`, of all spans (for statistics)."""
    starts = np.flatnonzero(np.diff(forest.trace, prepend=-1))
    sizes = np.diff(starts, append=len(forest.trace))
    asked = np.full(len(forest.trace), True) if every else forest.named == UNKNOWN_PARENT
    children, parents = ([part] for part in _before(starts, sizes, asked & np.repeat(sizes <= TOGETHER, sizes)))
    for at, size in zip(starts[sizes > TOGETHER].tolist(), sizes[sizes > TOGETHER].tolist(), strict=True):
        child, parent = _of_large(forest, at, at + size, every)
        children.append(child)
        parents.append(parent)
    child, parent = np.concatenate(children), np.concatenate(parents)
    if len((tied := _tied(forest, asked)).child):
        child, parent = np.concatenate([child, tied.child]), np.concatenate([parent, tied.parent])
    order = np.argsort(child, kind="stable")
    child, parent = child[order], parent[order]
    return Candidates(child, parent, relations(forest, parent, child))


def relations(forest: Forest, parent: Ints, child: Ints) -> Ints:
    """HELD, OUTLIVES or AFTER for each pair of places."""
    length = forest.end[child] - forest.start[child]
    told = ~(forest.open_end[parent] | forest.open_end[child])
    ends = forest.end[parent] + np.where(told, np.clip(length // 2, LEAST_TOLERANCE_NS, TOLERANCE_NS), TOLERANCE_NS)
    held = ends >= forest.end[child]
    if len(forest.lingers):
        pair = forest.operation[parent] * len(forest.operations) + forest.operation[child]
        held |= told & np.isin(pair, forest.lingers) & (forest.end[child] - forest.end[parent] <= LINGERS * length)
    return np.where(held, HELD, np.where(ends >= forest.start[child], OUTLIVES, AFTER))


def _tied(forest: Forest, asked: Flags) -> Candidates:
    """What holds a span that is asked for, or may have gone on without a word, and comes after it in span order, but within its
    grain; or that of the span, where times are coarse: what lines alone tell began no later than the first of them."""
    found: list[Candidates] = []
    place = np.arange(len(forest.key))
    either_way = np.where(forest.grain >= COARSE_NS, forest.grain, 0)
    for step in range(1, TIES + 1):
        child, parent = place[:-step], place[step:]
        grain = np.maximum(forest.grain[parent], either_way[child])
        near = (forest.start[parent] - forest.start[child] <= grain) & (forest.trace[parent] == forest.trace[child]) & (grain > 0)
        if not near.any():
            break
        near &= ((forest.end[parent] >= forest.end[child]) | forest.open_end[parent]) & asked[child]
        found.append(Candidates(child[near], parent[near], np.full(int(near.sum()), HELD)))
    if not found:
        return Candidates(place[:0], place[:0], place[:0])
    return Candidates(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _before(starts: Ints, sizes: Ints, asked: Flags) -> tuple[Ints, Ints]:
    """(child, parent) for all that come before a span that is asked for in its trace. starts: where each trace begins."""
    places = np.flatnonzero(asked)
    first = np.repeat(starts, sizes)[places]
    many = places - first
    within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(places, many), np.repeat(first, many) + within


def _of_large(forest: Forest, first: int, behind: int, every: bool) -> tuple[Ints, Ints]:
    """The candidates of a large trace's spans: among those that run when they start, else the last that ended."""
    start, end = forest.start[first:behind].tolist(), forest.end[first:behind].tolist()
    nearest: list[int] = []
    longest: list[int] = []
    children: list[int] = []
    parents: list[int] = []
    last = 0
    asked = [every] * len(start) if every else (forest.named[first:behind] == UNKNOWN_PARENT).tolist()
    for at in range(1, len(start)):
        before, begins = at - 1, start[at] - TOLERANCE_NS
        nearest.append(before)
        longest.append(before)
        nearest = [p for p in nearest if end[p] >= begins]
        longest = [p for p in longest if end[p] >= begins]
        if len(nearest) > NEAREST:
            del nearest[0]
        if len(longest) > LONGEST:
            longest.remove(min(longest, key=end.__getitem__))
        last = before if end[before] >= end[last] else last
        if not asked[at]:
            continue
        chosen = sorted({0, last, *nearest, *longest})
        parents += chosen
        children += [at] * len(chosen)
    return np.array(children, np.int64) + first, np.array(parents, np.int64) + first
