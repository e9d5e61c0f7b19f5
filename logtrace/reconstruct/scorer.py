"""The parent of each span that names none: every candidate gets a score, the best is taken, its share is its confidence.

score = ln P(parent's operation | child's operation)   what the model knows, else what times show
      + ln gate                                        where the candidate holds the child: by call, not by accident
      + sum of ln (1 - gate) of what lies between      tighter spans that hold the child, had they not called it
      - cost of the relation                           to outlive or follow the parent is rarer than to be held
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.candidates import AFTER, HELD, OUTLIVES, Candidates, candidates
from logtrace.reconstruct.forest import Flags, Floats, Forest, Ints
from logtrace.reconstruct.tables import Tables

UNSURE = np.array([0.79, 0.7, 0.6])
"""By relation: the most confidence where times alone show little: operations that nothing holds at times, and spans that
outlive or follow what may be their parent."""

MOST_SURE = 0.99
"""Nothing that is inferred is certain."""

LEAST = -6.0
OUTLIVES_COST, OUTLIVES_A_LITTLE, AFTER_COST = 2.0, 1.0, 4.0
FIRST_GAIN = 1.0
"""What follows all that could be its parent belongs to the first span of the trace rather than to another."""

LITTLE_NS, LITTLE_SHARE = 1_000_000, 0.1
FAR_NS, FAR_TIMES = 1_000_000_000, 10
"""A span that starts so long after the end of all before it, and so many times their length, is a root of its own."""


class Scored(NamedTuple):
    """All candidates that were weighed, the parts of their scores, and their shares (0 to 1).

    between     the sum for what lies between child and candidate
    root_share  by span: the share of being a root
    """

    pairs: Candidates
    prior: Floats
    gate: Floats
    between: Floats
    cost: Floats
    score: Floats
    share: Floats
    root_share: Floats


class Chosen(NamedTuple):
    """For each span the place of the inferred parent (-1: none), the confidence (0 to 1) and the index of the candidate."""

    parent: Ints
    confidence: Floats
    candidate: Ints


def choose(forest: Forest, tables: Tables) -> Chosen:
    """The parents of all spans of a forest that name none."""
    return best(forest, weigh(forest, tables))


def weigh(forest: Forest, tables: Tables) -> Scored:
    """All candidates with their scores. What a trace's spans get does not depend on the other traces of the forest."""
    operation = tables.numbers(forest.operations)[forest.operation]
    service = tables.services(forest.operations)[forest.operation]
    pairs = candidates(forest)
    pairs = pairs.where(_worth_weighing(forest, pairs, operation, tables))
    child, parent = pairs.child, pairs.parent
    prior, gate = tables.of(operation[parent], operation[child], service[parent], service[child])
    between = _between(forest, pairs, gate)
    between = np.maximum(np.round(between, 6), LEAST)  # the last digits of a running sum tell of other traces
    cost = _costs(forest, pairs)
    score = prior + np.where(pairs.relation == HELD, np.log(gate), 0.0) + between - cost
    root = tables.root[operation]
    top = root.copy()
    np.maximum.at(top, child, score)
    weight = np.exp(score - top[child])
    root_weight = np.exp(root - top)
    total = np.bincount(child, weight, len(root)) + root_weight
    share = weight / total[child]
    unsure = ~tables.known[operation[child]] & ((pairs.relation != HELD) | tables.unsteady[operation[child]])
    share = np.where(unsure, UNSURE[pairs.relation], MOST_SURE) * share
    return Scored(pairs, prior, gate, between, cost, score, share, root_weight / total)


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


def best(forest: Forest, scored: Scored) -> Chosen:
    """The best candidate of each span; of equal ones the last in span order."""
    pairs = scored.pairs
    parent = np.full(len(forest.key), -1, np.int64)
    confidence = np.zeros(len(forest.key))
    candidate = np.full(len(forest.key), -1, np.int64)
    order = np.lexsort((-pairs.parent, -scored.score, pairs.child))
    child = pairs.child[order]
    first = order[np.flatnonzero(np.diff(child, prepend=-1))]
    first = first[scored.share[first] >= scored.root_share[pairs.child[first]]]
    parent[pairs.child[first]] = pairs.parent[first]
    confidence[pairs.child[first]] = scored.share[first]
    candidate[pairs.child[first]] = first
    return Chosen(parent, confidence, candidate)


