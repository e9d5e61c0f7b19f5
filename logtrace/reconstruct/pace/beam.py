"""The trees of traces that fit paces best, as a beam search follows them: many traces at once, of each the BEAM best trees.

Trees that differ in nothing that still runs go on as one, whose chance is that of all of them; what each had chosen before is
told apart going back, as in the forward-backward algorithm. So that what was in doubt once takes no room from what is now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash

from logtrace.distinct import distinct
from logtrace.reconstruct.forest.columns import Flags, Floats, Ints
from logtrace.reconstruct.pace.timelines import Paces

BEAM = 16
"""So many trees of a trace are followed."""

FAR = 14.0
"""Trees whose ln is so far below the best one's are given up: their shares are below all that is told."""

_FINE, _LEAST = 1e6, -1e9
"""Weights are compared as whole numbers of so many parts, which processors sort many at a time; and none is less than that."""

_TREES = np.arange(BEAM)


class _Choice(NamedTuple):
    """What some spans were given to: by trace and tree the candidate, and the tree before that went on with it."""

    row: Ints
    place: Ints
    candidate: Ints
    origin: Ints


class _Meeting(NamedTuple):
    """Trees of some traces that went on as one: by trace and tree which one, and what share of its chance is the tree's."""

    row: Ints
    into: Ints
    share: Floats


