"""How what a caller tells of whom it calls agrees with who was called, and the other way round.

    order   GET   peer.service: pay      |-----------|        agrees with a child of `pay`, not with one of `stock`
    pay     POST /charge                    |-----|
    pay     work                             |---|            nor with this one, which is work on what was asked

What a span names that no service of its trace is called tells nothing, unless it is a database. What it asks for, and who a span
says called it, speak against a candidate only where they speak for another: proxies change paths and addresses.

How much that counts is told by `shares`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.forest.candidates import HELD, Candidates
from logtrace.reconstruct.forest.columns import Flags, Forest, Ints
from logtrace.reconstruct.forest.peers import Peer, alike, asked_of, fits, name_of

SPARE = 0.1
"""So many more spans may be asked for, by the share, than there are callers that name their service."""


def agreements(forest: Forest, pairs: Candidates) -> Ints:
    """By candidate: 1 where what it and the child tell of one another agrees, -1 where it does not, 0 where nothing is told."""
    found = np.zeros(len(pairs.child), np.int64)
    if not forest.peer.any():
        return found
    rows = np.flatnonzero((forest.peer[pairs.parent] > 0) | (forest.peer[pairs.child] > 0))
    some = pairs.where(rows)
    called = _called(forest, some)
    asked, callers = (_where_any_fits(some, verdict) for verdict in (_asked(forest, some), _callers(forest, some)))
    told = np.stack([called, asked, callers, _within(forest, some)])
    verdict = np.where((told < 0).any(axis=0), -1, (told > 0).any(axis=0))
    found[rows] = verdict
    return found


def of_asked(forest: Forest, pairs: Candidates, verdict: Ints, asked: Flags) -> Ints:
    """Verdicts, of which those that another service's span called a span of the child's count only where that is of an operation
    that is asked for. Where a trace has more of those than callers that name them, some called each other: then what another one
    of the service holds was called by that.
    """
    service, own = forest.services, _own(forest, pairs)
    found = np.where(own | (verdict <= 0) | asked[forest.operation[pairs.child]], verdict, 0)
    some = np.flatnonzero((found > 0) & ~own)
    if not len(some):
        return found
    names = int(service.max()) + 1
    child, parent = pairs.child[some], pairs.parent[some]
    code = forest.trace[child] * names + service[forest.operation[child]]
    spans = np.bincount(code[np.unique(child, return_index=True)[1]], minlength=int(code.max()) + 1)
    callers = np.bincount(code[np.unique(np.stack([parent, code]), axis=1, return_index=True)[1]], minlength=len(spans))
    holder, holds = np.full(len(forest.key), -1), np.flatnonzero(own & (pairs.relation == HELD))
    np.maximum.at(holder, pairs.child[holds], pairs.parent[holds])
    found[some[(spans > callers)[code] & (holder[child] > parent)]] = 0
    return found


def _own(forest: Forest, pairs: Candidates) -> Flags:
    """Which candidates are of the child's service."""
    service = forest.services[forest.operation]
    own: Flags = service[pairs.child] == service[pairs.parent]
    return own


def is_asked(forest: Forest, pairs: Candidates, verdict: Ints) -> Flags:
    """By operation, whether its spans are what callers from other services ask for, and not work on that: of each service as many
    operations as there are callers that name it, those that most often come first."""
    service, own = forest.services, _own(forest, pairs)
    before = np.full(len(forest.key), -1)
    np.maximum.at(before, pairs.child[own], pairs.parent[own])
    some = np.flatnonzero((verdict > 0) & ~own)
    child, parent = pairs.child[some], pairs.parent[some]
    many = len(forest.operations)
    spans, first = (
        np.bincount(forest.operation[marked(forest, places)], minlength=many)
        for places in (child, child[before[child] <= parent])
    )
    names = int(service.max()) + 1
    callers = np.bincount(distinct(parent * names + service[forest.operation[child]]) % names, minlength=names)
    asked = np.zeros(many, bool)
    left = callers * (1 + SPARE)
    name = np.argsort(sorted(range(many), key=forest.operations.__getitem__))
    for operation in np.lexsort((name, -first / np.maximum(spans, 1))).tolist():
        of = service[operation]
        if spans[operation] and (spans[operation] <= left[of] or left[of] > callers[of]):
            asked[operation] = True
            left[of] -= spans[operation]
    return asked


