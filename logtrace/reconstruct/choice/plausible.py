"""How probable the times of spans are by who called whom: what their timelines tell of one another, in nats.

    p |--a-----b---------------------d----|     each call and each end follows what came before it: its gap is as probable as the
         x |------------------|                 gaps of all that are alike make it, which call it is as their counts do
               y |-------------------|

Of two accounts of the same times the one is better that makes them more probable: where calls are given to what made them, their
gaps are alike; where to what ran by accident, they are spread. What it takes to describe gaps and counts is taken off (BIC), so
that no account is better by telling more apart. Whom clients of one name ask is told by their place in what called them.

The sum is that of the spans of each operation, so that a change of some calls is weighed by the operations that have won or lost
them, and by those whose spans get other places. (The same turns as in `paces`, told by the last call alone.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xxhash

from logtrace.reconstruct.evidence.scorer import AFTER_COST, OUTLIVES_COST
from logtrace.reconstruct.forest.candidates import AFTER, LINGERS, OUTLIVES, TOLERANCE_NS, relations
from logtrace.reconstruct.forest.columns import COARSE_NS, Flags, Floats, Forest, Ints
from logtrace.reconstruct.pace.paces import ALONE, LEAST_GAP_NS

_FAR_NS = 1 << 43
"""Times count from the trace's first; what is later than that (two hours) is not told apart."""

_SPREAD = 0.1
"""Added to the squares of gaps of one kind, so that few that are alike by chance are not sure."""

_COSTS = np.zeros(3)
_COSTS[[OUTLIVES, AFTER]] = OUTLIVES_COST, AFTER_COST

ENDED_COST = 0.5
"""What nobody waits for may well outlive its caller, or begin once that has ended; but more often it begins while that runs."""


class Times(NamedTuple):
    """Of each span of a forest: start and end since its trace began, and the least gap that its times tell; and by operation
    its service, and whether nobody waits for it. told: what was worked out, as searches ask for much again."""

    forest: Forest
    service: Ints
    start: Ints
    end: Ints
    least: Floats
    alone: Flags
    told: dict[bytes, float]


class _Calls(NamedTuple):
    """Calls by caller, in the order of time: places, which are the first of their caller's, and whether nobody waits."""

    child: Ints
    parent: Ints
    first: Flags
    alone: Flags


class _Told(NamedTuple):
    """Turns: of which span, in which context, which of it, and ln gap (NaN: none)."""

    caller: Ints
    context: Ints
    turn: Ints
    gap: Floats


def times_of(forest: Forest, alone: Flags) -> Times:
    """The times that `plausibility` looks at. alone: by operation, whether nobody waits for it."""
    begun = forest.start[np.searchsorted(forest.trace, forest.trace)]
    start, end = (np.minimum(column - begun, _FAR_NS) for column in (forest.start, forest.end))
    return Times(forest, forest.services, start, end, np.maximum(LEAST_GAP_NS, forest.grain / 2), alone, {})


def plausibility(times: Times, above: Ints, operations: Sequence[int] | Ints) -> float:
    """What the timelines of these operations' spans tell, by the places of parents (below 0: none)."""
    forest = times.forest
    asked = np.zeros(len(forest.operations), bool)
    asked[operations] = True
    child = np.flatnonzero(above >= 0)
    child = child[asked[forest.operation[above[child]]]]
    callers = np.flatnonzero(asked[forest.operation])
    place = _places(times, above, callers)
    edges = xxhash.xxh3_128_digest(np.concatenate([np.flatnonzero(asked), child, above[child], place]).tobytes())
    if edges not in times.told:
        calls = _calls(forest, above, child)
        told = _turns(times, calls, callers)
        relation = relations(forest, calls.parent, calls.child)
        costs = np.where(times.alone[forest.operation[calls.child]], (relation == AFTER) * ENDED_COST, _COSTS[relation])
        times.told[edges] = _counted(forest, told, callers, place) + _fitted(told) - float(costs.sum())
    return times.told[edges]


def _calls(forest: Forest, above: Ints, child: Ints) -> _Calls:
    """These calls. Nobody waits for those that outlive their callers, unless by as little as servers linger, where times are fine
    enough to tell."""
    child = child[np.lexsort((child, above[child]))]
    parent, many = above[child], len(forest.operations)
    pair = forest.operation[parent] * many + forest.operation[child]
    _, kind, cases = np.unique(pair, return_inverse=True, return_counts=True)
    overrun, length = forest.end[child] - forest.end[parent], forest.end[child] - forest.start[child]
    fine = np.minimum(forest.grain[parent], forest.grain[child]) < COARSE_NS
    outlives = (relations(forest, parent, child) == OUTLIVES) & ~(fine & (overrun <= LINGERS * length))
    outlives = np.bincount(kind, outlives, len(cases))
    return _Calls(child, parent, np.diff(parent, prepend=-1) != 0, (outlives > ALONE * cases)[kind])


