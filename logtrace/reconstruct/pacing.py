"""The parents of all spans of a trace at once, where several spans could have made a call: the trees that fit the paces of
operations best, found going through the trace in the order of its times.

    time  ─────────────────────────▶        each tree so far has a state for every span that runs: what happened in it last,
    a |────────────────────|                and when. A span that begins goes to each of its candidates in turn; a span that
       b |─────────────|                    ends closes its timeline. Of all trees the BEAM best go on.
           c |──|   d |──|                  (A beam search over the products of the steps' likelihoods; their shares at the
                                            end are those of the trees.)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.candidates import HELD, TOGETHER
from logtrace.reconstruct.forest import UNKNOWN_PARENT, Flags, Floats, Forest, Ints
from logtrace.reconstruct.paces import BEHIND, BESIDE
from logtrace.reconstruct.scorer import Scored
from logtrace.reconstruct.timelines import Paces

BEAM = 16
"""So many trees of a trace are followed."""

WIDTH, LEAST = 8, 0.001
"""So many candidates of a span are tried: those whose shares are the largest, and not that small beside the best one's. Where
the best one holds the span, others have to do so as well, unless calls of its operation are known: a call that was not waited
for is more than a matter of pace."""

SETTLED = 0.95
"""A trace all of whose spans have candidates of such shares is left as it is."""

TRUSTED, UNTAUGHT = 1.0, 0.5
"""How much the shares that the candidates have without paces count beside these: of operations of which edges are known, and
of others."""

WIDTHS = (0, 1, 2, 4, WIDTH)
"""Spans of about as many candidates are looked at together."""

ROOM = 1 << 14
"""Spans that are looked at together."""

_LITTLE = 1e-12


class Paced(NamedTuple):
    """By span: the place of its parent (-1: none), the share of the trees that say so, and whether there was a choice."""

    parent: Ints
    share: Floats
    open: Flags


def paced(forest: Forest, scored: Scored, above: Ints, table: Paces, known: Flags) -> Paced:
    """Parents anew for spans with several candidates.

    above: the places of the parents as they are named or chosen so far; known: spans of whose operation some edge is known.
    """
    options = _options(forest, scored, above, known)
    found = Paced(above.copy(), np.ones(len(above)), options.open)
    if options.open.any():
        for block in _blocks(forest, options):
            _search(forest, options, table, block, found)
    return found


class _Options(NamedTuple):
    """open: which spans have a choice; several: of how many; parent, prior: rows of candidates of a span (-1: none) and what
    speaks for each; kept: spans that matter for the choice."""

    open: Flags
    several: Ints
    parent: Ints
    prior: Floats
    kept: Flags


def _options(forest: Forest, scored: Scored, above: Ints, known: Flags) -> _Options:
    child, parent, share, rank = _tried(forest, scored, above, known)
    many, trust = len(above), np.where(known, TRUSTED, UNTAUGHT)
    choice = np.bincount(child, minlength=many)
    several = choice > 1
    doubted = np.isin(forest.trace, forest.trace[child[(rank == 0) & (share < SETTLED)]])
    several &= doubted
    rows, priors = np.full((many, WIDTH), -1), np.full((many, WIDTH), -np.inf)
    rows[child, rank] = parent
    priors[child, rank] = trust[child] * np.log(np.maximum(share, _LITTLE))
    rows[~several, 0], priors[~several, 0] = above[~several], 0.0
    matters = np.zeros(many + 1, bool)  # the last stands for no parent
    matters[parent[several[child]]] = True
    return _Options(several, np.where(several, choice, 1), rows, priors, matters[:-1] | several | matters[above])


def _tried(forest: Forest, scored: Scored, above: Ints, known: Flags) -> tuple[Ints, Ints, Floats, Ints]:
    """(child, parent, share, rank among the child's) of candidates. Where times are coarse, a parent may begin after its
    child: such traces are left as they are, and very large ones."""
    pairs, place = scored.pairs, np.arange(len(above))
    order = np.lexsort((-np.round(scored.share, 6), pairs.child))
    child, parent, share, relation = pairs.child[order], pairs.parent[order], scored.share[order], pairs.relation[order]
    first = np.flatnonzero(np.diff(child, prepend=-1))
    group = np.cumsum(np.diff(child, prepend=-1) != 0) - 1
    rank = np.arange(len(child)) - first[group]
    fits = (np.bincount(forest.trace) <= TOGETHER) & (np.bincount(forest.trace, above > place) == 0)
    tried = (rank < WIDTH) & (share >= LEAST * share[first][group]) & (parent < child) & fits[forest.trace[child]]
    tried &= (forest.named[child] == UNKNOWN_PARENT) & (above[child] >= 0)
    tried &= (relation == HELD) | (relation[first] != HELD)[group] | known[child]
    child = child[tried]
    rank = np.arange(len(child)) - np.searchsorted(child, child)
    return child, parent[tried], share[tried], rank


def _blocks(forest: Forest, options: _Options) -> Iterator[Ints]:
    """The kept spans of traces with a choice, as blocks: a row for each trace, filled up with -1; traces of about one size
    lie together."""
    asked = np.bincount(forest.trace, options.open) > 0
    places = np.flatnonzero(options.kept & asked[forest.trace])
    _, first, size = np.unique(forest.trace[places], return_index=True, return_counts=True)
    order = np.argsort(size, kind="stable")
    low = 0
    while low < len(order):
        high = low + 1
        while high < len(order) and (high - low + 1) * size[order[high]] <= ROOM:
            high += 1
        part = order[low:high]
        column = np.arange(size[part].max())
        at = np.minimum(first[part][:, None] + column, len(places) - 1)
        yield np.where(column < size[part][:, None], places[at], -1)
        low = high


class _Trees:
    """The trees of each trace of a block: their weights, the parents, and of each span its state, since when it has been in
    it, how many of its calls have not answered, whether it has ended, and whether its caller waits for it.

    Spans are named by their columns in the block.
    """

    def __init__(self, operation: Ints, table: Paces) -> None:
        traces, columns = operation.shape
        self.operation, self.table = operation, table
        self.weight = np.full((traces, BEAM), -np.inf)
        self.weight[:, 0] = 0.0
        self.state = np.repeat(table.begins(operation)[:, None], BEAM, 1)
        self.since, self.running, self.parent = np.zeros((3, traces, BEAM, columns), np.int64)
        self.parent -= 1
        self.ended, self.awaited = np.zeros((2, traces, BEAM, columns), bool)

    def begin(self, trace: Ints, column: Ints, now: Ints, options: Ints, prior: Floats) -> None:
        """A span of each of these traces begins. options, prior: its candidates (-1: none) and what speaks for them."""
        parent = np.maximum(options, 0)[:, None, :]
        at = trace[:, None, None], np.arange(BEAM)[None, :, None], parent
        called = self.operation[trace, column][:, None, None]
        when = np.where(self.running[at] > 0, BESIDE, BEHIND)
        gap = now[:, None, None] - self.since[at]
        gain = self.table.likelihood(self.state[at], self.ended[at], called, when, gap)
        weight = self.weight[trace][:, :, None] + np.where(options[:, None, :] >= 0, gain, 0.0) + prior[:, None, :]
        weight = weight.reshape(len(trace), -1)
        best = np.argsort(-weight, axis=1, kind="stable")[:, :BEAM]
        self.weight[trace] = np.take_along_axis(weight, best, 1)
        chosen = np.take_along_axis(options, best % options.shape[1], 1)
        if options.shape[1] > 1:
            self._keep(trace, best // options.shape[1])
        self.parent[trace, :, column] = chosen
        self.since[trace, :, column] = now[:, None]
        row, tree = np.nonzero(chosen >= 0)
        self._called(trace[row], tree, chosen[row, tree], column[row], now[row])

    def _called(self, trace: Ints, tree: Ints, parent: Ints, column: Ints, now: Ints) -> None:
        """In these trees the parents have called the spans of these columns."""
        at, operation = (trace, tree, parent), self.operation[trace, column]
        awaited = self.ended[at] | ~self.table.alone(self.state[at], operation)
        self.awaited[trace, tree, column] = awaited
        self.running[at] += awaited
        self.since[at] = np.where(awaited, now, self.since[at])
        self.state[at] = self.table.called(self.state[at], operation)

    def end(self, trace: Ints, column: Ints, now: Ints, told: Flags) -> None:
        """A span of each of these traces ends. told: it does so here, not at its last line at the earliest."""
        own = trace[told, None], np.arange(BEAM)[None, :], column[told, None]
        self._ends(own, now[told, None])
        parent = self.parent[trace, :, column]
        row, tree = np.nonzero((parent >= 0) & self.awaited[trace, :, column])
        at = trace[row], tree, parent[row, tree]
        self.running[at] -= 1
        self.since[at] = np.where(self.running[at] > 0, self.since[at], now[row])

    def _ends(self, own: tuple[Ints, Ints, Ints], now: Ints) -> None:
        when = np.where(self.running[own] > 0, BESIDE, BEHIND)
        what = np.full(when.shape, self.table.ends)
        self.weight[own[0], own[1]] += self.table.likelihood(self.state[own], self.ended[own], what, when, now - self.since[own])
        self.since[own] = np.where(when == BESIDE, self.since[own], now)
        self.ended[own] = True

    def stop(self, kept: Flags) -> None:
        """Nothing more comes. kept: columns with a span."""
        what = np.full(self.state.shape, self.table.stops)
        chance = self.table.likelihood(self.state, self.ended, what, np.zeros_like(what), None)
        self.weight += np.round((chance * kept[:, None, :]).sum(axis=2), 6)

    def shares(self) -> tuple[Ints, Floats]:
        """By trace and column: the parent that most trees have, by weight, and their share."""
        weight = np.exp(self.weight - self.weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        agreed = np.stack([((self.parent == self.parent[:, [tree]]) * weight[:, :, None]).sum(axis=1) for tree in range(BEAM)])
        best = np.round(agreed, 6).argmax(axis=0)
        trace, column = np.indices(best.shape)
        return self.parent[trace, best, column], agreed[best, trace, column]

    def _keep(self, trace: Ints, tree: Ints) -> None:
        """Of some traces these trees go on."""
        rows = trace[:, None]
        for each in (self.state, self.since, self.running, self.ended, self.awaited, self.parent):
            each[trace] = each[rows, tree]


def _search(forest: Forest, options: _Options, table: Paces, block: Ints, found: Paced) -> None:
    """Writes the parents and shares of a block's spans that have a choice."""
    kept = block >= 0
    column_of = np.full(len(forest.key) + 1, -1)
    column_of[block[kept]] = np.nonzero(kept)[1]
    trees = _Trees(table.numbers(forest.operations)[forest.operation[block]], table)
    for trace, column, now, ends in _moments(forest, block):
        places = block[trace, column]
        several = np.where(ends, 0, options.several[places])
        for least, width in pairwise(WIDTHS):
            which = (several > least) & (several <= width)
            if which.any():
                parents = column_of[options.parent[places[which], :width]]
                trees.begin(trace[which], column[which], now[which], parents, options.prior[places[which], :width])
        if ends.any():
            trees.end(trace[ends], column[ends], now[ends], ~forest.open_end[places[ends]])
    trees.stop(kept)
    parent, share = trees.shares()
    row, column = np.nonzero(kept & options.open[block])
    found.parent[block[row, column]] = block[row, parent[row, column]]
    found.share[block[row, column]] = share[row, column]


def _moments(forest: Forest, block: Ints) -> Iterator[tuple[Ints, Ints, Ints, Flags]]:
    """What happens next in each trace that goes on: (row of the block, column, time, whether the span ends)."""
    row, column = np.nonzero(block >= 0)
    place = block[row, column]
    traces, columns = np.concatenate([row, row]), np.concatenate([column, column])
    times = np.concatenate([forest.start[place], forest.end[place]])
    ends = np.arange(len(times)) >= len(place)
    order = np.lexsort((np.where(ends, -columns, columns), ends, times, traces))
    first = np.searchsorted(traces[order], np.arange(len(block)))
    many = np.bincount(traces, minlength=len(block))
    for step in range(int(many.max())):
        at = order[first[many > step] + step]
        yield traces[at], columns[at], times[at], ends[at]
