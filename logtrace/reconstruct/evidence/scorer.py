"""What speaks for each span that could be the parent of one that names none: every candidate gets a score.

score = ln P(parent's operation | child's operation)   what the model knows, else what times show
      + ln gate                                        where the candidate holds the child: by call, not by accident
      + sum of ln (1 - gate) of what lies between      tighter spans that hold the child, had they not called it
      - cost of the relation                           to outlive or follow the parent is rarer than to be held
      + shared                                         ids that both carry: of a thread, of a request or job
      + peers                                          what they tell of one another: whom one calls, who called the other
      + room                                           a parent has only so many children of an operation
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.evidence.agreement import agreements, of_asked
from logtrace.reconstruct.evidence.kinds import NAME, SERVES, fitting
from logtrace.reconstruct.evidence.shared import gain_of
from logtrace.reconstruct.evidence.tables import LOST, TRUST, Pairs, Tables
from logtrace.reconstruct.forest.candidates import AFTER, HELD, OUTLIVES, Candidates, candidates
from logtrace.reconstruct.forest.columns import Flags, Floats, Forest, Ints

UNSURE = np.array([0.79, 0.7, 0.6])
"""By relation: the most confidence where times alone show little: operations that nothing holds at times, or that
several always hold, and spans that outlive or follow what may be their parent."""

AGREED = 0.95
"""Of an operation so many of whose callers name it, one that does is sure where no other does, if the ends of both are told: else
what works on a request may seem to be what was asked for."""

MOST_SURE = 0.99
"""Nothing that is inferred is certain."""

LEAST = -6.0
OUTLIVES_COST, OUTLIVES_A_LITTLE, AFTER_COST = 2.0, 1.0, 4.0
EARLY_COST = 1.0
"""To begin before the parent, by no more than the grain of the times."""

FIRST_GAIN = 1.0
"""What follows all that could be its parent belongs to the first span of the trace rather than to another."""

ROUNDS, _SPARE, _LITTLE = 10, 0.05, 1e-30

LITTLE_NS, LITTLE_SHARE = 1_000_000, 0.1
FAR_NS, FAR_TIMES = 1_000_000_000, 10
"""A span that starts so long after the end of all before it, and so many times their length, is a root of its own."""


class Scored(NamedTuple):
    """All candidates that were weighed, the parts of their scores, and their shares (0 to 1).

    by_call     the share of the cases where one of their operations holds the other that is by call, as times show
    between     the sum for what lies between child and candidate
    shared      what ids that both carry add
    peers       what it adds, or takes, that they tell of one another
    agreed      whether they name one another, as callers of the child's operation nearly always do, and no other candidate does
    room        what it gains or loses because parents have only so many children of an operation
    most        so many children of one group the candidate has at most; 0: not known
    group       those of the child's operation, or all that ask for such a caller, by candidate
    regular     whether all that is inferred of the two operations follows one rule
    doubted     whether it may call the child though it seems to hold it by accident
    left        whether its operation does not wait for the child's, which it calls
    root_share  by span: the share of being a root
    ended       candidates that were not weighed, as they had ended; but their operations seem to call the child's, and lines
                alone tell when they ended, or they do not wait for such calls, or most of these are theirs
    """

    pairs: Candidates
    prior: Floats
    gate: Floats
    by_call: Floats
    between: Floats
    cost: Floats
    shared: Floats
    peers: Floats
    agreed: Flags
    room: Floats
    score: Floats
    share: Floats
    most: Floats
    group: Ints
    regular: Flags
    doubted: Flags
    left: Flags
    root_share: Floats
    ended: Candidates


def weigh(forest: Forest, tables: Tables) -> Scored:
    """All candidates with their scores. What a trace's spans get does not depend on the other traces of the forest."""
    operation = tables.numbers(forest.operations)[forest.operation]
    service = tables.services(forest.operations)[forest.operation]
    forest = forest._replace(lingers=tables.lingers(forest.operations))
    pairs = candidates(forest)
    fit = fitting(forest, pairs, tables.asks[tables.numbers(forest.operations)])
    fits = fit.kept | tables.known[operation[pairs.child]]
    pairs = pairs._replace(relation=np.where(fit.around & ~tables.known[operation[pairs.child]], HELD, pairs.relation))
    pairs, fit = pairs.where(fits), fit.where(fits)
    agreement = of_asked(forest, pairs, agreements(forest, pairs), tables.agrees[tables.numbers(forest.operations)] > 0)
    worth = _worth_weighing(forest, pairs, operation, tables) | (agreement > 0) & forest.open_end[pairs.parent]
    ended = pairs.where(np.flatnonzero(~worth))
    ended = ended.where(_may_have_called(forest, ended, operation, tables))
    pairs, sole = pairs.where(worth), fit.sole[worth] & ~tables.known[operation[pairs.child[worth]]]
    child, parent = pairs.child, pairs.parent
    told = tables.of(operation[parent], operation[child], service[parent], service[child])
    gate, heard = told.gate, np.zeros(len(forest.key), bool)
    heard[child[told.known > 0]] = True
    prior = np.where(heard[child], told.beside, told.prior)
    between = _between(forest, pairs, gate)
    between = np.maximum(np.round(between, 6), LEAST)  # the last digits of a running sum tell of other traces
    cost = _costs(forest, pairs, told)
    shared = gain_of(forest, pairs, tables.loops(forest.operations))
    agreement = agreement[worth]
    peers = np.choose(agreement + 1, [tables.differs[operation[child]], 0.0, tables.agrees[operation[child]]])
    score = prior + np.where(pairs.relation == HELD, np.log(gate), 0.0) + between - cost + shared + peers
    root = _root_score(forest, pairs, operation, tables)
    top = root.copy()
    np.maximum.at(top, child, score)
    weight = np.exp(score - top[child])
    root_weight = np.exp(root - top)
    total = np.bincount(child, weight, len(root)) + root_weight
    share = weight / total[child]
    most = np.where(sole, 1.0, np.where(_rivalled(forest, pairs, told.known), told.most, 0.0))
    group = pairs.parent * (len(forest.operations) + 1) + np.where(sole, len(forest.operations), forest.operation[child])
    within = _within_most(forest, pairs, share, most, group)
    gained = np.maximum(within, _LITTLE) / np.maximum(share, _LITTLE)
    room: Floats = np.round(np.log(gained), 6).astype(np.float64)
    score, share = score + room, within
    left = tables.is_left(operation[parent], operation[child])
    unsure = (pairs.relation != HELD) | (tables.unsteady | tables.doubted)[operation[child]]
    if tables.ragged:
        unsure |= forest.open_end[child] | forest.open_end[parent]
    told_ends = ~(forest.open_end[child] | forest.open_end[parent])
    unsure &= ~(tables.known[operation[child]] | (sole & told_ends & (tables.asks[operation[child]] % SERVES == NAME)))
    agreed = (peers > 0) & told_ends & (tables.named[operation[child]] >= AGREED)
    agreed &= np.bincount(child[agreement > 0], minlength=len(root))[child] == 1
    share = np.where(unsure & ~agreed, UNSURE[pairs.relation], MOST_SURE) * share
    return Scored(
        pairs, prior, gate, told.by_call, between, cost, shared, peers, agreed, room, score, share, most, group,
        told.regular, told.doubted, left, root_weight / total, ended,
    )  # fmt: skip


