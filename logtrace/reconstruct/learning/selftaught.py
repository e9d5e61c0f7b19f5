"""The model of a store with the paces of its operations: what known traces show, and what the traces themselves do once
their parents are inferred, again and again.

    model without paces → parents → paces → parents → paces …      (expectation maximisation, each trace by its best trees)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from logtrace.reconstruct.choice.decide import PLAIN, above_of, best, rechosen
from logtrace.reconstruct.choice.rivals import behind_early
from logtrace.reconstruct.evidence.kinds import PART, SERVES, fitting
from logtrace.reconstruct.evidence.priors import FEWEST_CASES, LEAST_GATE, MOST_GATE, REGULAR, ROOT, Model, Pair, Told
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import HELD, candidates
from logtrace.reconstruct.forest.columns import COARSE_NS, NO_PARENT, UNKNOWN_PARENT, Forest, Ints
from logtrace.reconstruct.learning.accounts import accounted
from logtrace.reconstruct.learning.apart import rightly_told
from logtrace.reconstruct.learning.lessons import NO_LESSON, Lesson, learned, lesson
from logtrace.reconstruct.pace.paces import Pace, Turn, joined, paces
from logtrace.reconstruct.pace.timelines import Paces
from logtrace.reconstruct.spans.clocks import Clock

MOST_SPANS, FIRST_SPANS = 12_000, 4_000
"""So many spans show the paces well enough; and so many those that only lead to others."""

ACCOUNTED = 3_000
"""So many spans show who calls whom well enough."""

SETTLED = 0.6
"""Where less of all parents are right, spans of the operation are mixed up."""

EXPECTED = 2
"""Beside those that are sure so many count that are as often right as all are: where few are sure, more tell of them."""


def taught(forest: Forest, lessons: Sequence[Lesson] = (), clocks: Iterable[Clock] = ()) -> Model:
    """The model that whole traces show, with lessons from elsewhere. The forest is by the common clock; its traces have to
    come in an order that does not depend on how they were read."""
    forest, lessons = rightly_told(forest, lessons)
    model = learned(forest, lessons, clocks)
    if not (forest.named == UNKNOWN_PARENT).any():
        return model
    forest = forest._replace(lingers=Tables(model).lingers(forest.operations))
    model = _likelier(forest.up_to(ACCOUNTED), model)
    known = [lesson.forest.up_to(MOST_SPANS) for lesson in lessons]
    known_turns = joined(paces(each, np.maximum(each.named, -1)) for each in known)
    own = forest.up_to(MOST_SPANS)
    turns, above = _shown(own, Tables(model), _of_ends(known_turns, forest))
    pairs = dict(model.pairs)
    for operation in sorted(behind_early(own, above)):
        pair = ROOT, forest.operations[operation]
        pairs[pair] = pairs.get(pair, Told())._replace(doubted=True)
    for pair, share in _regular(own, above).items():
        pairs[pair] = pairs.get(pair, Told())._replace(regular=share)
    for each in (*known, own):
        for pair, (sure, right) in _asked_again(each, Tables(Model.of(model.pairs, turns=turns))).items():
            told = pairs.get(pair, Told())
            pairs[pair] = told._replace(held=told.held + sure, around=told.around + right)
    return Model.of(pairs, model.clocks, turns)


def _likelier(forest: Forest, model: Model) -> Model:
    """The model, with what it says of the callers of operations put right where others make the times more probable; not of those
    that names settle. In whatever order operations were read, they are looked at in that of their names."""
    forest = forest.by_name()
    tables = Tables(model)
    numbers = tables.numbers(forest.operations)
    pairs = candidates(forest)
    fit = fitting(forest, pairs, tables.asks[numbers])
    pairs = pairs._replace(relation=np.where(fit.around, HELD, pairs.relation)).where(fit.kept)
    first = above_of(forest, best(forest, weigh(forest, tables)))
    coarse = np.bincount(forest.operation, forest.grain >= COARSE_NS, len(numbers)) > 0
    alone = tables.unsteady[numbers] & ~coarse
    fixed = tables.known[numbers] | (tables.asks[numbers] % SERVES == PART)
    account = accounted(forest, first, fixed, pairs, alone)
    moved, doubted = ({forest.operations[at] for at in np.flatnonzero(which).tolist()} for which in account[1:])
    told_of = {pair: told for pair, told in model.pairs.items() if pair[1] not in moved or pair[0] == ROOT}
    shown = lesson(forest._replace(named=np.where(account.above >= 0, account.above, NO_PARENT))) if moved else NO_LESSON
    for pair, (held, around) in shown.holds.items():
        if pair[1] in moved:
            told_of[pair] = Told(gate=round(min(max(around / held, LEAST_GATE), MOST_GATE), 2))
    for pair, edges in shown.edges.items():
        if pair[1] in moved and pair[0] != ROOT:
            told_of[pair] = told_of.get(pair, Told())._replace(seen=float(edges.known))
    for pair, told in ((pair, told) for pair, told in model.pairs.items() if told.lingers or told.left):
        told_of[pair] = told_of.get(pair, Told())._replace(lingers=told.lingers, left=told.left)
    for operation in doubted:
        told_of[ROOT, operation] = told_of.get((ROOT, operation), Told())._replace(doubted=True)
    return Model.of(told_of, model.clocks)


def _of_ends(turns: dict[Turn, Pace], forest: Forest) -> dict[Turn, Pace]:
    """The turns of operations of whose spans the forest knows the ends: lines between them have a pace of their own."""
    many = np.bincount(forest.operation, minlength=len(forest.operations))
    open_ = np.bincount(forest.operation, forest.open_end, len(forest.operations)) > many / 2
    ragged = {forest.operations[at] for at in np.flatnonzero(open_).tolist()}
    return {turn: pace for turn, pace in turns.items() if ragged.isdisjoint((turn.operation, turn.call))}


def _shown(forest: Forest, tables: Tables, known: dict[Turn, Pace]) -> tuple[dict[Turn, Pace], Ints]:
    """The turns that the traces show, with those that are known, and the parents that they have by these."""
    turns, above = known, np.empty(0, np.int64)
    for part in (forest.up_to(FIRST_SPANS), forest.up_to(FIRST_SPANS), forest):
        scored = weigh(part, tables)
        chosen = best(part, scored)
        if turns:
            chosen = rechosen(part, scored, chosen, tables, Paces(turns))
        above = above_of(part, chosen)
        turns = joined([known, paces(part, above)])
    return turns, above


def _regular(forest: Forest, above: Ints) -> dict[Pair, float]:
    """How regular calls are, of operations of which enough is seen (see Told)."""
    many = len(forest.operations)
    spans = np.bincount(forest.operation, minlength=many)
    child = np.flatnonzero(above >= 0)
    groups, calls = np.unique(above[child] * many + forest.operation[child], return_counts=True)
    pair = forest.operation[groups // many] * many + groups % many
    kinds, cases = np.unique(np.stack([pair, calls]), axis=1, return_counts=True)
    pairs, place = np.unique(kinds[0], return_inverse=True)
    alike, edges = np.zeros((2, len(pairs)))
    np.maximum.at(alike, place, cases)
    np.add.at(edges, place, cases * kinds[1])
    parent, of = pairs // many, pairs % many
    share = np.minimum(alike / np.maximum(spans[parent], 1), edges / np.maximum(spans[of], 1))
    kept = np.flatnonzero((share >= REGULAR) & (spans[parent] >= FEWEST_CASES))
    return {(forest.operations[parent[at]], forest.operations[of[at]]): round(float(share[at]), 2) for at in kept.tolist()}


def _asked_again(forest: Forest, tables: Tables) -> dict[Pair, tuple[int, int]]:
    """By (ROOT, operation) of spans whose parents are known: how many get a parent for sure when all of these are hidden,
    and how many of them the right one. Of operations whose spans are mixed up, all count: where few are sure it is
    chance that these were right."""
    if (forest.named < 0).all():
        return {}
    hidden = forest._replace(named=np.full(len(forest.named), UNKNOWN_PARENT))
    scored = weigh(hidden, tables)
    chosen = rechosen(hidden, scored, best(hidden, scored), tables, tables.paces)
    asked = (chosen.parent >= 0) & (forest.named != UNKNOWN_PARENT)
    sure = asked & (chosen.confidence >= PLAIN)
    is_right, kinds = chosen.parent == forest.named, len(forest.operations)
    every, many = (np.bincount(forest.operation[which], minlength=kinds) for which in (asked, sure))
    rightly, right = (np.bincount(forest.operation[which & is_right], minlength=kinds) for which in (asked, sure))
    mixed = rightly < SETTLED * every
    wrong = np.where(many > 0, many - right + np.round(EXPECTED * (1 - rightly / np.maximum(every, 1))), 0)
    many = np.where(mixed, every, many + EXPECTED * (many > 0))
    right = np.where(mixed, rightly, many - wrong)
    return {(ROOT, forest.operations[i]): (int(many[i]), int(right[i])) for i in np.flatnonzero(many).tolist()}
