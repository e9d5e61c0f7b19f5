"""Which operations hold one another in time, by call or by accident, as the times of many traces show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.evidence.kinds import asking, fitting
from logtrace.reconstruct.evidence.lingering import lingering
from logtrace.reconstruct.evidence.priors import FEWEST_CASES, LEAST_GATE, LOOP, MOST_GATE, ROOT, STEADY, Pair
from logtrace.reconstruct.evidence.shared import loops_of
from logtrace.reconstruct.evidence.shares import Shares, shares
from logtrace.reconstruct.forest.candidates import AFTER, HELD, LINGERS, OUTLIVES, Candidates, candidates, relations
from logtrace.reconstruct.forest.columns import LATE_NS, Flags, Floats, Forest, Ints
from logtrace.reconstruct.pace.paces import ALONE

UNTOLD_GATE = 0.5
"""Of pairs of operations of which nothing tells whether they hold one another by call."""

BY_CALL = 0.9
"""Where so much of what one operation holds of another is so by call, spans that outlive it tell that nobody waits for them."""

ONCE, FULL, STRAY = 1.2, 0.98, 0.03
"""An operation comes once in a trace where it has no more spans than so many in each; shares of its spans."""

BY_CHANCE = 2.0
"""Of two that are as often, one comes out so many times the root of all cases ahead at most."""

RAGGED = 0.99
"""Where less spans are held by spans whose ends only lines tell, these ends are too early."""

LATEST_NS = 4 * LATE_NS
"""The first line of a span comes so late at most, but for few."""

_FEWEST = 0.25


class Nesting(NamedTuple):
    """pairs: (pair, seen, gate) of the pairs of operations that hold one another anywhere; doubted, lingers, left: pairs; asks,
    peers: by operation. See Told."""

    pairs: list[tuple[Pair, float, float]]
    doubted: list[Pair]
    lingers: list[Pair]
    left: list[Pair]
    asks: Ints
    peers: Shares


def nesting(forest: Forest, known: Flags) -> Nesting:
    """What the times of whole traces show. known: by operation, whether edges to it are known: these need no guess."""
    found = candidates(forest, every=True)
    forest = forest._replace(lingers=lingering(forest, found))
    found = found._replace(relation=relations(forest, found.parent, found.child))
    peers = shares(forest, found)
    asks = asking(forest, found, peers)
    found = found.where(found.relation != AFTER)
    many = len(forest.operations)
    code = forest.operation[found.parent] * many + forest.operation[found.child]
    codes, place = np.unique(code, return_inverse=True)
    gate = _steadied(forest, found, codes, _gates(forest, found, codes, place))
    gate[_backwards(found, place, len(codes))] = LEAST_GATE
    fit, guessed = fitting(forest, found, asks), ~known[forest.operation[found.child]]
    found = found._replace(relation=np.where(fit.around & guessed, HELD, found.relation))
    gate[place[fit.sole & guessed]] = MOST_GATE
    held = (found.relation == HELD) & (fit.kept | ~guessed)
    tightest = _tightest(forest, found.where(held), gate[place[held]])
    seen = np.bincount(place[held], tightest, len(codes))
    keep = np.flatnonzero((seen >= _FEWEST) | (gate < MOST_GATE))
    shown = [
        (
            (forest.operations[codes[i] // many], forest.operations[codes[i] % many]),
            round(float(seen[i]) * 4) / 4,
            round(float(gate[i]), 2),
        )
        for i in keep.tolist()
    ]
    loops = [((ROOT, (service, "", LOOP)), 0.0, MOST_GATE) for service in loops_of(forest, found)]
    by_call = gate[place] >= UNTOLD_GATE
    doubted = _doubted(forest, found.where(held & ~by_call))
    unsteady = _unsteady(forest, found.where((found.relation == HELD) & by_call))
    left = [(forest.operations[codes[i] // many], forest.operations[codes[i] % many]) for i in _left(forest, found, place, gate)]
    lingers = [(forest.operations[code // many], forest.operations[code % many]) for code in forest.lingers.tolist()]
    return Nesting(shown + unsteady + _ragged(forest, found) + loops, doubted, lingers, left, asks, peers)


def _left(forest: Forest, found: Candidates, place: Ints, gate: Floats) -> list[int]:
    """Pairs of operations (places of codes) of which one seems to call the other, and does not wait for it: where the end of both
    is told, spans of the one that run when the other begins often end before it."""
    told = ~(forest.open_end[found.parent] | forest.open_end[found.child])
    outlives = np.bincount(place[told & (found.relation == OUTLIVES)], minlength=len(gate))
    running = outlives + np.bincount(place[told & (found.relation == HELD)], minlength=len(gate))
    marked: list[int] = np.flatnonzero((gate >= BY_CALL) & (running >= FEWEST_CASES) & (outlives > ALONE * running)).tolist()
    return marked


def _unsteady(forest: Forest, held: Candidates) -> list[tuple[Pair, float, float]]:
    """(ROOT, operation) and the share of its spans that something holds, for operations where that is small."""
    many = len(forest.operations)
    later = np.diff(forest.trace, prepend=-1) == 0
    holds = np.zeros(len(forest.key), bool)
    holds[held.child] = True
    spans = np.bincount(forest.operation[later], minlength=many)
    share = np.bincount(forest.operation[later & holds], minlength=many) / np.maximum(spans, 1)
    return [
        ((ROOT, forest.operations[i]), 0.0, round(float(share[i]), 2))
        for i in np.flatnonzero((spans > 0) & (share < STEADY)).tolist()
    ]


def _doubted(forest: Forest, by_accident: Candidates) -> list[Pair]:
    """(ROOT, operation) of which nearly each span is held by one of an operation that seems to hold it by accident, and
    (holder, operation) where nearly each holder holds one. Such an accident that never fails to happen may as well be the
    call: of several that run side by side, one holds it by call and the others by chance.

        search |------------------------|
        query    |-----------|                   each parse is held by the query that called it, and by others; by `search`
        parse     |-|                            as well, as all is
        query       |---------------|
        parse        |-|
    """
    many = len(forest.operations)
    codes = distinct(forest.operation[by_accident.parent] * many + forest.operation[by_accident.child])
    held = _cases(forest, codes, by_accident.child, by_accident.parent)
    spans = np.bincount(forest.operation, minlength=many)
    other = codes // many != codes % many
    always = other & (held >= FULL * spans[codes % many])
    holders = distinct(by_accident.parent * many + forest.operation[by_accident.child])
    pair, holding = np.unique(forest.operation[holders // many] * many + holders % many, return_counts=True)
    each = (spans[pair // many] >= FEWEST_CASES) & (holding >= FULL * spans[pair // many]) & (pair // many != pair % many)
    operations = forest.operations
    return [(ROOT, operations[at]) for at in np.unique(codes[always] % many).tolist()] + [
        (operations[at // many], operations[at % many]) for at in pair[each].tolist()
    ]


def _ragged(forest: Forest, found: Candidates) -> list[tuple[Pair, float, float]]:
    """(ROOT, ROOT) and the share of spans that end before the lines of what they run in do, where some do not: then ends
    that lines tell are often too early, and what seems to be held by one span may be called by another within it."""
    told = forest.open_end[found.parent] & (found.parent < found.child)
    inside = float((found.relation[told] == HELD).mean()) if told.any() else 1.0
    return [((ROOT, ROOT), 0.0, round(inside, 2))] if inside < RAGGED else []


def _gates(forest: Forest, found: Candidates, codes: Ints, place: Ints) -> Floats:
    """For each pair of operations (code) the share of its HELD pairs of spans that are so by call.

    Spans that run beside one another by accident hold each other at times, and at other times overlap in part or the
    other way round. Where they lie at random, a long span of length P holds a short one of length C about
    (P - C) / 2C times as often as one of its ends cuts it. So the overlaps of the wrong kind tell how many of the right
    kind are accidents.

        p |--------------|             p |--------------|             p |--------------|
        c     |------|      held       c            |------|  cut     c |------|          the other way round
    """
    many = len(forest.operations)
    told = ~_alike(forest, found) & ~_maybe_held(forest, found)
    held = (found.relation == HELD) & told
    length = np.maximum(forest.end - forest.start, 1)
    odds = np.clip((length[found.parent] - length[found.child]) / (2 * length[found.child]), 0, 20)
    n_held = np.bincount(place[held], minlength=len(codes)).astype(float)
    n_cut = np.bincount(place[~held & told], minlength=len(codes)).astype(float)
    mean_odds = np.bincount(place[held], odds[held], len(codes)) / np.maximum(n_held, 1)
    parent, child = codes // many, codes % many
    turned = child * many + parent
    at = np.minimum(np.searchsorted(codes, turned), len(codes) - 1)
    n_turned = np.bincount(place[_other_way(forest, found, told)], minlength=len(codes)).astype(float)
    other = np.where((codes[at] == turned) & (parent != child), n_turned[at], 0.0)
    cut = np.where(parent == child, 2.0 * n_cut, 0.3 * np.minimum(n_cut, 3 * other))
    accidents = 0.7 * other * np.maximum(1.0, mean_odds) + cut + 0.1
    share: Floats = np.clip((n_held - accidents) / np.maximum(n_held, 1), LEAST_GATE, MOST_GATE)
    return np.where(n_held + n_cut > 0, share, np.where(parent == child, LEAST_GATE, UNTOLD_GATE))


def _other_way(forest: Forest, found: Candidates, told: Flags) -> Flags:
    """Pairs of spans that speak against the second having called the first. A span of which lines alone tell begins before the
    first of them, maybe some time before; one that tells its start does not. So nothing that is told to run before such a start
    is called by it, however near; and what tells its start may be called by one whose first line comes a little later.

        p  |·····lines-----|    p may have called c           p   |--------|        p has not called c
        c |-------|                                           c |··lines-----|
    """
    before, after = found.parent, found.child
    late = forest.start[after] - forest.start[before]
    exact = (forest.grain[after] == 0) & (forest.grain[before] > 0) & (late > 0)
    lines = forest.open_end[after] & ~forest.open_end[before] & (late <= LATEST_NS)
    against: Flags = (told | exact) & ~lines
    return against


def _backwards(found: Candidates, place: Ints, pairs: int) -> Flags:
    """Pairs of operations whose one seems to begin after what it holds more often than before it. Lines come late by chance at
    both: of a caller and what it calls at once, either may be the first to tell, but the called one is not so by rule."""
    after = np.bincount(place, found.parent > found.child, pairs)
    before = np.bincount(place, minlength=pairs) - after
    turned: Flags = after - before > BY_CHANCE * np.sqrt(after + before)
    return turned


def _steadied(forest: Forest, found: Candidates, codes: Ints, gate: Floats) -> Floats:
    """Gates, put right for operations that come once in a trace: what holds all spans of such a one is around it by call;
    what cuts some of them, or begins within them, holds the others by accident.
    """
    many = len(forest.operations)
    held = found.relation == HELD
    inside = _cases(forest, codes, found.child[held], found.parent[held])
    apart = ~_alike(forest, found)
    length = forest.end[found.child] - forest.start[found.child]
    cut = apart & ~forest.open_end[found.parent] & (2 * (forest.end[found.child] - forest.end[found.parent]) > length)
    turned = forest.operation[found.child] * many + forest.operation[found.parent]
    tail = forest.end[found.parent] - forest.start[found.child] <= LINGERS * (forest.end - forest.start)[found.parent]
    within = _other_way(forest, found, apart) & ~(tail & np.isin(turned, forest.lingers))
    stray = _cases(
        forest, codes, np.append(found.child[cut], found.parent[within]), np.append(found.parent[cut], found.child[within])
    )
    later = np.diff(forest.trace, prepend=-1) == 0
    spans = np.bincount(forest.operation[later], minlength=many)
    traces = np.bincount(distinct(forest.trace[later] * many + forest.operation[later]) % many, minlength=many)
    child = codes % many
    once = (spans <= ONCE * traces) & (spans >= FEWEST_CASES)
    always = once[child] & (inside >= FULL * spans[child]) & (codes // many != child)
    told = np.zeros(many, bool)
    told[child[always]] = True
    accident = told[child] & ~always & (stray > STRAY * (inside + stray))
    return np.where(always, MOST_GATE, np.where(accident, LEAST_GATE, gate))


def _cases(forest: Forest, codes: Ints, child: Ints, parent: Ints) -> Ints:
    """For each pair of operations (code) how many spans of the child's one are in such pairs of spans."""
    many = len(forest.operations)
    each = distinct(child * many + forest.operation[parent])
    code = each % many * many + forest.operation[each // many]
    at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
    return np.bincount(at[codes[at] == code], minlength=len(codes))


def _maybe_held(forest: Forest, found: Candidates) -> Flags:
    """Pairs of spans of which one may hold the other, as its end is a lower bound and not much too early. Of one operation,
    both ends are as uncertain, and tell which it was."""
    overrun = forest.end[found.child] - forest.end[found.parent]
    near = (found.relation != HELD) & forest.open_end[found.parent] & (overrun <= 2 * LATE_NS)
    other = forest.operation[found.parent] != forest.operation[found.child]
    maybe: Flags = near & other
    return maybe


def _alike(forest: Forest, found: Candidates) -> Flags:
    """Pairs of spans whose times are the same within their grain, so that either may hold the other. Ends that are lower
    bounds tell nothing. Of one operation, the same starts are enough: those were called at once."""
    grain = np.maximum(forest.grain[found.parent], forest.grain[found.child])
    begun = np.abs(forest.start[found.parent] - forest.start[found.child])
    ended = np.abs(forest.end[found.parent] - forest.end[found.child])
    ended[forest.open_end[found.parent] | forest.open_end[found.child]] = 0
    ended[forest.operation[found.parent] == forest.operation[found.child]] = 0
    same: Flags = (grain > 0) & (np.maximum(begun, ended) <= grain)
    return same


def _tightest(forest: Forest, held: Candidates, gate: Floats) -> Floats:
    """The chance of each held candidate to be the tightest span that is around the child by call."""
    order = np.lexsort((-held.parent, forest.end[held.parent] - forest.start[held.parent], held.child))
    child, around = held.child[order], gate[order]
    first = np.flatnonzero(np.diff(child, prepend=-1))
    group = np.cumsum(np.diff(child, prepend=-1) != 0) - 1
    passed = np.log1p(-around)
    before = np.cumsum(passed) - passed
    chance = around * np.exp(before - before[first][group])
    share = chance / np.bincount(group, chance, len(first))[group]
    best = np.lexsort((-share, child))
    winner = np.zeros(len(child), bool)
    winner[best[first]] = True
    result = np.zeros(len(child))
    result[order] = np.where(winner, share, 0.0)
    return result
