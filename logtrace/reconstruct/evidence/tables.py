"""A model as arrays, so that all candidates of many traces are looked up at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.evidence.priors import LEAST_GATE, LOOP, MOST_GATE, ROOT, STEADY, Model, Told
from logtrace.reconstruct.evidence.shares import gains
from logtrace.reconstruct.forest.columns import Flags, Floats, Forest, Ints
from logtrace.reconstruct.forest.peers import together
from logtrace.reconstruct.pace.timelines import Paces
from logtrace.reconstruct.spans.naming import OperationKey

ADDED = 0.1
"""Added to each count, so that what was never seen is unlikely, not impossible."""

BACK_OFF = 1.0
"""Calls between services count as so many calls between operations of which nothing else is known."""

NEW, ANYWHERE = 0.5, 0.7
"""Beside callers that are known, one that never called the operation is as likely as callers were that are known by a single call
(Good and Turing), and so many cases more. So large a share of that is of any operation, the rest of those of services that call
the child's."""

TRUST = 2.0
"""A gate that times show counts as so many known cases."""

RELIABLE = 0.97
"""So many of the parents that were sure have to be right."""

MAIN = 0.5
"""So many of an operation's calls are most of them."""

SEEN_GATE = 0.65
"""By times alone, even the tightest span around another is so sure at most to have called it, as it may be beside it in all
traces alike. What an operation calls of itself cuts it at times where it does not hold it by call: that tells enough."""

SOME = 0.1
"""So many of an operation's calls at least make a pair one of those that call."""

FLOOR = -9.0
ROOT_COST = 4.0
LOST = -7.0
"""Of an operation that always has a parent, or one that holds it, a span without belongs to none that is there."""

_NEVER = -36.0


class Pairs(NamedTuple):
    """What is told of pairs of operations, as columns.

    prior      ln P(parent | child)
    beside     the same where a known caller of the child's operation is a candidate as well
    gate       the chance that one which holds the other called it
    by_call    the share of such cases that times show to be by call
    known      edges that are known
    relation   of those, by relation: how many children their parents held, outlived them or followed them
    most       so many children of the operation one parent has at most; 0: not known
    regular    whether all that is inferred of the pair follows one rule
    doubted    whether the parent may call the child though it seems to hold it by accident
    """

    prior: Floats
    beside: Floats
    gate: Floats
    by_call: Floats
    known: Floats
    relation: Floats
    most: Floats
    regular: Flags
    doubted: Flags


