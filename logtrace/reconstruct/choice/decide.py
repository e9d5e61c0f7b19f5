"""The parent of each span that names none: of its candidates the best, whose share of all is the confidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import log
from typing import NamedTuple

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.choice.pacing import SETTLED, paced
from logtrace.reconstruct.choice.rivals import blurred, outlasted, rivalled
from logtrace.reconstruct.evidence.adrift import adrift
from logtrace.reconstruct.evidence.kinds import NAME, SERVES
from logtrace.reconstruct.evidence.nesting import UNTOLD_GATE
from logtrace.reconstruct.evidence.scorer import MOST_SURE, UNSURE, Scored, weigh
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import HELD
from logtrace.reconstruct.forest.columns import Flags, Floats, Forest, Ints
from logtrace.reconstruct.pace.swaps import own_share
from logtrace.reconstruct.pace.timelines import Paces

PRIOR, CONTAIN, ORDER = "prior", "contain", "order"
SOURCES = (PRIOR, CONTAIN, ORDER)
"""What an inferred parent follows from: what is known of the operation's parents; that it holds the child; that it came
before it. Decision.source counts in this order."""

MOVED = 0.6
"""A child moves to another candidate where that has so much of the best one's share."""

UNTAUGHT = 0.6
"""So sure at least is a parent that fits the paces best, of an operation of which no edge is known."""

FITS = 0.95
"""Of a pair of operations all of whose calls follow one rule, a parent is sure that fits the paces so well beside others."""

AT_ONCE = 0.3
"""So sure at most is a parent whose time is that of the child, of an operation of which no edge is known."""

MOSTLY = 0.8
"""By times alone no parent is sure that follows no rule and whose operation holds more of the child's spans by accident than this
leaves, where anything is told of that."""

PLAIN = 0.9
"""Where less of all trees say so, a parent is not said to be sure: shares are products of what is not quite independent, and of
those just below one in five is wrong."""

BORNE_OUT = 3.0
"""Where nothing speaks against a parent that shares make sure, so many times less of these are wrong than shares leave: what they
take for one way to be wrong among others is mostly a matter of tolerances, which nobody claims."""

_DOUBLINGS = 20
_LEAST_SHARE = 1e-12


class Chosen(NamedTuple):
    """For each span the place of the inferred parent (-1: none), the confidence (0 to 1) and the index of the candidate."""

    parent: Ints
    confidence: Floats
    candidate: Ints


class Decision(NamedTuple):
    """For each span: the place of the inferred parent (-1: none), the confidence (1 to 100), and what it follows from."""

    parent: Ints
    confidence: Ints
    source: Ints


def decide(forest: Forest, tables: Tables) -> Decision:
    """The parents of all spans of a forest that name none. No parent lies below its child. Of operations whose callers are known,
    one that never called them is not sure: where clocks differ, say, nothing is where it was."""
    forest = tables.as_known(forest)
    scored = weigh(forest, tables)
    chosen = best(forest, scored)
    if tables.paces:
        chosen = rechosen(forest, scored, chosen, tables, tables.paces)
    operation = tables.numbers(forest.operations)[forest.operation]
    known = tables.known[operation]
    relation = scored.pairs.relation[chosen.candidate] if len(scored.pairs.child) else np.zeros(len(known), np.int64)
    source = np.where(known, 0, np.where(relation == HELD, 1, 2))
    sure = np.where(_together(forest, chosen.parent) & ~known, np.minimum(chosen.confidence, AT_ONCE), chosen.confidence)
    above = above_of(forest, chosen)
    rival = (
        rivalled(forest, scored, above) | blurred(forest, scored, chosen.candidate, above) | outlasted(forest, above)
    ) & ~known
    unheard = known & (chosen.parent >= 0) & ~tables.is_known(operation[chosen.parent], operation)
    by_accident = np.zeros(len(known), bool)
    at = np.flatnonzero((chosen.candidate >= 0) & (relation == HELD) & ~known)
    by_call = scored.by_call[chosen.candidate[at]]
    by_accident[at] = ~scored.regular[chosen.candidate[at]] & (by_call < MOSTLY) & (by_call != UNTOLD_GATE)
    agreed = np.zeros(len(known), bool)
    found = np.flatnonzero(chosen.candidate >= 0)
    agreed[found] = scored.agreed[chosen.candidate[found]]
    doubted = (rival | unheard | by_accident | adrift(forest, above, tables)) & ~agreed
    plain = np.minimum(1 - (1 - sure) / BORNE_OUT, MOST_SURE)
    sure = np.where(doubted | (sure < PLAIN), np.minimum(sure, UNSURE[HELD]), plain)
    confidence = np.maximum(np.round(sure * 100).astype(np.int64), 1)
    return Decision(chosen.parent, confidence, source)


def _together(forest: Forest, parent: Ints) -> Flags:
    """Whether a span begins and ends when its parent does: either could be the other's."""
    starts, ends = forest.start[parent] == forest.start, forest.end[parent] == forest.end
    together: Flags = (parent >= 0) & starts & ends
    return together


