"""The model of a store with the paces of its operations: what known traces show, and what the traces themselves do once
their parents are inferred, again and again.

    model without paces → parents → paces → parents → paces …      (expectation maximisation, each trace by its best trees)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from logtrace.reconstruct.clocks import Clock
from logtrace.reconstruct.decide import above_of, best, rechosen
from logtrace.reconstruct.forest import UNKNOWN_PARENT, Forest
from logtrace.reconstruct.paces import Pace, Paces, Step, joined, paces
from logtrace.reconstruct.priors import ROOT, Lesson, Model, Pair, Told, learned
from logtrace.reconstruct.scorer import weigh
from logtrace.reconstruct.tables import Tables

ROUNDS = 3

MOST_SPANS = 12_000
"""So many spans show the paces well enough."""

SURE = 0.8
"""What is said to be so sure has to be right."""


def taught(forest: Forest, lessons: Sequence[Lesson] = (), clocks: Iterable[Clock] = ()) -> Model:
    """The model that whole traces show, with lessons from elsewhere. The forest is by the common clock; its traces have to
    come in an order that does not depend on how they were read."""
    model = learned(forest, lessons, clocks)
    if not (forest.named == UNKNOWN_PARENT).any():
        return model
    known = [lesson.forest.up_to(MOST_SPANS) for lesson in lessons]
    known_steps = joined(paces(each, np.maximum(each.named, -1)) for each in known)
    own = forest.up_to(MOST_SPANS)
    steps = _shown(own, Tables(model), _of_ends(known_steps, forest))
    pairs = dict(model.pairs)
    for each in (*known, own):
        for pair, (sure, right) in _asked_again(each, Tables(Model.of(model.pairs, steps=steps))).items():
            told = pairs.get(pair, Told())
            pairs[pair] = told._replace(held=told.held + sure, around=told.around + right)
    return Model.of(pairs, model.clocks, steps)


def _of_ends(steps: dict[Step, Pace], forest: Forest) -> dict[Step, Pace]:
    """The steps of operations of whose spans the forest knows the ends: lines between them have a pace of their own."""
    many = np.bincount(forest.operation, minlength=len(forest.operations))
    open_ = np.bincount(forest.operation, forest.open_end, len(forest.operations)) > many / 2
    ragged = {forest.operations[at] for at in np.flatnonzero(open_).tolist()}
    return {step: pace for step, pace in steps.items() if ragged.isdisjoint((step[0], step[1][1], step[2][1]))}


def _shown(forest: Forest, tables: Tables, known: dict[Step, Pace]) -> dict[Step, Pace]:
    """The steps that the traces show, with those that are known."""
    scored = weigh(forest, tables)
    first = chosen = best(forest, scored)
    steps = known
    for _ in range(ROUNDS):
        if steps:
            chosen = rechosen(forest, scored, first, tables, Paces(steps))
        steps = joined([known, paces(forest, above_of(forest, chosen))])
    return steps


def _asked_again(forest: Forest, tables: Tables) -> dict[Pair, tuple[int, int]]:
    """By (ROOT, operation) of spans whose parents are known: how many get a parent for sure when all of these are hidden,
    and how many of them the right one."""
    if (forest.named < 0).all():
        return {}
    hidden = forest._replace(named=np.full(len(forest.named), UNKNOWN_PARENT))
    scored = weigh(hidden, tables)
    chosen = rechosen(hidden, scored, best(hidden, scored), tables, tables.paces)
    sure = (chosen.parent >= 0) & (chosen.confidence >= SURE) & (forest.named != UNKNOWN_PARENT)
    of = forest.operation[sure]
    many = np.bincount(of, minlength=len(forest.operations))
    right = np.bincount(of, chosen.parent[sure] == forest.named[sure], len(forest.operations))
    return {(ROOT, forest.operations[i]): (int(many[i]), int(right[i])) for i in np.flatnonzero(many).tolist()}