class Tables:
    """Operations have the numbers that `numbers` gives; the last stands for all that the model has never heard of.

    known, unsteady   by operation: whether edges of it are known; whether its spans are held by anything at times only
    doubted           by operation: whether it is in doubt which of several that always hold it calls it
    root, lost        by operation: the score of being a root; that of having lost its parent
    asks              by operation: what it asks of its callers, see `kinds`
    named             by operation: as in Told
    agrees, differs   by operation: what it adds to the score of a candidate that it and the child name one another; or others
    ragged            whether ends that lines alone tell are often too early
    reliable          by operation: where parents are known, the share of those that were sure that is right; 1 for nearly all
    paces             the turns of timelines
    """

    def __init__(self, model: Model) -> None:
        operations = sorted({key for pair in model.pairs for key in pair if key[2] != LOOP} - {ROOT})
        self._loops = {service for _, (service, _, kind) in model.pairs if kind == LOOP}
        services = sorted({service for service, _, _ in operations})
        self._number = {key: at for at, key in enumerate(operations)}
        self._service_number = {name: at for at, name in enumerate(services)}
        many = self._many = len(operations) + 1
        self._known, self._seen, roots = np.zeros(many), np.zeros(many), np.zeros(many)
        self._met = np.zeros(many, bool)
        self.unsteady, self.doubted = np.zeros((2, many), bool)
        self.reliable = np.ones(many)
        self.asks = np.zeros(many, np.int64)
        self.named, self._chance = np.full((2, many), 0.5)
        self._names = np.zeros(many, bool)
        calls_known, calls_seen = np.zeros((2, len(services) + 1, len(services) + 1))
        rows: list[tuple[float, ...]] = []
        self.ragged = (ROOT, ROOT) in model.pairs
        for (parent, child), told in model.pairs.items():
            if child == ROOT or child[2] == LOOP:
                continue
            of = self._number[child]
            self._known[of] += told.known
            self._seen[of] += told.seen
            if parent == ROOT:
                roots[of] = told.known
                self.reliable[of] = told.around / told.held if _unreliable(told) else 1.0
                self.unsteady[of], self.doubted[of], self.asks[of] = told.gate < STEADY, told.doubted, told.asks
                self.named[of], self._chance[of], self._names[of] = told.named, told.chance, told.names
                continue
            self._met[[of, self._number[parent]]] |= told.known > 0
            rows.append((self._number[parent] * many + of, *told))
            by, to = self._service_number[parent[0]], self._service_number[child[0]]
            calls_known[by, to] += told.known
            calls_seen[by, to] += told.seen
        rows.sort()
        self._codes = np.array([row[0] for row in rows], np.int64)
        self._told: Floats = np.array([*(row[1:] for row in rows), Told()], float).T  # the last stands for pairs not met
        once = self._told[Told._fields.index("known"), :-1] == 1
        self._new = NEW + np.bincount(self._codes[once] % many, minlength=many)
        own = [self._service_number[service] for service, _, _ in operations]
        self._operations_of = np.maximum(np.bincount(own, minlength=len(services) + 1), 1)
        self._lingers = self._codes[self._told[Told._fields.index("lingers"), :-1] > 0]
        self._calls = _shares(calls_known, calls_seen)
        self.known: Flags = self._known > 0
        self.any_known = bool(self.known.any())
        share = (roots + ADDED) / (self._known + BACK_OFF + ADDED * many)
        self.root = np.where(self.known, np.maximum(np.log(share), FLOOR) - ROOT_COST, _NEVER)
        steady = ~self.unsteady
        steady[-1] = False
        self.lost = np.where(self.known | steady, LOST, _NEVER)
        self.agrees, self.differs = gains(self.named, self._chance)
        self.paces = Paces(model.turns)

    def as_known(self, forest: Forest) -> Forest:
        """The forest, with operations told apart by what they call only where the model tells of them so, and with names of what
        is called only where they count."""
        known = forest.renamed([self._as_known(key) for key in forest.operations])
        return known.hushed(~self._names[self.numbers(known.operations)])

    def _as_known(self, key: OperationKey) -> OperationKey:
        unheard, whole = self._many - 1, together(key)
        apart, of_whole = self._number.get(key, unheard), self._number.get(whole, unheard)
        return whole if apart == unheard or (self._known[of_whole] and not self._known[apart]) else key

    def numbers(self, operations: Sequence[OperationKey]) -> Ints:
        """The number of each operation."""
        return np.array([self._number.get(key, self._many - 1) for key in operations], np.int64)

    def lingers(self, operations: Sequence[OperationKey]) -> Ints:
        """Forest.lingers of these operations."""
        if not len(self._lingers):
            return self._lingers
        number = self.numbers(operations)
        code = (number[:, None] * self._many + number).ravel()
        found: Ints = np.flatnonzero(np.isin(code, self._lingers))
        return found

    def services(self, operations: Sequence[OperationKey]) -> Ints:
        """The number of each operation's service, for `of`."""
        unheard = len(self._service_number)
        return np.array([self._service_number.get(service, unheard) for service, _, _ in operations], np.int64)

    def loops(self, operations: Sequence[OperationKey]) -> Flags:
        """Whether the service of each operation runs many things at a time on one thread."""
        return np.array([service in self._loops for service, _, _ in operations], bool)

    def of(self, parent: Ints, child: Ints, by: Ints, to: Ints) -> Pairs:
        """What is told of pairs of operations; by, to: their services. Callers that no lesson has met count as times show
        them, beside those that are known."""
        told = self._told[:, self._look(parent, child)]
        edges, seen, seen_gate, held, around, outlived, followed, most, regular, doubted, *_ = told
        known = self.known[child]
        total = np.where(known, self._known[child], self._seen[child])
        unmet = self._known[child] * seen / np.maximum(self._seen[child], 1)
        count = np.where(known, np.where(self._met[parent], edges, unmet), seen)
        share = (count + BACK_OFF * self._calls[by, to] + ADDED) / (total + BACK_OFF + ADDED * self._many)
        by_services = self._calls[by, to] / self._operations_of[by]
        new = self._new[child] * ((1 - ANYWHERE) * by_services + ANYWHERE / self._many)
        unheard = known & self._met[parent] & (edges == 0)
        beside = np.where(unheard, new / (total + self._new[child]), share)
        most_gate = np.where(parent == child, np.minimum(SEEN_GATE, seen_gate), SEEN_GATE * seen_gate)
        gate = (around + TRUST * most_gate) / (held + TRUST)
        return Pairs(
            np.maximum(np.log(share), FLOOR), np.maximum(np.log(beside), FLOOR), np.clip(gate, LEAST_GATE, MOST_GATE), seen_gate,
            edges, np.stack([edges - outlived - followed, outlived, followed]), most, regular > 0, doubted > 0,
        )  # fmt: skip

    def is_known(self, parent: Ints, child: Ints) -> Flags:
        """Whether an edge of a pair is known."""
        marked: Flags = self._told[0, self._look(parent, child)] > 0
        return marked

    def is_seen(self, parent: Ints, child: Ints) -> Flags:
        """Whether times show any call of a pair."""
        marked: Flags = self._told[1, self._look(parent, child)] > 0
        return marked

    def is_left(self, parent: Ints, child: Ints) -> Flags:
        """Whether times show that spans of the one do not wait for those of the other that they call."""
        at = self._look(parent, child)
        seen, left = self._told[1, at], self._told[Told._fields.index("left"), at] > 0
        marked: Flags = left & (seen > 0) & (seen >= SOME * self._seen[child])
        return marked

    def is_main(self, parent: Ints, child: Ints) -> Flags:
        """Whether times show that the child's operation is called by the other at least as often as not."""
        marked: Flags = self._told[1, self._look(parent, child)] >= MAIN * self._seen[child]
        return marked

    def _look(self, parent: Ints, child: Ints) -> Ints:
        """Where it stands what is told of pairs of operations."""
        if not len(self._codes):
            return np.zeros(len(parent), np.int64)
        code = parent * self._many + child
        at = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        return np.where(self._codes[at] == code, at, len(self._codes))