class Trees:
    """Of each trace (a row) the trees so far, with a state for each span that runs, in its slot:

    since     since when it has been in it
    context   the state of its timeline, twice, and whether it has ended
    running   how many of its calls have not answered
    caller    the slot of its parent, twice, and whether that waits for it (below 0: no parent)
    """

    def __init__(self, rows: int, slots: int, table: Paces) -> None:
        self._table = table
        self._weight = np.full((rows, BEAM), -np.inf)
        self._weight[:, 0] = 0.0
        self._all = np.zeros((rows, BEAM, slots, 2), np.int64)  # one piece of memory, as trees are copied at each choice
        self._since = self._all[..., 0]
        self._context: npt.NDArray[Any] = self._all.view(np.int32)[..., 2]
        self._running, self._caller = (self._all.view(np.int16)[..., at] for at in (6, 7))
        self._mixing = np.array([xxhash.xxh3_64_intdigest(b"%d" % at) | 1 for at in range(2 * slots)], np.uint64).view(np.int64)
        self._history: list[_Choice | _Meeting] = []

    def begin(self, row: Ints, slot: Ints, now: Ints, operation: Ints, callers: Ints, prior: Floats, place: Ints) -> None:
        """A span of each of these traces begins. callers, prior: the slots of its candidates, as many as the widest one has,
        and what speaks for them; an only one may be none (-1)."""
        weight = self._gains(row, now, operation, callers) + prior[:, None, :]
        if callers.shape[1] == 1:
            self._weight[row] = weight[:, :, 0]
            chosen = np.repeat(callers, BEAM, 1)
        else:
            chosen = self._choose(row, weight, callers, place)
        self._since[row, :, slot] = now[:, None]
        self._context[row, :, slot] = 2 * self._table.begins(operation)[:, None]
        self._running[row, :, slot] = 0
        self._caller[row, :, slot] = -1
        some, tree = np.nonzero(chosen >= 0)
        self._called(row[some], tree, chosen[some, tree], slot[some], now[some], operation[some])

    def _gains(self, row: Ints, now: Ints, operation: Ints, callers: Ints) -> Floats:
        """By span, tree and candidate: the tree's weight with such a call; -inf where there is none."""
        weight = self._weight[row]
        alive = (weight > weight.max(axis=1, keepdims=True) - FAR)[:, :, None]
        cells = alive & (callers >= 0)[:, None, :]
        possible = alive if callers.shape[1] == 1 else cells
        found: Floats = np.where(possible, weight[:, :, None], -np.inf)
        span, tree, candidate = np.nonzero(cells)
        at = row[span], tree, callers[span, candidate]
        turn = 2 * operation[span] + (self._running[at] > 0)
        gain = self._table.likelihood(self._context[at], turn, now[span] - self._since[at])
        found[span, tree, candidate] += gain
        return found

    def _choose(self, row: Ints, weight: Floats, callers: Ints, place: Ints) -> Ints:
        """By span and tree: the slot of the candidate with which the best trees go on; of equal ones the first."""
        width = callers.shape[1]
        weight = weight.reshape(len(row), -1)
        last = weight.shape[1] - 1
        fine = (np.maximum(weight, _LEAST) * _FINE).astype(np.int64) * (last + 1) + (last - np.arange(last + 1))
        best = last - np.sort(fine, axis=1)[:, : last - BEAM : -1] % (last + 1)
        origin, candidate = np.divmod(best, width)
        self._weight[row] = np.take_along_axis(weight, best, 1)
        flat = (row[:, None] * BEAM + origin).ravel()
        rows, trees, slots, fields = self._all.shape
        self._all[row] = self._all.reshape(rows * trees, slots * fields).take(flat, axis=0).reshape(-1, trees, slots, fields)
        self._history.append(_Choice(row, place, candidate, origin))
        return np.take_along_axis(callers, candidate, 1)

    def _called(self, row: Ints, tree: Ints, caller: Ints, slot: Ints, now: Ints, operation: Ints) -> None:
        """In these trees the callers have called what is in these slots."""
        at = row, tree, caller
        context = self._context[at]
        state, ended = context >> 1, context & 1
        awaited = (ended > 0) | ~self._table.alone(state, operation)
        self._caller[row, tree, slot] = 2 * caller + awaited
        self._running[at] += awaited
        self._since[at] = np.where(awaited, now, self._since[at])
        self._context[at] = 2 * self._table.called(state, operation) + ended

    def end(self, row: Ints, slot: Ints, now: Ints, told: Flags) -> None:
        """A span of each of these traces ends. told: it does so here, not at its last line at the earliest."""
        own = row[:, None], _TREES, slot[:, None]
        self._ends((row[told, None], _TREES, slot[told, None]), now[told, None])
        caller = self._caller[own]
        some, tree = np.nonzero((caller >= 0) & (caller & 1 > 0))
        at = row[some], tree, caller[some, tree] >> 1
        running = self._running[at] - 1
        self._running[at] = running
        self._since[at] = np.where(running > 0, self._since[at], now[some])

    def _ends(self, own: tuple[Ints, Ints, Ints], now: Ints) -> None:
        beside = self._running[own] > 0
        context, since = self._context[own], self._since[own]
        gain = self._table.likelihood(context, 2 * self._table.ends + beside, now - since)
        self._weight[own[0][:, 0]] += gain
        self._since[own] = np.where(beside, since, now)
        self._context[own] = context | 1

    def stop(self, row: Ints, slot: Ints) -> None:
        """Nothing more comes of these spans, nor is anything else given to them."""
        context = self._context[row, :, slot]
        np.add.at(self._weight, row, self._table.likelihood(context, np.full_like(context, 2 * self._table.stops), None))
        self._all[row, :, slot] = 0
        self._meet(distinct(row))

    def _meet(self, row: Ints) -> None:
        """Trees of these traces that differ in nothing that still runs go on as the first of them."""
        weight = self._weight[row]
        alive = weight > -np.inf
        several = np.flatnonzero(alive.sum(axis=1) > 1)
        row, weight, alive = row[several], weight[several], alive[several]
        mixed = self._all[row].reshape(len(row), BEAM, len(self._mixing)) @ self._mixing
        same = (mixed[:, :, None] == mixed[:, None, :]) & alive[:, :, None] & alive[:, None, :]
        into = np.where(alive, same.argmax(axis=2), _TREES)
        met = np.flatnonzero((into != _TREES).any(axis=1))
        if not len(met):
            return
        row, weight, alive, into = row[met], weight[met], alive[met], into[met]
        top = weight.max(axis=1, keepdims=True)
        at = np.arange(len(row))[:, None] * BEAM + into
        chance = np.exp(weight - top)
        total = np.bincount(at.ravel(), chance.ravel(), len(row) * BEAM)
        share = chance / np.where(alive, total[at], 1.0)
        together = np.full(len(total), -np.inf)
        np.log(total, out=together, where=total > 0)
        self._weight[row] = np.where(into == _TREES, together.reshape(-1, BEAM) + top, -np.inf)
        self._history.append(_Meeting(row, into, share))

    def chosen(self) -> Iterator[tuple[Ints, Ints, Floats]]:
        """(places of spans that had a choice, the candidate that most trees have, by weight, and their share)."""
        chance = np.exp(self._weight - self._weight.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        for step in reversed(self._history):
            own, each = chance[step.row], np.arange(len(step.row))[:, None]
            if isinstance(step, _Meeting):
                chance[step.row] = own[each, step.into] * step.share
                continue
            width = int(step.candidate.max()) + 1
            agreed = np.bincount((each * width + step.candidate).ravel(), own.ravel(), len(own) * width).reshape(-1, width)
            best = np.round(agreed, 6).argmax(axis=1)
            yield step.place, best, agreed[each[:, 0], best]
            chance[step.row] = np.bincount((each * BEAM + step.origin).ravel(), own.ravel(), own.size).reshape(-1, BEAM)
