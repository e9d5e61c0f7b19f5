"""How a Model is learned: from spans with known parents, and from what times show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.evidence.nesting import nesting
from logtrace.reconstruct.evidence.priors import ROOT, Model, Pair, Told
from logtrace.reconstruct.forest.candidates import AFTER, HELD, OUTLIVES, candidates, relations
from logtrace.reconstruct.forest.columns import NO_FOREST, NO_PARENT, UNKNOWN_PARENT, Forest, Ints
from logtrace.reconstruct.spans.clocks import Clock
from logtrace.reconstruct.spans.naming import OperationKey

_DEEP = 64


class Edges(NamedTuple):
    """What is known of the edges of a pair of operations, as in Told. whole: whether all of a trace's are known that has some;
    most is of all traces."""

    known: int
    outlived: int = 0
    followed: int = 0
    most: int = 0
    whole: bool = False

    def added_to(self, told: Told) -> Told:
        """What these and earlier edges tell."""
        return told._replace(
            known=told.known + self.known, outlived=told.outlived + self.outlived, followed=told.followed + self.followed,
            most=max(told.most, self.most),
        )  # fmt: skip


class Lesson(NamedTuple):
    """What spans with known parents teach: edges by pair of operations, (held, around) as in Told, and the spans."""

    edges: dict[Pair, Edges]
    holds: dict[Pair, tuple[int, int]]
    forest: Forest

    def renamed(self, new: Callable[[Iterable[OperationKey]], list[OperationKey]]) -> Lesson:
        """The same, by other keys of operations; what is told of those that have the same adds up."""
        keys = list(dict.fromkeys([*(key for pair in (*self.edges, *self.holds) for key in pair), *self.forest.operations]))
        by = dict(zip(keys, new(keys), strict=True))
        if all(key == to for key, to in by.items()):
            return self
        forest = self.forest.renamed([by[key] for key in self.forest.operations])
        seen, edges = _known_edges(forest), dict[Pair, Edges]()
        for (parent, child), told in self.edges.items():
            pair = by[parent], by[child]
            before = edges.get(pair, Edges(0))
            edges[pair] = Edges(
                before.known + told.known, before.outlived + told.outlived, before.followed + told.followed,
                seen[pair].most if pair in seen else before.most + told.most, before.whole or told.whole,
            )  # fmt: skip
        holds: dict[Pair, tuple[int, int]] = {}
        for (parent, child), (held, around) in self.holds.items():
            before_held, before_around = holds.get((by[parent], by[child]), (0, 0))
            holds[by[parent], by[child]] = before_held + held, before_around + around
        return Lesson(edges, holds, forest)


NO_LESSON = Lesson({}, {}, NO_FOREST)


def lesson(forest: Forest) -> Lesson:
    """What lines of these spans name."""
    return Lesson(_known_edges(forest), _known_holds(forest), forest)


def _known_edges(forest: Forest) -> dict[Pair, Edges]:
    child = np.flatnonzero(forest.named >= 0)
    parent = forest.named[child]
    relation = relations(forest, parent, child)
    edges = np.stack([forest.operation[parent], forest.operation[child]])
    late = [{tuple(pair): many for pair, many in _counted(edges[:, relation == of])} for of in (OUTLIVES, AFTER)]
    whole = ~np.isin(forest.trace[child], forest.trace[forest.named == UNKNOWN_PARENT])
    told = {(p, c) for (p, c), _ in _counted(edges[:, whole])}
    most: dict[tuple[int, int], int] = {}
    for (_, p, c), many in _counted(np.stack([parent, *edges])):
        most[p, c] = max(most.get((p, c), 0), many)
    counts = {
        (forest.operations[p], forest.operations[c]): Edges(
            many, late[0].get((p, c), 0), late[1].get((p, c), 0), most[p, c], (p, c) in told
        )
        for (p, c), many in _counted(edges)
    }
    for (root,), many in _counted(forest.operation[forest.named == NO_PARENT][None, :]):
        counts[ROOT, forest.operations[root]] = Edges(many)
    return counts


def _counted(columns: Ints) -> list[tuple[list[int], int]]:
    distinct, counts = np.unique(columns, axis=1, return_counts=True)
    return list(zip(distinct.T.tolist(), counts.tolist(), strict=True))


def _known_holds(forest: Forest) -> dict[Pair, tuple[int, int]]:
    """How often one operation holds another and is then an ancestor, of children whose ancestors are all named."""
    if not (forest.named == NO_PARENT).any():
        return {}
    found = candidates(forest, every=True)
    found = found.where(found.relation == HELD)
    above = np.zeros(len(found.child), bool)
    at = found.child
    for _ in range(_DEEP):
        at = np.where(at >= 0, forest.named[np.maximum(at, 0)], at)
        above |= at == found.parent
    told = at == NO_PARENT
    pairs = np.stack([forest.operation[found.parent], forest.operation[found.child]])
    around = {tuple(pair): many for pair, many in _counted(pairs[:, above & told])}
    return {
        (forest.operations[p], forest.operations[c]): (many, around.get((p, c), 0)) for (p, c), many in _counted(pairs[:, told])
    }


def learned(forest: Forest, lessons: Iterable[Lesson] = (), clocks: Iterable[Clock] = ()) -> Model:
    """The model that whole traces show, with lessons from elsewhere. The forest is by the common clock.

    The forest's traces have to come in an order that does not depend on how they were read: sums are rounded last.
    """
    pairs: dict[Pair, Told] = {}
    whole: set[Pair] = set()
    for edges, holds in ((_known_edges(forest), _known_holds(forest)), *(each[:2] for each in lessons)):
        for pair, more in edges.items():
            pairs[pair] = more.added_to(pairs.get(pair, Told()))
            whole.update([pair] * more.whole)
        for pair, (held, around) in holds.items():
            told = pairs.get(pair, Told())
            pairs[pair] = told._replace(held=told.held + held, around=told.around + around)
    pairs = {pair: told if pair in whole else told._replace(most=0) for pair, told in pairs.items()}
    if (forest.named == UNKNOWN_PARENT).any():
        known = {child for (_, child), told in pairs.items() if told.known}
        shown = nesting(forest, np.array([operation in known for operation in forest.operations], np.bool_))
        for pair, seen, gate in shown.pairs:
            pairs[pair] = pairs.get(pair, Told())._replace(seen=seen, gate=gate)
        for pair in shown.doubted:
            pairs[pair] = pairs.get(pair, Told())._replace(doubted=True)
        for pair in shown.left:
            pairs[pair] = pairs.get(pair, Told())._replace(left=True)
        for pair in shown.lingers:
            pairs[pair] = pairs.get(pair, Told())._replace(lingers=True)
        for operation, asks in zip(forest.operations, shown.asks.tolist(), strict=True):
            if asks:
                pairs[ROOT, operation] = pairs.get((ROOT, operation), Told())._replace(asks=asks)
        for at in np.flatnonzero(shown.peers.cases > 0).tolist():
            pair, named, chance = (ROOT, forest.operations[at]), float(shown.peers.named[at]), float(shown.peers.chance[at])
            pairs[pair] = pairs.get(pair, Told())._replace(named=round(named, 3), chance=round(chance, 3))
        for at in np.flatnonzero(forest.naming).tolist():
            pair = ROOT, forest.operations[at]
            pairs[pair] = pairs.get(pair, Told())._replace(names=True)
    return Model.of(pairs, clocks)