def _unreliable(told: Told) -> bool:
    """Whether, as far as chance lets tell (a standard deviation), too many of the parents that were sure are wrong."""
    wrong = told.held - told.around
    return wrong + math.sqrt(wrong) > (1 - RELIABLE) * told.held


def _shares(known: Floats, seen: Floats) -> Floats:
    """For each called service (column) the share of its callers: known calls where there are any, else seen ones.

    How often a service calls itself is taken from what is seen: spans that are known may be of another grain.
    """
    own = np.diag(seen) / np.maximum(seen.sum(0), 1e-9)
    shares: Floats = np.zeros_like(seen)
    for counts in (seen, known):
        others = counts - np.diag(np.diag(counts))
        total = others.sum(0)
        shares = np.where(total > 0, others / np.maximum(total, 1e-9), shares)
    shares = shares * (1 - own)
    shares[np.arange(len(own)), np.arange(len(own))] = own
    return shares


def tables_of(model: Model) -> Tables:
    """The tables of a model. Those that were asked for last are kept: traces that are rebuilt one by one are of one store, and to
    make them takes longer than to rebuild a trace."""
    found = _last.get(model.version)
    if found is None:
        found = Tables(model)
        _last.clear()
        _last[model.version] = found
    return found


_last: dict[int, Tables] = {}
"""By the version of the model."""