def _may_have_called(forest: Forest, ended: Candidates, operation: Ints, tables: Tables) -> Flags:
    """Which candidates that seem to have ended before the child began may have called it all the same."""
    parent, child = operation[ended.parent], operation[ended.child]
    paced = tables.paces.numbers(forest.operations)[forest.operation]
    leaves = tables.paces.is_left(paced[ended.parent], paced[ended.child])
    leaves |= tables.is_main(parent, child) | tables.is_left(parent, child)
    return tables.is_seen(parent, child) & (forest.open_end[ended.parent] | leaves)


def _rivalled(forest: Forest, pairs: Candidates, known: Floats) -> Flags:
    """Which candidates are not the only one of their child that runs when it begins, as far as is told, or is known to call its
    operation: what a parent called more often than ever before, and nothing else can have called, it called."""
    runs = (forest.end[pairs.parent] > forest.start[pairs.child]) | forest.open_end[pairs.parent]
    likely = (pairs.relation == HELD) | runs | (known > 0)
    many = np.bincount(pairs.child, likely, len(forest.key))
    rivalled: Flags = many[pairs.child] - likely > 0
    return rivalled


def _within_most(forest: Forest, pairs: Candidates, share: Floats, most: Floats, groups: Ints) -> Floats:
    """The shares, such that no parent has more children of an operation than it ever had: where it would have, the others
    that could be their parents get the rest. (Iterative proportional fitting, as of Sinkhorn and Knopp.)

    Children that lines name take their places first.
    """
    limited = np.flatnonzero(most > 0)
    if not len(limited):
        return share
    named = np.flatnonzero(forest.named >= 0)
    codes, group = np.unique(groups[limited], return_inverse=True)
    left = np.zeros(len(codes))
    left[group] = most[limited]
    taken = forest.named[named] * (len(forest.operations) + 1) + forest.operation[named]
    at = np.minimum(np.searchsorted(codes, taken), len(codes) - 1)
    left = np.maximum(left - np.bincount(at[codes[at] == taken], minlength=len(codes)), _SPARE)
    if (np.bincount(group, share[limited], len(codes)) <= left).all():
        return share
    found = share.copy()
    total = np.bincount(pairs.child, share, len(forest.key))
    for _ in range(ROUNDS):
        load = np.bincount(group, found[limited], len(codes))
        found[limited] *= np.minimum(1.0, left / np.maximum(load, _LITTLE))[group]
        found *= (total / np.maximum(np.bincount(pairs.child, found, len(total)), _LITTLE))[pairs.child]
    return found


