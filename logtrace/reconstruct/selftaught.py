"""The model of a store with the paces of its operations: what known traces show, and what the traces themselves do once
their parents are inferred, again and again.

    model without paces → parents → paces → parents → paces …      (expectation maximisation, each trace by its best trees)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from logtrace.reconstruct.clocks import Clock
from logtrace.reconstruct.decide import best, rechosen
from logtrace.reconstruct.forest import UNKNOWN_PARENT, Forest
from logtrace.reconstruct.paces import Pace, Paces, Step, joined, paces
from logtrace.reconstruct.priors import Lesson, Model, learned
from logtrace.reconstruct.scorer import weigh
from logtrace.reconstruct.tables import Tables

ROUNDS = 3

MOST_SPANS = 12_000
"""So many spans show the paces well enough."""


def taught(forest: Forest, lessons: Sequence[Lesson] = (), clocks: Iterable[Clock] = ()) -> Model:
    """The model that whole traces show, with lessons from elsewhere. The forest is by the common clock; its traces have to
    come in an order that does not depend on how they were read."""
    model = learned(forest, lessons, clocks)
    if not (forest.named == UNKNOWN_PARENT).any():
        return model
    known = joined(lesson.steps for lesson in lessons)
    return Model.of(model.pairs, model.clocks, _shown(forest.up_to(MOST_SPANS), Tables(model), known))


def _shown(forest: Forest, tables: Tables, known: dict[Step, Pace]) -> dict[Step, Pace]:
    """The steps that the traces show, with those that are known."""
    scored = weigh(forest, tables)
    first = best(forest, scored)
    steps = known
    for _ in range(ROUNDS):
        if steps:
            chosen = rechosen(forest, scored, first, tables, Paces(steps))
        else:
            chosen = first
        above = np.where(chosen.parent >= 0, chosen.parent, np.maximum(forest.named, -1))
        steps = joined([known, paces(forest, above)])
    return steps
