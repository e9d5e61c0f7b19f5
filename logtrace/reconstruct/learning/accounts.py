"""Who calls whom, as it makes the times of many traces most probable: parents that were inferred span by span, put right for
operations as a whole.

Times hold each span of some operation within spans of another by accident, in all traces alike, where that one runs long beside
it. Span by span nothing tells; but over all of them, gaps to what made a call are alike, and to what did not are spread. So all
spans of an operation are given to other callers at once, where that makes the times so much more probable that no chance does:

    own, others     to spans of their own service; to those of other services
    a caller        those that spans of one operation have called, to spans of another
    together        what spans of an operation have called in another service, all of it to spans of that service
    a level up      what spans of an operation have called in their service, to what called these: a client span waits for an
                    answer from elsewhere, and what runs beside it is not called by it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple, Self

import numpy as np
import xxhash

from logtrace.reconstruct.choice.plausible import Times, plausibility, times_of
from logtrace.reconstruct.evidence.priors import FEWEST_CASES
from logtrace.reconstruct.forest.candidates import AFTER, HELD, Candidates, relations
from logtrace.reconstruct.forest.columns import Flags, Forest, Ints
from logtrace.reconstruct.forest.nearest import nearest, one_each, tightest

GAIN, GAIN_OF_EACH, OF_SEVERAL = 25.0, 1.0, 0.5
"""So many nats at least does a change gain: in all, and for each span that gets a parent of another operation; or of spans of
several operations, which hardly fit better all at once by chance."""

DOUBTFUL = -0.4
"""What gains more than that for each span, and is not taken, leaves in doubt which of both it is."""

OF_ALONE, OF_ENDED, ENDED = 0.75, 1.5, 0.9
"""Where nobody waits for the spans, no relation to a caller speaks for it: times alone tell, and less is enough. But to callers
nearly all of which have ended, others have to be much worse."""

PASSED = 0.7
"""Of what others hold more tightly that is doubted less: each of two is as likely to be the caller (ln 2)."""

MATTERS = 0.4
"""Of so many spans of an operation at least."""

COVERED = 0.9
"""So many of the spans have to have a candidate of the other kind."""

ROUNDS = 3


class Account(NamedTuple):
    """The places of parents (-1: none), and by operation whether its spans were given to others as a whole, and whether others
    could as well have called them."""

    above: Ints
    moved: Flags
    doubted: Flags


def accounted(forest: Forest, above: Ints, fixed: Flags, pairs: Candidates, alone: Flags) -> Account:
    """The parents that make the times most probable, from those that are inferred. fixed: by operation, whether its parents stay
    as they are; pairs: what may have called what; alone: by operation, whether nobody waits for it. What the search takes first
    decides what it finds: it is made in the order of operations and against it, and where both do not find the same, parents
    stay as they are, in doubt."""
    times, near, known = times_of(forest, alone), nearest(forest, pairs, alone), _Known()
    search, other = (_Search(times, above, fixed, near, known).settled(backwards) for backwards in (False, True))
    agreed = np.where(search.above == other.above, search.above, above)
    differing = np.zeros(len(fixed), bool)
    differing[forest.operation[search.moved(other.above)]] = True
    changed = np.flatnonzero(_operations(forest, agreed) != _operations(forest, above))
    moved = np.zeros(len(fixed), bool)
    moved[forest.operation[changed]] = True
    return Account(agreed, moved, search.doubted | other.doubted | differing)


def _operations(forest: Forest, above: Ints) -> Ints:
    """The operations of parents, -1: none."""
    return np.where(above >= 0, forest.operation[above], -1)


_Known = dict[tuple[int, bytes], tuple[Ints | None, Flags]]
"""What was decided: by number and parents what is taken, and which operations are in doubt."""


class _Search:
    """The parents so far, and what the timelines of each operation tell by them."""

    def __init__(self, times: Times, above: Ints, fixed: Flags, pairs: Candidates, known: _Known) -> None:
        forest = times.forest
        self.forest, self.above, self.fixed, self._times, self._alone = forest, above, fixed, times, times.alone
        self._callers, self._known = _operations(forest, above), known
        self.doubted = np.zeros(len(fixed), bool)
        self._spans = np.bincount(forest.operation, minlength=len(fixed))
        self._service = forest.services
        self._pairs = pairs
        self._length = forest.end - forest.start
        self._shortest = np.full(len(above), np.iinfo(np.int64).max)
        held = self._pairs.where(self._pairs.relation == HELD)
        np.minimum.at(self._shortest, held.child, self._length[held.parent])
        self._child, self._parent = forest.operation[self._pairs.child], forest.operation[self._pairs.parent]
        self._own = self._service[self._child] == self._service[self._parent]
        self._rows = np.argsort(self._child, kind="stable")
        self._first = np.searchsorted(self._child[self._rows], np.arange(len(fixed) + 1))

    def settled(self, backwards: bool) -> Self:
        """This search once nothing gains more, with operations looked at in their order or against it."""
        for _ in range(ROUNDS):
            self.doubted[:] = False
            taken = [self.take(number, changes) for number, changes in self.all(backwards)]
            if not any(taken):
                break
        return self

    def all(self, backwards: bool = False) -> Iterator[tuple[int, Iterator[Ints]]]:
        """What may be changed, by what is decided at once, which has a number."""
        many = len(self.fixed)
        operations = range(many)[:: -1 if backwards else 1]
        yield from ((of, self.of_operation(of)) for of in operations if not self.fixed[of])
        yield from ((many + of, chain(self.level_up(of), self.together(of))) for of in operations)

    def of_operation(self, operation: int) -> Iterator[Ints]:
        """Parents with those of one operation's spans changed."""
        rows = self._rows[self._first[operation] : self._first[operation + 1]]
        rows = rows[self.above[self._pairs.child[rows]] >= 0]
        spans = np.flatnonzero((self.forest.operation == operation) & (self.above >= 0))
        parent, own = self._parent[rows], self._own[rows]
        yield from self._given(rows[own & (parent != operation)], len(spans))
        yield from self._given(rows[~own], len(spans))
        for other in np.unique(parent).tolist() if self._alone[operation] else ():
            yield from self._given(rows[parent == other], len(spans))
        callers, of = self._callers[spans], self._callers[self._pairs.child[rows]]
        for caller in np.unique(callers).tolist():
            part, others = rows[of == caller], parent[of == caller]
            for other in np.unique(others).tolist():
                if other != caller:
                    yield from self._given(part[others == other], int((callers == caller).sum()))

    def level_up(self, caller: int) -> Iterator[Ints]:
        """Parents with what spans of the caller called in their own service given to their own parents."""
        operation = self.forest.operation
        child = np.flatnonzero(self._callers == caller)
        child = child[(self._service[operation[child]] == self._service[caller]) & ~self.fixed[operation[child]]]
        child = child[self.above[self.above[child]] >= 0]
        if len(child) >= FEWEST_CASES and len(np.unique(operation[child])) > 1:
            changed = self.above.copy()
            changed[child] = self.above[self.above[child]]
            yield changed

    def together(self, caller: int) -> Iterator[Ints]:
        """Parents with what spans of the caller called in one other service given to spans of that service."""
        operation = self.forest.operation
        spans = (self._callers == caller) & (self._service[operation] != self._service[caller]) & ~self.fixed[operation]
        for service in np.unique(self._service[operation[spans]]).tolist():
            part = spans & (self._service[operation] == service)
            if len(np.unique(operation[part])) > 1:
                own = self._own & part[self._pairs.child] & (self._child != self._parent)
                yield from self._given(np.flatnonzero(own & ~part[self._pairs.parent]), int(part.sum()))

    def take(self, number: int, changes: Iterable[Ints]) -> bool:
        """Takes the change of this number that gains most, if any gains enough; if none does, those that gain nearly enough
        leave operations in doubt. By the same parents it is the same as before, whichever search asks."""
        asked = number, xxhash.xxh3_128_digest(self.above.tobytes())
        if asked not in self._known:
            self._known[asked] = self._best(changes)
        best, doubted = self._known[asked]
        self.doubted |= doubted
        if best is None:
            return False
        self.above, self._callers = best, _operations(self.forest, best)
        return True

    def _best(self, changes: Iterable[Ints]) -> tuple[Ints | None, Flags]:
        """(what gains most, if any gains enough, the operations that are in doubt)."""
        doubted = np.zeros(len(self.fixed), bool)
        weighed = [(self._gain(changed), changed) for changed in changes]
        taken = [(gain, -at) for at, (gain, changed) in enumerate(weighed) if gain >= self._least(changed)]
        if taken:
            return weighed[-max(taken)[1]][1], doubted
        for gain, changed in weighed:
            doubted |= self._nearly(gain, changed)
        return None, doubted

    def moved(self, changed: Ints) -> Ints:
        """The spans that get a parent of another operation."""
        child = np.flatnonzero(changed != self.above)
        moved: Ints = child[self.forest.operation[changed[child]] != self._callers[child]]
        return moved

    def _gain(self, changed: Ints) -> float:
        """So much more probable the times are."""
        if not len(self.moved(changed)):
            return -np.inf
        touched = self._touched(changed)
        now = sum(plausibility(self._times, self.above, [operation]) for operation in touched)
        return round(plausibility(self._times, changed, touched) - now, 3)

    def _least(self, changed: Ints) -> float:
        """So much has a change to gain."""
        moved = self.moved(changed)
        operation = self.forest.operation[moved]
        each = OF_SEVERAL if len(np.unique(operation)) > 1 else GAIN_OF_EACH
        if len(moved) and self._alone[operation].all():
            ended = relations(self.forest, changed[moved], moved) == AFTER
            each = OF_ENDED if ended.mean() > ENDED else OF_ALONE
        return max(GAIN, each * len(moved))

    def _nearly(self, gain: float, changed: Ints) -> Flags:
        """The operations of what is moved, if a change gains nearly enough."""
        moved = self.moved(changed)
        many = np.bincount(self.forest.operation[moved], minlength=len(self._spans))
        enough = gain - PASSED * self._passed(changed) > DOUBTFUL * len(moved)
        found: Flags = (many >= np.maximum(MATTERS * self._spans, 1)) & enough
        return found

    def _passed(self, changed: Ints) -> int:
        """So many more spans have a parent that holds another one that holds them."""
        before, after = (self._length[above] * (above >= 0) > self._shortest for above in (self.above, changed))
        return max(int(after.sum()) - int(before.sum()), 0)

    def _touched(self, changed: Ints) -> list[int]:
        """The operations whose timelines differ."""
        child = np.flatnonzero(changed != self.above)
        callers = self._callers[child], self.forest.operation[changed[child]], self.forest.operation[child]
        every = np.concatenate(callers)
        found: list[int] = np.unique(every[every >= 0]).tolist()
        return found

    def _given(self, rows: Ints, spans: int) -> Iterator[Ints]:
        """Parents with some spans given to candidates, by their rows: each to its tightest, or to each parent one."""
        some = self._pairs.where(rows)
        if spans < FEWEST_CASES or np.count_nonzero(np.diff(some.child, prepend=-1)) < COVERED * spans:
            return
        for child, parent in (tightest(some), one_each(self.forest, some)):
            if len(child) >= COVERED * spans:
                changed = self.above.copy()
                changed[child] = parent
                yield changed
