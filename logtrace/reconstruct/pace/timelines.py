"""The paces of operations as arrays: how likely each turn of many timelines is.

A span is in a state: its operation, what it called last, and all that it has called. Where a turn was never seen in that state,
the state without all but the last call tells of it, then the operation alone. The gap of a turn has Student's t, its prior that
of all turns of the operation that are alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lgamma
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest.columns import Flags, Floats, Ints
from logtrace.reconstruct.pace.paces import ALONE, CALLS, ENDS, ITSELF, LEAST_GAP_NS, Pace, Turn
from logtrace.reconstruct.pace.remembered import Remembered
from logtrace.reconstruct.spans.naming import OperationKey

NEW, LEAST = 0.5, 1e-4
"""Turns that were never seen in a state count as so many cases, shared as a wider state tells of the others; what that leaves
for these at least."""

WIDEST, FREEDOM, LIKE = 0.7, 2.0, 1.0
"""The variance of ln gap where nothing is known; a prior counts as so many cases for the variance, and for the mean."""

STRAYS, STRAY_DENSITY = 0.02, -2.0
"""The share of gaps that follow no rule, and the ln of their density."""

TIERS = 3


class Paces:
    """Operations have the numbers that `numbers` gives; the last stands for all that no turn tells of. States are numbers as
    well. What is next is the operation that is called, `ends` or `stops`."""

    def __init__(self, turns: Mapping[Turn, Pace]) -> None:
        operations = sorted({key for turn in turns for key in (turn.operation, turn.call)} - {ITSELF})
        self._number = {key: at for at, key in enumerate(operations)}
        self._many = len(operations) + 1
        self.ends, self.stops = self._many, self._many + 1
        self._turns = 2 * (self._many + 2)
        told = sorted(turns)
        self._states = _states(told, self._number)
        ended = np.array([turn.ended for turn in told], np.int64)
        next_ = np.array([self._next(turn) for turn in told], np.int64)
        sums = np.array([turns[turn] for turn in told], float).reshape(-1, len(Pace._fields)).T
        self._counted(ended, next_, sums)
        self._fitted(ended, next_, sums)
        states = len(self._states.back)
        self._chances = Remembered(2 * states, self._turns, lambda at, of: self._chance(at // 2, at % 2, of), np.float64)
        self._fits = Remembered(2 * states, self._turns, self._fit, np.int64)
        self._reached = Remembered(states, self._many, self._called, np.int64)
        self._unwaited = Remembered(states, self._many, self._is_alone, np.bool_)

    def __bool__(self) -> bool:
        return self._many > 1

    def numbers(self, operations: Sequence[OperationKey]) -> Ints:
        """The number of each operation."""
        return np.array([self._number.get(key, self._many - 1) for key in operations], np.int64)

    def begins(self, operation: Ints) -> Ints:
        """The states of spans that have called nothing."""
        return self._states.first[operation]

    def called(self, state: Ints, operation: Ints) -> Ints:
        """The states after such calls."""
        return self._reached(state * self._many + operation)

    def alone(self, state: Ints, operation: Ints) -> Flags:
        """Whether such calls are those that nobody waits for."""
        return self._unwaited(state * self._many + operation)

    def is_left(self, caller: Ints, operation: Ints) -> Flags:
        """Whether spans of one operation call another that they do not wait for, whatever they called before."""
        code = caller * self._many + operation
        return _found(self._left, code) >= 0

    def likelihood(self, context: Ints, turn: Ints, gap_ns: Ints | None) -> Floats:
        """ln of the chance that a turn is next, and of the density of ln gap; without gaps of the former alone.

        context: the state, twice, and whether the span has ended; turn: what is next, twice, and BEHIND or BESIDE.
        """
        code = context * self._turns + turn
        found = self._chances(code)
        if gap_ns is not None:
            found = found + self._density(self._fits(code), gap_ns)
        return np.round(found, 6)

    def _next(self, turn: Turn) -> int:
        what = self._number[turn.call] if turn.what == CALLS else self.ends + turn.what - ENDS
        return what * 2 + turn.when

    def _chance(self, state: Ints, ended: Ints, turn: Ints) -> Floats:
        found = np.zeros(len(state))
        rest, at = np.arange(len(state)), state
        for _ in range(TIERS):
            context = at * 2 + ended[rest]
            place = _found(self._codes, context * self._turns + turn[rest])
            seen = place >= 0
            found[rest] += np.where(seen, self._share[place], self._unseen[context])
            wider = ~seen & (at >= self._many)
            rest, at = rest[wider], self._states.back[at[wider]]
        return found

    def _density(self, fit: Ints, gap_ns: Ints) -> Floats:
        off = np.log(np.maximum(gap_ns, 0) + LEAST_GAP_NS) - self._gaps.mean[fit]
        density = self._norm[fit] - (self._gaps.freedom[fit] + 1) / 2 * np.log1p(off * off / self._gaps.spread[fit])
        return np.asarray(np.log((1 - STRAYS) * np.exp(density) + STRAYS * np.exp(STRAY_DENSITY)))

    def _fit(self, context: Ints, turn: Ints) -> Ints:
        """Which Student's t the gaps of such turns have."""
        state, ended = self._states.wider[context // 2], context % 2
        place = _found(self._codes, (state * 2 + ended) * self._turns + turn)
        return np.where(place >= 0, place, len(self._codes) + self._pool(self._states.operation[state], ended, turn))

    def _called(self, state: Ints, operation: Ints) -> Ints:
        states = self._states
        near = _found(states.moves, state * self._many + operation)
        wide = _found(states.moves, states.wider[state] * self._many + operation)
        widest = states.operation[state]
        return np.where(near >= 0, states.reached[near], np.where(wide >= 0, states.reached[wide], widest))

    def _is_alone(self, state: Ints, operation: Ints) -> Flags:
        return _found(self._alone, self._states.wider[state] * self._many + operation) >= 0

    def _pool(self, operation: Ints, ended: Ints, turn: Ints) -> Ints:
        """The number of all turns of an operation that are alike: calls or ends, behind or beside, before or after the end."""
        return ((operation * 2 + ended) * 2 + (turn // 2 >= self.ends)) * 2 + turn % 2

    def _counted(self, ended: Ints, turn: Ints, sums: Floats) -> None:
        """Counts turns by state, from the widest on, as what is told of a state is added to what wider ones tell."""
        self._codes, self._share = np.zeros(0, np.int64), np.zeros(0)
        self._unseen = np.zeros(2 * len(self._states.back))
        self._unseen[: 2 * self._many] = -np.log(self._turns)
        for tier in range(TIERS):
            codes, place = np.unique((self._states.told[:, tier] * 2 + ended) * self._turns + turn, return_inverse=True)
            many = np.bincount(place, sums[0], len(codes))
            context, of = codes // self._turns, codes % self._turns
            cases = np.bincount(context, many, len(self._unseen))
            wider = np.exp(self._chance(self._states.back[context // 2], context % 2, of)) if tier else 1 / self._turns
            left = np.maximum(1 - np.bincount(context, wider * np.ones(len(codes)), len(cases)), LEAST)
            here = np.unique(context)
            self._unseen[here] = np.log(NEW / (cases[here] + NEW) / left[here]) - (0 if tier else np.log(self._turns))
            self._codes = np.append(self._codes, codes)
            self._share = np.append(self._share, np.log(many / (cases[context] + NEW)))

    def _fitted(self, ended: Ints, turn: Ints, sums: Floats) -> None:
        """Student's t for the next ln gap of each turn, then of each pool of turns."""
        states = self._states
        pool = self._pool(states.told[:, 0], ended, turn)
        pooled = _gaps(np.stack([np.bincount(pool, column, 8 * self._many) for column in sums]), None)
        places = [np.searchsorted(self._codes, (states.told[:, tier] * 2 + ended) * self._turns + turn) for tier in range(TIERS)]
        place = np.concatenate(places)
        told: Floats = np.stack([np.bincount(place, np.tile(column, TIERS), len(self._codes)) for column in sums])
        context = self._codes // self._turns
        prior = self._pool(states.operation[context // 2], context % 2, self._codes % self._turns)
        own = _gaps(told, _Gaps._make(column[prior] for column in pooled))
        self._gaps = _Gaps._make(np.append(a, b) for a, b in zip(own, pooled, strict=True))
        norm = np.array([lgamma((v + 1) / 2) - lgamma(v / 2) for v in self._gaps.freedom.tolist()])
        self._norm = norm - 0.5 * np.log(np.pi * self._gaps.spread)
        calls = (context % 2 == 0) & (self._codes % self._turns // 2 < self.ends)
        keys, of = np.unique((context // 2 * self._many + self._codes % self._turns // 2)[calls], return_inverse=True)
        outlived = np.bincount(of, told[3][calls], len(keys)) > ALONE * np.bincount(of, told[0][calls], len(keys))
        self._alone = keys[outlived]
        self._left = np.unique(states.operation[self._alone // self._many] * self._many + self._alone % self._many)


class _States(NamedTuple):
    """back: the next wider state of each; wider: the one that knows the last call, or the operation alone; operation: of each;
    first: of each operation; moves, reached: codes (state, call) and the states these lead to, -1 behind the last, so that there
    is one where nobody calls; told: those of turns."""

    back: Ints
    wider: Ints
    operation: Ints
    first: Ints
    moves: Ints
    reached: Ints
    told: Ints


def _states(told: Sequence[Turn], number: Mapping[OperationKey, int]) -> _States:
    many = len(number) + 1
    near: dict[tuple[object, ...], int] = {}
    back, operation = list(range(many)), list(range(many))
    for turn in told:
        if (turn.operation, turn.last) not in near:
            near[turn.operation, turn.last] = len(back)
            back.append(number[turn.operation])
            operation.append(number[turn.operation])
    for turn in told:
        if turn[:3] not in near:
            near[turn[:3]] = len(back)
            back.append(near[turn[:2]])
            operation.append(number[turn.operation])
    first = list(range(many))
    for key, of in number.items():
        first[of] = near.get((key, ITSELF, ()), near.get((key, ITSELF), of))
    moves: dict[int, int] = {}
    for turn in told:
        if turn.what == CALLS:
            behind = near.get((turn.operation, turn.call), number[turn.operation])
            moves[near[turn[:2]] * many + number[turn.call]] = behind
            calls = dict(turn.so_far)
            calls[turn.call] = calls.get(turn.call, 0) + 1
            moves[near[turn[:3]] * many + number[turn.call]] = near.get(
                (turn.operation, turn.call, tuple(sorted(calls.items()))), behind
            )
    tiers = [(number[turn.operation], near[turn[:2]], near[turn[:3]]) for turn in told]
    wider = [at if at < many or back[at] < many else back[at] for at in range(len(back))]
    columns = (back, wider, operation, first, sorted(moves), [*(moves[code] for code in sorted(moves)), -1])
    return _States._make([*(np.array(column, np.int64) for column in columns), np.array(tiers, np.int64).reshape(-1, TIERS)])


class _Gaps(NamedTuple):
    """Student's t: mean, squared scale times freedom, degrees of freedom."""

    mean: Floats
    spread: Floats
    freedom: Floats


def _gaps(sums: Floats, prior: _Gaps | None) -> _Gaps:
    """Of the next ln gap, by the sums that a Pace has; without a prior as wide as can be."""
    many, total, squares = sums[:3]
    mean = total / np.maximum(many, 1)
    around = np.maximum(squares - many * mean * mean, 0.0)
    if prior is None:
        like, mid, wide = 0.1, mean, np.full(len(many), WIDEST)
    else:
        like, mid, wide = LIKE, prior.mean, prior.spread / prior.freedom
    freedom = many + FREEDOM
    spread = around + FREEDOM * wide + like * many / (like + many) * (mean - mid) ** 2
    return _Gaps((total + like * mid) / (many + like), spread * (1 + 1 / (many + like)), freedom)


def _found(sorted_: Ints, wanted: Ints) -> Ints:
    """The places of what is wanted, -1 where it is not there."""
    if not len(sorted_):
        return np.full(wanted.shape, -1)
    place = np.minimum(np.searchsorted(sorted_, wanted), len(sorted_) - 1)
    return np.where(sorted_[place] == wanted, place, -1)
