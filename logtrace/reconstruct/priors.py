"""What is known of who calls whom: the Model that the inference of parents works with, and how it is learned.

    known   edges that lines name, or that `logtrace learn` was told: counted
    seen    where no edge of an operation is known: edges that the times of many traces show together
    gate    how far a span of one operation that holds one of another is around it by call, not by accident

A model is a value: the same spans give the same model in whatever order they came, and its version says which it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import orjson
import xxhash

from logtrace.reconstruct.candidates import AFTER, HELD, OUTLIVES, Candidates, candidates, relations
from logtrace.reconstruct.clocks import Clock
from logtrace.reconstruct.forest import LATE_NS, NO_FOREST, NO_PARENT, UNKNOWN_PARENT, Flags, Floats, Forest, Ints
from logtrace.reconstruct.naming import OperationKey
from logtrace.reconstruct.paces import Pace, Turn, turn_of, turn_row
from logtrace.reconstruct.shared import loops_of

RULES = 5
"""Version of the rules and numbers of inference; part of every model's version."""

Pair = tuple[OperationKey, OperationKey]
"""(parent's operation, child's operation); the parent ROOT where the child is a root."""

ROOT: OperationKey = ("", "", "(root)")
LOOP = "(event loop)"
"""(ROOT, (service, "", LOOP)) is in a model where threads of the service run many things at a time."""

MOST_GATE, LEAST_GATE = 0.98, 0.02
UNTOLD_GATE = 0.5
STEADY = 0.85
"""An operation that less of its spans are held by anything is called in ways that times do not show."""

ONCE, FEWEST_CASES, FULL, STRAY = 1.2, 10, 0.98, 0.03
"""An operation comes once in a trace where it has no more spans than so many in each; shares of its spans."""

RAGGED = 0.99
"""Where less spans are held by spans whose ends only lines tell, these ends are too early."""

REGULAR = 0.97
"""So large shares are a rule: exceptions are lines that were lost, or choices that were wrong."""

_FEWEST = 0.25
_DEEP = 64


class Told(NamedTuple):
    """What a model knows of a pair of operations.

    known          edges that are known; for the parent ROOT: known roots
    seen           edges that times show
    gate           the share of cases of "one holds the other" that is by call; for the parent ROOT: the share of the
                   child's spans that anything holds, 0 where it is in doubt which of several does so by call; for ROOT and
                   ROOT: that of spans whose ends lines alone tell and that hold what begins within them
    held, around   the same from traces whose parents are known: how often one holds the other, how often as an ancestor; for
                   the parent ROOT: how many of the child's spans get a parent for sure when their parents are hidden, and
                   how many of these the right one
    outlived, followed   of the known edges, those whose child ends after its parent, and begins after its end
    most           so many children of the operation one parent had at most, in traces all of whose parents are known
    regular        as parents are inferred: the share of the parent's spans that call the child's operation just so often,
                   or that of the child's spans that they call, whichever is less; 0: less than REGULAR
    """

    known: int = 0
    seen: float = 0.0
    gate: float = MOST_GATE
    held: int = 0
    around: int = 0
    outlived: int = 0
    followed: int = 0
    most: int = 0
    regular: float = 0.0