def _root_score(forest: Forest, pairs: Candidates, operation: Ints, tables: Tables) -> Floats:
    """By span: the score of being a root. Where ends are told, it may be so because its parent was lost; what begins first in its
    trace most likely is one."""
    ended = np.ones(len(forest.key), bool)
    ended[pairs.child[forest.open_end[pairs.parent]]] = False
    score: Floats = np.where(ended, np.maximum(tables.root[operation], tables.lost[operation]), tables.root[operation])
    first = np.flatnonzero(np.diff(forest.trace, prepend=-1))
    score[first] = np.maximum(score[first], LOST)
    return score


def _between(forest: Forest, pairs: Candidates, gate: Floats) -> Floats:
    """For each candidate the sum of ln (1 - gate) of the spans that hold the child and lie between the two.

    Between a holder and the child lie tighter holders; between any other candidate and the child those that start
    later. Between a candidate of the child's own service and the child only spans of that service do.
    """
    held = pairs.relation == HELD
    passed = np.where(held, np.log1p(-gate), 0.0)
    length = np.where(held, (forest.end - forest.start)[pairs.parent], np.iinfo(np.int64).max)
    by_length = _sums_before(forest, pairs, passed, np.lexsort((-pairs.parent, length, pairs.child)))
    if held.all():
        return by_length
    by_place = _sums_before(forest, pairs, passed, np.lexsort((-pairs.parent, pairs.child)))
    sums: Floats = np.where(held, by_length, by_place)
    return sums


def _sums_before(forest: Forest, pairs: Candidates, values: Floats, order: Ints) -> Floats:
    """For each candidate the sum of what stands before it in its child's order; of the child's service for its own."""
    service = forest.services[forest.operation]
    child, ordered = pairs.child[order], values[order]
    own = service[pairs.parent[order]] == service[child]
    first = np.flatnonzero(np.diff(child, prepend=-1))
    group = np.cumsum(np.diff(child, prepend=-1) != 0) - 1
    sums = np.empty(len(child))
    sums[order] = np.where(own, _running(np.where(own, ordered, 0.0), first, group), _running(ordered, first, group))
    return sums


def _running(values: Floats, first: Ints, group: Ints) -> Floats:
    """The sum of the values before each one in its group."""
    before = np.cumsum(values) - values
    sums: Floats = before - before[first][group]
    return sums


def _worth_weighing(forest: Forest, pairs: Candidates, operation: Ints, tables: Tables) -> Flags:
    """Spans that a child follows are weighed where nothing holds it, or where such calls are known; those that begin after it and
    may have ended before it, where such calls are known."""
    after = pairs.relation == AFTER
    holds = np.zeros(len(forest.key), bool)
    holds[pairs.child[pairs.relation == HELD]] = True
    kept: Flags = ~after | ~holds[pairs.child]
    kept &= (pairs.parent < pairs.child) | (pairs.relation == HELD)
    if tables.any_known:
        rest = np.flatnonzero(~kept)
        kept[rest] = tables.is_known(operation[pairs.parent[rest]], operation[pairs.child[rest]])
    following = np.flatnonzero(kept & after)
    gap = forest.start[pairs.child[following]] - forest.end[pairs.parent[following]]
    begun = forest.start[np.searchsorted(forest.trace, forest.trace)]
    far = np.maximum(FAR_NS, FAR_TIMES * (forest.end[pairs.parent[following]] - begun[pairs.child[following]]))
    kept[following] = (gap <= far) | forest.open_end[pairs.parent[following]]
    return kept


def _costs(forest: Forest, pairs: Candidates, told: Pairs) -> Floats:
    """Where edges of a pair are known, what they tell of its relation counts more and more, the more of them there are. A known
    caller whose end lines alone tell may have gone on without a word: to follow it is no more than to outlive it."""
    overrun = forest.end[pairs.child] - forest.end[pairs.parent]
    length = forest.end[pairs.child] - forest.start[pairs.child]
    little = (overrun <= np.maximum(LITTLE_NS, LITTLE_SHARE * length)) | forest.open_end[pairs.parent]
    first = np.searchsorted(forest.trace, forest.trace)
    after = AFTER_COST - np.where(pairs.parent == first[pairs.child], FIRST_GAIN, 0.0)
    outlives = np.where(little, OUTLIVES_A_LITTLE, OUTLIVES_COST)
    early = (forest.start[pairs.parent] > forest.start[pairs.child]) * EARLY_COST
    cost: Floats = np.where(pairs.relation == HELD, early, np.where(pairs.relation == OUTLIVES, outlives, after))
    here = np.choose(pairs.relation, list(told.relation))
    learned: Floats = np.log((told.known + TRUST) / (here + TRUST * np.exp(-cost)))
    goes_on = (pairs.relation == AFTER) & (told.known > 0) & forest.open_end[pairs.parent]
    cost = np.where(goes_on, np.minimum(cost, OUTLIVES_COST), cost)
    return np.where(forest.open_end[pairs.parent], np.minimum(cost, learned), learned)