def _called(forest: Forest, pairs: Candidates) -> Ints:
    """By whom the parent says that it calls."""
    service, named = forest.services[forest.operation], meant(forest, pairs.parent)
    agrees = named.services[named.place, service[pairs.child]]
    own = service[pairs.child] == service[pairs.parent]
    stored = np.array([peer.store for peer in forest.peers])[forest.peer[pairs.parent]]
    any_meant = (named.services[named.place] > 0).any(axis=1)
    return np.where(any_meant, np.where(agrees, 1, np.where(own, 0, -1)), np.where(stored & ~own, -1, 0))


class Meant(NamedTuple):
    """Whom spans say that they call. services: rows of services of the trace that are meant; place: the row of each span;
    present: by row the services of the trace."""

    services: Flags
    place: Ints
    present: Flags


def meant(forest: Forest, spans: Ints) -> Meant:
    """Whom these spans call by what they say: of services whose names are like that, those of the trace that are most so."""
    services = sorted({service for service, _, _ in forest.operations})
    known = [name_of(each) for each in services]
    like = np.array([[_like(peer, name) for name in known] for peer in forest.peers], np.int64)
    present = np.zeros((int(forest.trace[-1]) + 1, len(services)), bool)
    present[forest.trace, forest.services[forest.operation]] = True
    codes, place = np.unique(forest.trace[spans] * len(forest.peers) + forest.peer[spans], return_inverse=True)
    there: Flags = np.asarray(present[codes // len(forest.peers)])
    like = like[codes % len(forest.peers)] * there
    most: Flags = (like > 0) & (like == like.max(axis=1, initial=0)[:, None])
    return Meant(most, place, there)


def _like(peer: Peer, service: str) -> int:
    return 0 if peer.store else max((alike(name, service) for name in peer.calls), default=0)


def _asked(forest: Forest, pairs: Candidates) -> Ints:
    """By what the parent asks for, and the child was asked for."""
    named = tuple(Peer(asked=tuple(asked_of(name))) for _, name, _ in forest.operations)
    peers, many = (*forest.peers, *named), len(forest.peers)
    child = np.where(forest.peer[pairs.child] > 0, forest.peer[pairs.child], many + forest.operation[pairs.child])
    return _by_kind(forest.peer[pairs.parent], child, lambda one, other: fits(peers[one].asks, peers[other].asked))


def _callers(forest: Forest, pairs: Candidates) -> Ints:
    """By whom the child says that it was called, and what the parent and its host are called."""
    many, peers = len(forest.operations), forest.peers
    services = [name_of(service) for service, _, _ in forest.operations]
    parent = forest.peer[pairs.parent] * many + forest.operation[pairs.parent]

    def calls(child: int, parent: int) -> int:
        hosts, service = peers[parent // many].hosts, services[parent % many]
        callers = peers[child].callers
        return 0 if not callers else 1 if any(one in hosts or alike(one, service) for one in callers) else -1

    return _by_kind(forest.peer[pairs.child], parent, calls)


def _within(forest: Forest, pairs: Candidates) -> Ints:
    """What calls another does so within a span of its own service, if one that is no such call has begun."""
    calls = np.array([bool(peer.calls) and not peer.asked for peer in forest.peers])[forest.peer]
    own = _own(forest, pairs)
    return _where_any_fits(pairs, calls[pairs.child] * np.where(own, np.where(calls[pairs.parent], 0, 1), -1))


def _by_kind(one: Ints, other: Ints, verdict: Callable[[int, int], int]) -> Ints:
    """A verdict of each pair of numbers, asked for once."""
    many = int(other.max(initial=0)) + 1
    codes, place = np.unique(one * many + other, return_inverse=True)
    found = np.array([verdict(*divmod(code, many)) for code in codes.tolist()], np.int64)
    return found[place]


def _where_any_fits(pairs: Candidates, verdict: Ints) -> Ints:
    """Verdicts of those children that some candidate fits."""
    return np.where(pairs.largest(verdict.astype(np.float64)) > 0, verdict, 0)


def marked(forest: Forest, places: Ints) -> Flags:
    """By span whether its place is among these."""
    found = np.zeros(len(forest.key), bool)
    found[places] = True
    return found