def rechosen(forest: Forest, scored: Scored, chosen: Chosen, tables: Tables, table: Paces) -> Chosen:
    """The choice with paces: trees as wholes, where spans have several candidates.

    Of operations of which no edge is known, paces follow from parents that were inferred; where lines alone tell when spans
    end, they are ragged: there they make nothing surer than the candidate is without them.
    """
    operation = tables.numbers(forest.operations)[forest.operation]
    known = tables.known[operation]
    found = paced(forest, scored, above_of(forest, chosen), table, known)
    at = np.flatnonzero(found.open[scored.pairs.child] & (found.parent[scored.pairs.child] == scored.pairs.parent))
    child, parent = scored.pairs.child[at], scored.pairs.parent[at]
    own = own_share(forest, table, found.parent)
    share = np.minimum(found.share[child], own[parent])
    taught = known[child] & ~forest.open_end[child] & ~forest.open_end[parent]
    untaught = np.maximum(scored.share[at], UNTAUGHT)
    share = share * np.where(known[child], MOST_SURE, untaught)
    reliable = tables.reliable[operation[child]]
    settled = taught & (scored.share[at] >= SETTLED)
    share = np.where((reliable < 1) & ~settled, np.minimum(share, np.minimum(reliable, UNSURE[0])), share)
    again = Chosen(chosen.parent.copy(), chosen.confidence.copy(), chosen.candidate.copy())
    again.parent[child], again.confidence[child], again.candidate[child] = parent, share, at
    _without_too_many(forest, scored, chosen, again, tables)
    unsteady = tables.unsteady[operation] & (tables.asks[operation] % SERVES != NAME)
    ruled = np.flatnonzero((again.candidate >= 0) & ~(known | tables.doubted[operation] | unsteady) & ~forest.open_end)
    ruled = ruled[scored.regular[again.candidate[ruled]] & ~forest.open_end[again.parent[ruled]]]
    fits = np.minimum(found.share[ruled], own[again.parent[ruled]])
    ruled, fits = ruled[fits >= FITS], fits[fits >= FITS]
    again.confidence[ruled] = np.maximum(again.confidence[ruled], MOST_SURE * fits)
    return again


def _without_too_many(forest: Forest, scored: Scored, first: Chosen, again: Chosen, tables: Tables) -> None:
    """Where paces give a parent more children of an operation than it ever had, and another that is known to call it was the
    first choice, that stays, and is not sure: paces follow from what was inferred, and what was wrong once teaches itself."""
    operation = tables.numbers(forest.operations)[forest.operation]
    limited, codes = _limited(forest, scored, again)
    _, group, counts = np.unique(codes, return_inverse=True, return_counts=True)
    over = limited[counts[group[: len(limited)]] > scored.most[again.candidate[limited]]]
    other = operation[first.parent[over]]
    over = over[(other != operation[again.parent[over]]) & tables.is_known(other, operation[over])]
    for column, before in zip(again, first, strict=True):
        column[over] = before[over]
    again.confidence[over] = np.minimum(again.confidence[over], UNSURE[HELD])


def above_of(forest: Forest, chosen: Chosen) -> Ints:
    """The place of each span's parent, named or chosen; -1: none."""
    above: Ints = np.where(chosen.parent >= 0, chosen.parent, np.maximum(forest.named, -1))
    return above


def choose(forest: Forest, tables: Tables) -> Chosen:
    """The parents of all spans of a forest that name none."""
    return best(forest, weigh(forest, tables))


def best(forest: Forest, scored: Scored) -> Chosen:
    """The best candidate of each span; of equal ones the last in span order. Where the best of all close a cycle, the
    change that costs least opens it."""
    chosen = _with_room(forest, scored, _best(forest, scored))
    above = np.where(chosen.parent >= 0, chosen.parent, np.where(forest.named >= 0, forest.named, -1))
    if (above > np.arange(len(above))).any():
        for cycle in _cycles(above):
            _open(cycle, above, scored, chosen)
    return chosen


def _best(forest: Forest, scored: Scored) -> Chosen:
    pairs = scored.pairs
    parent = np.full(len(forest.key), -1, np.int64)
    confidence = np.zeros(len(forest.key))
    candidate = np.full(len(forest.key), -1, np.int64)
    best = np.flatnonzero(scored.score == pairs.largest(scored.score))
    first = best[np.diff(pairs.child[best], append=-1) != 0]
    first = first[scored.share[first] >= scored.root_share[pairs.child[first]]]
    parent[pairs.child[first]] = pairs.parent[first]
    confidence[pairs.child[first]] = scored.share[first]
    candidate[pairs.child[first]] = first
    return Chosen(parent, confidence, candidate)


