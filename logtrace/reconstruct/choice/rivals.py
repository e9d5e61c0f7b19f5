"""What else could have called a span that times give a parent to: doubts that are told beside it, as times alone do not settle
them.

    p |--------------------------------|      t has called x, and has its answer: c may be what it calls next, as well as what
        t |-----------------------|           p calls beside it
            x |----|   c |----|
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from logtrace.reconstruct.evidence.priors import FEWEST_CASES
from logtrace.reconstruct.evidence.scorer import Scored
from logtrace.reconstruct.forest.candidates import AFTER, HELD, TOLERANCE_NS
from logtrace.reconstruct.forest.columns import COARSE_NS, Flags, Forest, Ints
from logtrace.reconstruct.pace.paces import LEAST_GAP_NS

SOONER = 0.65
"""A call comes too soon that comes in less than this share of the time to the first one."""

DEEP = 64
"""Spans so far above another are looked at."""

BESIDE = 0.1
"""Where more calls than so many, to each that comes behind an inner span, come beside it, it is not waited for."""


RULED = 0.9
"""So much of what one operation holds of another is so by call, where times told in whole milliseconds tell their order."""


def rivalled(forest: Forest, scored: Scored, above: Ints) -> Flags:
    """By span: whether another span could have called it as well, times alone: within its parent one that had an answer before it
    began, or of an operation each of whose spans holds one of its operation; or one of the latter beside a parent that calls its
    operation by no rule."""
    pairs = scored.pairs
    child = np.flatnonzero(above >= 0)
    answered = np.full(len(above), np.iinfo(np.int64).max)
    np.minimum.at(answered, above[child], forest.end[child])
    parent, other = above[pairs.child], pairs.parent
    holds = (pairs.relation == HELD) & (parent >= 0) & (parent != other)
    within = holds & (forest.start[other] >= forest.start[parent]) & (forest.end[other] <= forest.end[parent] + TOLERANCE_NS)
    within &= forest.end[other] - forest.start[other] < forest.end[parent] - forest.start[parent]
    within &= scored.doubted | (answered[other] <= forest.start[pairs.child])
    ruled, found = np.zeros((2, len(above)), bool)
    ruled[pairs.child[(parent == other) & scored.regular]] = True
    beside = np.flatnonzero(holds & scored.doubted & ~ruled[pairs.child])
    found[pairs.child[within]] = True
    found[pairs.child[beside[~_above(above, pairs.child[beside], other[beside])]]] = True
    return found | _called_before(forest, scored, above)


def _called_before(forest: Forest, scored: Scored, above: Ints) -> Flags:
    """By span: whether what began within its parent, and seems to have ended before it, may have called it all the same (see
    Scored.ended): of a queue, say, some of whose consumers begin before the producer has ended."""
    ended = np.flatnonzero((scored.pairs.relation != HELD) & (forest.open_end[scored.pairs.parent] | scored.left))
    child = np.append(scored.ended.child, scored.pairs.child[ended])
    other = np.append(scored.ended.parent, scored.pairs.parent[ended])
    parent, found = above[child], np.zeros(len(above), bool)
    rival = (parent >= 0) & (parent < other)
    found[child[rival]] = True
    return found


def _above(above: Ints, place: Ints, wanted: Ints) -> Flags:
    """Whether what is wanted lies above places, however far."""
    found = np.zeros(len(place), bool)
    for _ in range(DEEP):
        place = np.where(place >= 0, above[place], -1)
        found |= place == wanted
    return found


def blurred(forest: Forest, scored: Scored, chosen: Ints, above: Ints) -> Flags:
    """By span: whether its times, told in whole milliseconds, are those of its parent or of its child, or its parent's are those
    of another that may have called it, or whether it takes no longer than one: then order is a matter of rounding. Not where
    other traces tell the order, as what is inferred of both operations follows one rule.

    chosen: indexes of candidates, below 0: none.
    """
    coarse = (forest.grain >= COARSE_NS) & ~forest.open_end
    ruled = np.zeros(len(above), bool)
    at = np.flatnonzero(chosen >= 0)
    ruled[at] = scored.regular[chosen[at]] & (scored.by_call[chosen[at]] >= RULED)

    def alike(one: Ints, other: Ints) -> Flags:
        begun, ended = forest.start[one] - forest.start[other], forest.end[one] - forest.end[other]
        same: Flags = coarse[one] & coarse[other] & (np.maximum(abs(begun), abs(ended)) <= COARSE_NS)
        return same

    found = coarse & (above >= 0) & (forest.end - forest.start <= COARSE_NS)
    if coarse.any():
        child = np.flatnonzero((above >= 0) & ~ruled)
        same = child[alike(child, above[child])]
        found[same] = found[above[same]] = True
        pairs = scored.pairs
        parent = above[pairs.child]
        other = (parent >= 0) & (parent != pairs.parent) & (pairs.relation != AFTER)
        found[pairs.child[other & alike(parent, pairs.parent)]] = True
    return found & ~ruled


def outlasted(forest: Forest, above: Ints) -> Flags:
    """By span: whether what called its parent in their service holds it as well, and ended before that parent: so it did not wait
    for it, and what runs within both may be a call of either.

        p |----------------|
          t |---------------|
             c |----|
    """
    parent = np.where(above >= 0, above, 0)
    over = np.where((above >= 0) & (above[parent] >= 0), above[parent], parent)
    service = forest.services[forest.operation]
    own = (service[over] == service[parent]) & ~(forest.open_end[over] | forest.open_end[parent])
    found: Flags = (above >= 0) & own & (forest.end[over] < forest.end[parent]) & (forest.end <= forest.end[over])
    return found


def behind_early(forest: Forest, above: Ints) -> set[int]:
    """The operations of what begins behind an inner span that seems to have ended before its calls, as handlers in event
    loops do. An answer needs its way back, so what waits for one takes no less time to its next call than to its first;
    where this comes much sooner, behind a span of its own service that calls nothing, that one may have made it.

        p |--------------------------------|
             m ||  ·····  h ||·c |------|          m gives the word back to p; c comes too soon behind h for that

    above: the places of parents, below 0: none.
    """
    first: dict[int, list[float]] = {}
    soon: dict[tuple[int, int], list[float]] = {}
    later: dict[tuple[int, int], set[int]] = {}
    beside: Counter[tuple[int, int]] = Counter()
    for operation, inner, gap, calls in _gaps(forest, above):
        if gap is None:
            beside[operation, inner] += 1
            continue
        if inner < 0:
            first.setdefault(operation, []).append(gap)
            continue
        soon.setdefault((operation, inner), []).append(gap)
        later.setdefault((operation, inner), set()).update(calls)
    waited = {key: gaps for key, gaps in soon.items() if beside[key] <= BESIDE * len(gaps)}
    early = [key for key, gaps in waited.items() if _sooner(gaps, first.get(key[0], []))]
    return {call for key in early for call in later[key]}


def _gaps(forest: Forest, above: Ints) -> Iterator[tuple[int, int, float | None, list[int]]]:
    """(operation, that of the inner span, ln gap behind it, operations called since) of what spans call after an inner one of
    their service, which called nothing; -1 for the gap before the first call. No gap: it had not ended."""
    service, operation = forest.services[forest.operation].tolist(), forest.operation.tolist()
    called: dict[int, list[int]] = {}
    for child in np.flatnonzero(above >= 0).tolist():
        called.setdefault(int(above[child]), []).append(child)
    for parent, children in called.items():
        last, since = -1, int(forest.start[parent])
        for number, child in enumerate(children):
            begins = int(forest.start[child])
            inner = last < 0 or (last not in called and service[last] == service[parent] and not forest.open_end[last])
            inner &= last < 0 or operation[last] not in (operation[parent], operation[child])
            if inner:
                calls = [operation[each] for each in children[number:]]
                gap = float(np.log(begins - since + LEAST_GAP_NS)) if begins >= since else None
                yield operation[parent], operation[last] if last >= 0 else -1, gap, calls
            if last < 0 or forest.end[child] > since:
                last, since = child, int(forest.end[child])


def _sooner(gaps: list[float], first: list[float]) -> bool:
    """Whether gaps (ln) are shorter than the first ones on the whole, by more than chance allows."""
    if min(len(gaps), len(first)) < FEWEST_CASES:
        return False
    error = float(np.sqrt(np.var(gaps) / len(gaps) + np.var(first) / len(first)))
    less = float(np.mean(first) - np.mean(gaps))
    return less > -np.log(SOONER) and less > 2 * error