class Model(NamedTuple):
    """Told by pair, the clocks that need a correction, the version: a number that is the same for the same content and
    rules; and the paces of operations (see there)."""

    pairs: dict[Pair, Told]
    clocks: tuple[Clock, ...]
    version: int
    turns: dict[Turn, Pace]

    def text(self) -> str:
        """The pairs and turns as JSON, for `of_text`."""
        pairs = [[*pair, *told] for pair, told in sorted(self.pairs.items())]
        turns = [turn_row(*each) for each in sorted(self.turns.items())]
        return orjson.dumps({"pairs": pairs, "turns": turns}).decode()

    @classmethod
    def of(cls, pairs: dict[Pair, Told], clocks: Iterable[Clock] = (), turns: dict[Turn, Pace] | None = None) -> Model:
        """The model of what is told of pairs, clocks and paces."""
        found = cls(pairs, tuple(sorted(clocks)), 0, turns or {})
        text = f"{RULES} {found.text()} {found.clocks}"
        return found._replace(version=(xxhash.xxh3_64_intdigest(text.encode()) >> 2) | 1)

    @classmethod
    def of_text(cls, text: str, clocks: Iterable[Clock] = ()) -> Model:
        """The model that gave a text, with these clocks. Before there were paces a text was the list of pairs alone."""
        found = orjson.loads(text)
        pairs, turns = (found, []) if isinstance(found, list) else (found["pairs"], found.get("turns", []))
        told = {(tuple(p), tuple(c)): Told(*told) for p, c, *told in pairs}
        return cls.of(told, clocks, dict(turn_of(row) for row in turns))


NOTHING = Model.of({})
"""The model of an empty store: times alone decide."""