def _with_room(forest: Forest, scored: Scored, chosen: Chosen) -> Chosen:
    """The choice with children moved from parents that have more of an operation than they ever had to the best of their
    other candidates that has room. Those that are least sure move; of equal ones the first, so that calls keep their order."""
    pairs = scored.pairs
    limited, codes = _limited(forest, scored, chosen)
    distinct, group, counts = np.unique(codes, return_inverse=True, return_counts=True)
    over = counts[group[: len(limited)]] > scored.most[chosen.candidate[limited]]
    if not over.any():
        return chosen
    load = dict(zip(distinct.tolist(), counts.tolist(), strict=True))
    moving = limited[over]
    for child in moving[np.lexsort((moving, -np.round(chosen.confidence[moving], 6)))][::-1].tolist():
        at = chosen.candidate[child]
        code = int(scored.group[at])
        if load[code] <= scored.most[at]:
            continue
        low, high = np.searchsorted(pairs.child, [child, child + 1])
        better = np.arange(low, high)[np.lexsort((-pairs.parent[low:high], -np.round(scored.share[low:high], 6)))]
        for other in better.tolist():
            there = int(scored.group[other])
            if scored.share[other] < MOVED * scored.share[at]:
                break
            if load.get(there, 0) < scored.most[other]:
                load[code], load[there] = load[code] - 1, load.get(there, 0) + 1
                chosen.candidate[child], chosen.parent[child] = other, pairs.parent[other]
                chosen.confidence[child] = scored.share[other]
                break
    return chosen


def _limited(forest: Forest, scored: Scored, chosen: Chosen) -> tuple[Ints, Ints]:
    """The spans whose parents have but so many children of their group, and the groups (see Scored) of these and then of all
    whose parents lines name."""
    limited = np.flatnonzero(chosen.candidate >= 0)
    limited = limited[scored.most[chosen.candidate[limited]] > 0]
    named = np.flatnonzero(forest.named >= 0)
    taken = forest.named[named] * (len(forest.operations) + 1) + forest.operation[named]
    return limited, np.append(scored.group[chosen.candidate[limited]], taken)


def _cycles(above: Ints) -> Iterator[list[int]]:
    """The cycles of a map from places to the place above (-1: none), each from its smallest place on, one after another.
    The map may be changed between them, as long as that closes no other."""
    at = np.append(above, -1)
    for _ in range(_DOUBLINGS):
        at = at[at]
    done: set[int] = set()
    for start in distinct(at[at >= 0]).tolist():
        if start in done:
            continue
        path = _path(start, above)
        if above[path[-1]] == start:
            done.update(path)
            yield path


def _path(start: int, above: Ints) -> list[int]:
    """The places from one on upwards, each once."""
    found: dict[int, None] = {}
    while start >= 0 and start not in found:
        found[start] = None
        start = int(above[start])
    return list(found)


def _open(cycle: list[int], above: Ints, scored: Scored, chosen: Chosen) -> None:
    """Decides anew for the members of a cycle, so that the product of the shares is the largest: the arborescence of the
    candidates that they are to each other, and of the best that each has outside and not below them.

    Changes `above` and `chosen`.
    """
    members = set(cycle)
    pairs = scored.pairs
    edges: dict[tuple[int, int], tuple[float, int]] = {}  # (parent, child), -1 for all outside -> (weight, candidate)
    for place in sorted(cycle):
        if chosen.candidate[place] < 0:  # its parent is named
            edges[int(above[place]), place] = -1e6, -1
            continue
        edges[-1, place] = _weight(scored.root_share[place]), -1
        low, high = np.searchsorted(pairs.child, [place, place + 1])
        for at in range(low, high):
            parent, weight = int(pairs.parent[at]), _weight(scored.share[at])
            if parent in members:
                edges[parent, place] = weight, at
            elif weight < edges[-1, place][0] and members.isdisjoint(_path(parent, above)):
                edges[-1, place] = weight, at
    weights = {edge: weight for edge, (weight, _) in edges.items()}
    for parent, place in _lightest(weights, {place: int(above[place]) for place in sorted(cycle)}):
        _, at = edges[parent, place]
        if at >= 0 or parent == -1:
            chosen.candidate[place] = at
            chosen.parent[place] = above[place] = pairs.parent[at] if at >= 0 else -1
            chosen.confidence[place] = scored.share[at] if at >= 0 else 0.0


def _weight(share: float) -> float:
    return -log(max(share, _LEAST_SHARE))


def _lightest(weights: Mapping[tuple[int, int], float], cycle: Mapping[int, int]) -> Iterable[tuple[int, int]]:
    """The arborescence of the least weight, from -1 to all members of a cycle. cycle: each one's place above, in their order.

    a ◀── b ◀── c ◀── a    where no way to any of them is lighter than those of the cycle, as nearly always, one of these
    ▲                      gives way to one from -1: that for which it costs least, of equal ones that of the earlier span
    """
    lightest: dict[int, float] = {}
    for (_, place), weight in weights.items():
        lightest[place] = min(weight, lightest.get(place, weight))
    own = {place: weights[parent, place] for place, parent in cycle.items()}
    if own == lightest:
        entered = min([place for place in cycle if (-1, place) in weights], key=lambda at: round(weights[-1, at] - own[at], 9))
        return [(-1 if place == entered else parent, place) for place, parent in cycle.items()]
    import networkx

    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((parent, place, weight) for (parent, place), weight in weights.items())
    found: Iterable[tuple[int, int]] = networkx.minimum_spanning_arborescence(graph).edges
    return found