def _turns(times: Times, calls: _Calls, callers: Ints) -> _Told:
    """All turns of the callers: calls, ends, and that nothing more comes."""
    operation, many = times.forest.operation, len(times.forest.operations)
    begun, ended = times.start[calls.child], times.end[calls.parent]
    answered = _latest(np.where(calls.alone, -1, times.end[calls.child]), calls.first)
    called = _latest(np.where(calls.alone, -1, begun), calls.first)
    last = operation[calls.child]
    before = [_before(column, calls.first, none) for column, none in ((answered, -1), (called, -1), (last, many))]
    late = begun > ended
    beside = before[0] > begun
    since = np.where(beside, before[1], np.maximum(before[0], np.where(late, ended, times.start[calls.parent])))
    context = (operation[calls.parent] * (many + 1) + before[2]) * 2 + late
    gap = np.log(np.maximum(begun - since, 0) + times.least[calls.child])
    made = _Told(calls.parent, context, (context * (many + 2) + last) * 2 + beside, gap)

    final, inner = np.full((2, len(operation)), -1)
    final[calls.parent] = np.arange(len(calls.child))
    inner[calls.parent[~late]] = np.flatnonzero(~late)
    row = inner[callers]
    got, sent, of = (_at(column, row, none) for column, none in ((answered, -1), (called, -1), (last, many)))
    running = got > times.end[callers] + TOLERANCE_NS
    since = np.where(running, sent, np.maximum(got, times.start[callers]))
    context = (operation[callers] * (many + 1) + of) * 2
    gap = np.log(np.maximum(times.end[callers] - since, 0) + times.least[callers])
    told = ~times.forest.open_end[callers]
    ends = _Told(callers[told], context[told], ((context * (many + 2) + many) * 2 + running)[told], gap[told])

    context = (operation[callers] * (many + 1) + _at(last, final[callers], many)) * 2 + 1
    stops = _Told(callers, context, (context * (many + 2) + many + 1) * 2, np.full(len(callers), np.nan))
    return _Told._make(np.concatenate(columns) for columns in zip(made, ends, stops, strict=True))


def _latest(values: Ints, first: Flags) -> Ints:
    """The largest so far of each group."""
    offset = np.cumsum(first) * (2 * _FAR_NS)
    largest: Ints = np.maximum.accumulate(values + offset) - offset if len(values) else values
    return largest


def _before(values: Ints, first: Flags, none: int) -> Ints:
    """What stands before each in its group."""
    return np.where(first, none, np.roll(values, 1))


def _at(values: Ints, row: Ints, none: int) -> Ints:
    """The values of rows; below 0: none."""
    return np.where(row >= 0, np.append(values, none)[row], none)


def _places(times: Times, above: Ints, spans: Ints) -> Ints:
    """Where spans of whole operations stand in what called them, within its service: a number for each operation of that and
    which call of theirs it is. -1: they were called by another service."""
    operation, many = times.forest.operation, len(times.forest.operations)
    parent = above[spans]
    inner = np.flatnonzero(parent >= 0)
    inner = inner[times.service[operation[spans[inner]]] == times.service[operation[parent[inner]]]]
    inner = inner[np.lexsort((operation[spans[inner]], parent[inner]))]
    child, caller = spans[inner], parent[inner]
    first, at = np.diff(caller * many + operation[child], prepend=-1) != 0, np.arange(len(child))
    found = np.full(len(spans), -1)
    found[inner] = (at - np.maximum.accumulate(np.where(first, at, 0))) * many + operation[caller]
    return found


def _counted(forest: Forest, told: _Told, callers: Ints, place: Ints) -> float:
    """ln of the chance of each turn in its context. Where a service calls others by spans of one name, whom one calls is told by
    where it stands in what called it: so for each operation, if that tells more than it takes to describe."""
    operations, many = forest.operation[told.caller], len(forest.operations)
    alike = _chances(told.context, told.turn, operations, many)
    places, number = np.unique(place, return_inverse=True)
    if len(places) == 1:
        return float(alike.sum())
    of = np.zeros(len(forest.operation), np.int64)
    of[callers] = number
    of = of[told.caller]
    by_place = _chances(told.context * len(places) + of, told.turn * len(places) + of, operations, many)
    return float(np.maximum(alike, by_place).sum())


def _chances(contexts: Ints, turns: Ints, operations: Ints, kinds: int) -> Floats:
    """By operation: ln of the chance of each of its turns in its context, less what it takes to describe these chances."""
    _, first, many = np.unique(turns, return_index=True, return_counts=True)
    _, context, cases = np.unique(contexts, return_inverse=True, return_counts=True)
    chance = many * np.log(many / cases[context[first]]) - np.log(np.maximum(many, 2)) / 2
    total: Floats = np.bincount(operations[first], chance, kinds).astype(np.float64)
    return total


def _fitted(told: _Told) -> float:
    """ln of the density of each gap, by those of the same turn: ln gaps have normal distributions."""
    has = ~np.isnan(told.gap)
    gap = told.gap[has]
    _, kind, many = np.unique(told.turn[has], return_inverse=True, return_counts=True)
    total, squares = np.bincount(kind, gap, len(many)), np.bincount(kind, gap * gap, len(many))
    around = np.maximum(squares - total * total / np.maximum(many, 1), 0)
    variance = (around + _SPREAD) / (many + 1)
    fit = -many / 2 * np.log(2 * np.pi * variance) - around / (2 * variance) - total
    return float(fit.sum() - np.log(np.maximum(many, 2)).sum())
