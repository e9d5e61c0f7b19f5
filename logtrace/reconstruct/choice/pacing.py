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
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.evidence.scorer import Scored
from logtrace.reconstruct.forest.candidates import HELD, TOGETHER
from logtrace.reconstruct.forest.columns import UNKNOWN_PARENT, Flags, Floats, Forest, Ints
from logtrace.reconstruct.pace.beam import Trees
from logtrace.reconstruct.pace.moments import Moments
from logtrace.reconstruct.pace.timelines import Paces

WIDTH, LEAST = 8, 0.001
"""So many candidates of a span are tried: those whose shares are the largest, and not that small beside the best one's. Where
the best one holds the span, others have to do so as well, unless calls of its operation are known: a call that was not waited
for is more than a matter of pace."""

SETTLED = 0.95
"""A trace all of whose spans have candidates of such shares is left as it is."""

TRUSTED, UNTAUGHT = 1.0, 0.5
"""How much the shares that the candidates have without paces count beside these: of operations of which edges are known, and
of others."""

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
    place, enough = np.arange(len(above)), np.flatnonzero(scored.share >= LEAST * scored.pairs.largest(scored.share))
    pairs, share = scored.pairs.where(enough), scored.share[enough]
    order = np.lexsort((-np.round(share, 6), pairs.child))
    child, parent, share, relation = pairs.child[order], pairs.parent[order], share[order], pairs.relation[order]
    first = np.flatnonzero(np.diff(child, prepend=-1))
    group = np.cumsum(np.diff(child, prepend=-1) != 0) - 1
    rank = np.arange(len(child)) - first[group]
    fits = (np.bincount(forest.trace) <= TOGETHER) & (np.bincount(forest.trace, above > place) == 0)
    tried = (rank < WIDTH) & (parent < child) & fits[forest.trace[child]]
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


def _search(forest: Forest, options: _Options, table: Paces, block: Ints, found: Paced) -> None:
    """Writes the parents and shares of a block's spans that have a choice."""
    moments = Moments(forest, block, options.parent, options.several)
    trees = Trees(len(block), moments.slots, table)
    operation = table.numbers(forest.operations)[forest.operation]
    for now in moments:
        begun, ended = np.flatnonzero(~now.ends), np.flatnonzero(now.ends)
        several = options.several[now.place[begun]]
        for some in (begun[several == 1], begun[several > 1]):
            if len(some):
                place = now.place[some]
                width = options.several[place].max()
                trees.begin(
                    now.row[some], now.slot[some], now.time[some], operation[place],
                    now.callers[some, :width], options.prior[place, :width], place,
                )  # fmt: skip
        if len(ended):
            trees.end(now.row[ended], now.slot[ended], now.time[ended], ~forest.open_end[now.place[ended]])
        if len(now.done_row):
            trees.stop(now.done_row, now.done_slot)
    for place, best, share in trees.chosen():
        found.parent[place], found.share[place] = options.parent[place, best], share