def _worth_weighing(forest: Forest, pairs: Candidates, operation: Ints, tables: Tables) -> Flags:
    """Spans that a child follows are weighed where nothing holds it, or where such calls are known."""
    after = pairs.relation == AFTER
    holds = np.zeros(len(forest.key), bool)
    holds[pairs.child[pairs.relation == HELD]] = True
    kept: Flags = ~after | ~holds[pairs.child]
    if tables.any_known:
        rest = np.flatnonzero(~kept)
        kept[rest] = tables.is_known(operation[pairs.parent[rest]], operation[pairs.child[rest]])
    following = np.flatnonzero(kept & after)
    gap = forest.start[pairs.child[following]] - forest.end[pairs.parent[following]]
    begun = forest.start[np.searchsorted(forest.trace, forest.trace)]
    far = np.maximum(FAR_NS, FAR_TIMES * (forest.end[pairs.parent[following]] - begun[pairs.child[following]]))
    kept[following] = (gap <= far) | forest.open_end[pairs.parent[following]]
    return kept


def _costs(forest: Forest, pairs: Candidates) -> Floats:
    overrun = forest.end[pairs.child] - forest.end[pairs.parent]
    length = forest.end[pairs.child] - forest.start[pairs.child]
    little = (overrun <= np.maximum(LITTLE_NS, LITTLE_SHARE * length)) | forest.open_end[pairs.parent]
    first = np.searchsorted(forest.trace, forest.trace)
    after = AFTER_COST - np.where(pairs.parent == first[pairs.child], FIRST_GAIN, 0.0)
    outlives = np.where(little, OUTLIVES_A_LITTLE, OUTLIVES_COST)
    cost: Floats = np.where(pairs.relation == HELD, 0.0, np.where(pairs.relation == OUTLIVES, outlives, after))
    return cost


class Decision(NamedTuple):
    """For each span: the place of the inferred parent (-1: none), the confidence (1 to 100), and what it follows from."""

    parent: Ints
    confidence: Ints
    source: Ints


PRIOR, CONTAIN, ORDER = "prior", "contain", "order"
SOURCES = (PRIOR, CONTAIN, ORDER)
"""What an inferred parent follows from: what is known of the operation's parents; that it holds the child; that it came
before it. Decision.source counts in this order."""


def decide(forest: Forest, tables: Tables) -> Decision:
    """The parents of all spans of a forest that name none. No parent lies below its child."""
    scored = weigh(forest, tables)
    chosen = best(forest, scored)
    if (forest.named > np.arange(len(forest.named))).any():
        chosen = _without_cycles(forest, scored, chosen)
    known = tables.known[tables.numbers(forest.operations)[forest.operation]]
    relation = scored.pairs.relation[chosen.candidate] if len(scored.pairs.child) else np.zeros(len(known), np.int64)
    source = np.where(known, 0, np.where(relation == HELD, 1, 2))
    confidence = np.maximum(np.round(chosen.confidence * 100).astype(np.int64), 1)
    return Decision(chosen.parent, confidence, source)


def _without_cycles(forest: Forest, scored: Scored, chosen: Chosen) -> Chosen:
    """The best candidates that are not below the span. Only in traces where a named parent comes after its child in span
    order can the best of all be below it."""
    pairs = scored.pairs
    backward = np.isin(forest.trace, forest.trace[forest.named > np.arange(len(forest.named))])
    above = np.where(forest.named >= 0, forest.named, -1).tolist()
    parent, confidence, candidate = chosen.parent.copy(), chosen.confidence.copy(), chosen.candidate.copy()
    order = np.lexsort((-pairs.parent, -scored.score, pairs.child))
    taken = np.searchsorted(pairs.child[order], np.arange(len(above) + 1))
    for child in np.flatnonzero(backward & (chosen.parent >= 0)).tolist():
        parent[child] = candidate[child] = -1
        for at in order[taken[child] : taken[child + 1]].tolist():
            if not _is_below(int(pairs.parent[at]), child, above):
                parent[child], confidence[child], candidate[child] = pairs.parent[at], scored.share[at], at
                above[child] = int(pairs.parent[at])
                break
    return Chosen(parent, confidence, candidate)


def _is_below(place: int, of: int, above: list[int]) -> bool:
    while place >= 0:
        if place == of:
            return True
        place = above[place]
    return False