class Edges(NamedTuple):
    """What is known of the edges of a pair of operations, as in Told."""

    known: int
    outlived: int = 0
    followed: int = 0
    most: int = 0

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
    most: dict[tuple[int, int], int] = {}
    whole = ~np.isin(forest.trace[child], forest.trace[forest.named == UNKNOWN_PARENT])
    for (_, p, c), many in _counted(np.stack([parent, *edges])[:, whole]):
        most[p, c] = max(most.get((p, c), 0), many)
    counts = {
        (forest.operations[p], forest.operations[c]): Edges(
            many, late[0].get((p, c), 0), late[1].get((p, c), 0), most.get((p, c), 0)
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
    for edges, holds in ((_known_edges(forest), _known_holds(forest)), *(each[:2] for each in lessons)):
        for pair, known in edges.items():
            pairs[pair] = known.added_to(pairs.get(pair, Told()))
        for pair, (held, around) in holds.items():
            told = pairs.get(pair, Told())
            pairs[pair] = told._replace(held=told.held + held, around=told.around + around)
    if (forest.named == UNKNOWN_PARENT).any():
        for pair, seen, gate in _shown(forest):
            pairs[pair] = pairs.get(pair, Told())._replace(seen=seen, gate=gate)
    return Model.of(pairs, clocks)


def _shown(forest: Forest) -> list[tuple[Pair, float, float]]:
    """(pair, seen, gate) of the pairs of operations that hold one another anywhere."""
    found = candidates(forest, every=True)
    found = found.where(found.relation != AFTER)
    many = len(forest.operations)
    code = forest.operation[found.parent] * many + forest.operation[found.child]
    codes, place = np.unique(code, return_inverse=True)
    gate = _steadied(forest, found, codes, gates(forest, found, codes, place))
    held = found.relation == HELD
    tightest = _tightest(forest, found.where(held), gate[place[held]])
    seen = np.bincount(place[held], tightest, len(codes))
    keep = np.flatnonzero((seen >= _FEWEST) | (gate < MOST_GATE))
    shown = [
        (
            (forest.operations[codes[i] // many], forest.operations[codes[i] % many]),
            round(float(seen[i]) * 4) / 4,
            round(float(gate[i]), 2),
        )
        for i in keep.tolist()
    ]
    loops = [((ROOT, (service, "", LOOP)), 0.0, MOST_GATE) for service in loops_of(forest, found)]
    by_call = gate[place] >= UNTOLD_GATE
    in_doubt = _in_doubt(forest, found.where(held & ~by_call))
    return shown + _unsteady(forest, found.where(held & by_call), in_doubt) + _ragged(forest, found) + loops


def _unsteady(forest: Forest, held: Candidates, in_doubt: Flags) -> list[tuple[Pair, float, float]]:
    """(ROOT, operation) and the share of its spans that something holds, for operations where that is small; 0 for those in
    doubt."""
    many = len(forest.operations)
    later = np.diff(forest.trace, prepend=-1) == 0
    holds = np.zeros(len(forest.key), bool)
    holds[held.child] = True
    spans = np.bincount(forest.operation[later], minlength=many)
    share = np.bincount(forest.operation[later & holds], minlength=many) / np.maximum(spans, 1)
    share[in_doubt] = 0.0
    return [
        ((ROOT, forest.operations[i]), 0.0, round(float(share[i]), 2))
        for i in np.flatnonzero((spans > 0) & (share < STEADY)).tolist()
    ]


def _in_doubt(forest: Forest, by_accident: Candidates) -> Flags:
    """By operation: whether nearly each of its spans is held by one of an operation that seems to hold it by accident. Such
    an accident that never fails to happen may as well be the call: of several that run side by side, one holds it by call
    and the others by chance.

        search |------------------------|
        query    |-----------|                   each parse is held by the query that called it, and by others; by `search`
        parse     |-|                            as well, as all is
        query       |---------------|
        parse        |-|
    """
    many = len(forest.operations)
    codes = np.unique(forest.operation[by_accident.parent] * many + forest.operation[by_accident.child])
    held = _cases(forest, codes, by_accident.child, by_accident.parent)
    spans = np.bincount(forest.operation, minlength=many)
    always = (held >= FULL * spans[codes % many]) & (codes // many != codes % many)
    doubt = np.zeros(many, bool)
    doubt[codes[always] % many] = True
    return doubt


def _ragged(forest: Forest, found: Candidates) -> list[tuple[Pair, float, float]]:
    """(ROOT, ROOT) and the share of spans that end before the lines of what they run in do, where some do not: then ends
    that lines tell are often too early, and what seems to be held by one span may be called by another within it."""
    told = forest.open_end[found.parent] & (found.parent < found.child)
    inside = float((found.relation[told] == HELD).mean()) if told.any() else 1.0
    return [((ROOT, ROOT), 0.0, round(inside, 2))] if inside < RAGGED else []


def gates(forest: Forest, found: Candidates, codes: Ints, place: Ints) -> Floats:
    """For each pair of operations (code) the share of its HELD pairs of spans that are so by call.

    Spans that run beside one another by accident hold each other at times, and at other times overlap in part or the
    other way round. Where they lie at random, a long span of length P holds a short one of length C about
    (P - C) / 2C times as often as one of its ends cuts it. So the overlaps of the wrong kind tell how many of the right
    kind are accidents.

        p |--------------|             p |--------------|             p |--------------|
        c     |------|      held       c            |------|  cut     c |------|          the other way round
    """
    many = len(forest.operations)
    told = ~_alike(forest, found) & ~_maybe_held(forest, found)
    held = (found.relation == HELD) & told
    length = np.maximum(forest.end - forest.start, 1)
    odds = np.clip((length[found.parent] - length[found.child]) / (2 * length[found.child]), 0, 20)
    n_held = np.bincount(place[held], minlength=len(codes)).astype(float)
    n_cut = np.bincount(place[~held & told], minlength=len(codes)).astype(float)
    mean_odds = np.bincount(place[held], odds[held], len(codes)) / np.maximum(n_held, 1)
    parent, child = codes // many, codes % many
    turned = child * many + parent
    at = np.minimum(np.searchsorted(codes, turned), len(codes) - 1)
    other = np.where((codes[at] == turned) & (parent != child), (n_held + n_cut)[at], 0.0)
    cut = np.where(parent == child, 2.0 * n_cut, 0.3 * np.minimum(n_cut, 3 * other))
    accidents = 0.7 * other * np.maximum(1.0, mean_odds) + cut + 0.1
    share: Floats = np.clip((n_held - accidents) / np.maximum(n_held, 1), LEAST_GATE, MOST_GATE)
    return np.where(n_held + n_cut > 0, share, np.where(parent == child, LEAST_GATE, UNTOLD_GATE))


def _steadied(forest: Forest, found: Candidates, codes: Ints, gate: Floats) -> Floats:
    """Gates, put right for operations that come once in a trace: what holds all spans of such a one is around it by call;
    what cuts some of them, or begins within them, holds the others by accident.
    """
    many = len(forest.operations)
    held = found.relation == HELD
    inside = _cases(forest, codes, found.child[held], found.parent[held])
    apart = ~_alike(forest, found)
    length = forest.end[found.child] - forest.start[found.child]
    cut = apart & (2 * (forest.end[found.child] - forest.end[found.parent]) > length)
    stray = _cases(
        forest, codes, np.append(found.child[cut], found.parent[apart]), np.append(found.parent[cut], found.child[apart])
    )
    later = np.diff(forest.trace, prepend=-1) == 0
    spans = np.bincount(forest.operation[later], minlength=many)
    traces = np.bincount(np.unique(forest.trace[later] * many + forest.operation[later]) % many, minlength=many)
    child = codes % many
    once = (spans <= ONCE * traces) & (spans >= FEWEST_CASES)
    always = once[child] & (inside >= FULL * spans[child]) & (codes // many != child)
    told = np.zeros(many, bool)
    told[child[always]] = True
    accident = told[child] & ~always & (stray > STRAY * (inside + stray))
    return np.where(always, MOST_GATE, np.where(accident, LEAST_GATE, gate))


def _cases(forest: Forest, codes: Ints, child: Ints, parent: Ints) -> Ints:
    """For each pair of operations (code) how many spans of the child's one are in such pairs of spans."""
    many = len(forest.operations)
    each = np.unique(child * many + forest.operation[parent])
    code = each % many * many + forest.operation[each // many]
    at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
    return np.bincount(at[codes[at] == code], minlength=len(codes))


def _maybe_held(forest: Forest, found: Candidates) -> Flags:
    """Pairs of spans of which one may hold the other, as its end is a lower bound and not much too early. Of one operation,
    both ends are as uncertain, and tell which it was."""
    overrun = forest.end[found.child] - forest.end[found.parent]
    near = (found.relation != HELD) & forest.open_end[found.parent] & (overrun <= 2 * LATE_NS)
    other = forest.operation[found.parent] != forest.operation[found.child]
    maybe: Flags = near & other
    return maybe


def _alike(forest: Forest, found: Candidates) -> Flags:
    """Pairs of spans whose times are the same within their grain, so that either may hold the other. Ends that are lower
    bounds tell nothing. Of one operation, the same starts are enough: those were called at once."""
    grain = np.maximum(forest.grain[found.parent], forest.grain[found.child])
    begun = np.abs(forest.start[found.parent] - forest.start[found.child])
    ended = np.abs(forest.end[found.parent] - forest.end[found.child])
    ended[forest.open_end[found.parent] | forest.open_end[found.child]] = 0
    ended[forest.operation[found.parent] == forest.operation[found.child]] = 0
    same: Flags = (grain > 0) & (np.maximum(begun, ended) <= grain)
    return same


def _tightest(forest: Forest, held: Candidates, gate: Floats) -> Floats:
    """The chance of each held candidate to be the tightest span that is around the child by call."""
    order = np.lexsort((-held.parent, forest.end[held.parent] - forest.start[held.parent], held.child))
    child, around = held.child[order], gate[order]
    first = np.flatnonzero(np.diff(child, prepend=-1))
    group = np.cumsum(np.diff(child, prepend=-1) != 0) - 1
    passed = np.log1p(-around)
    before = np.cumsum(passed) - passed
    chance = around * np.exp(before - before[first][group])
    share = chance / np.bincount(group, chance, len(first))[group]
    best = np.lexsort((-share, child))
    winner = np.zeros(len(child), bool)
    winner[best[first]] = True
    result = np.zeros(len(child))
    result[order] = np.where(winner, share, 0.0)
    return result
