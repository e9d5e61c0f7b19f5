"""What spans of an operation do when, as many traces show it: the turns of their timelines.

    p |--a------b---------------------d----|     turns: so long after it began, p calls x; beside x, so long after that call,
         x |------------------|                         it calls y; so long after the last of both has answered, it ends
               y |-------------------|

What is next depends on what was called so far; how soon it is, on the call before and on whether all that was called has
answered. A call that nobody waits for changes neither. An end that only lines tell is no turn. Where several spans could have
made a call, this tells which of them did, as their timelines are told with it and without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from logtrace.reconstruct.forest.columns import Forest, Ints
from logtrace.reconstruct.spans.naming import OperationKey

CALLS, ENDS, STOPS = range(3)
"""A span calls another, ends, or does nothing more."""

BEHIND, BESIDE = 0, 1
"""All that it called has answered; or something has not."""

ITSELF: OperationKey = ("", "", "")
"""Stands for the operation where none is called, and for the last call of a span that has called nothing."""

LEAST_GAP_NS = 5_000.0
"""Added to each gap: what is shorter is no different."""

MOST_CALLS = 12
"""Of a span that has called more than that, only the last call is looked at."""

WAITED_NS = 50_000
"""What ends so much after its caller was not waited for."""


class Turn(NamedTuple):
    """What a span does next.

    operation   of the span
    last        what it called last, ITSELF: nothing
    so_far      what it has called, and how often
    ended       whether it has ended
    what        CALLS, ENDS or STOPS
    call        what it calls
    when        BEHIND or BESIDE
    """

    operation: OperationKey
    last: OperationKey
    so_far: tuple[tuple[OperationKey, int], ...]
    ended: bool
    what: int
    call: OperationKey
    when: int


class Pace(NamedTuple):
    """How often a turn was seen; the sums of ln gap (ns) and of its square; how many of the calls were not waited for."""

    many: int
    total: float
    squares: float
    alone: int = 0

    def added_to(self, other: Pace | None) -> Pace:
        """Both."""
        if other is None:
            return self
        return Pace(
            self.many + other.many, round(self.total + other.total, 3), round(self.squares + other.squares, 3),
            self.alone + other.alone,
        )  # fmt: skip


_Counted = tuple[tuple[int, int], ...]
"""(operation, calls of it) in the order of operations."""

_NOTHING: _Counted = ()
_MANY: _Counted = ((-1, MOST_CALLS),)

ALONE = 0.1
"""A call is one that nobody waits for where more than this share of them outlives the caller."""

_Call = tuple[int, int, int]
"""(operation, the call before or -1, the operation that is called)"""


def paces(forest: Forest, above: Ints) -> dict[Turn, Pace]:
    """The turns of all spans of a forest whose parents have these places (below 0: none)."""
    called: list[list[int]] = [[] for _ in range(len(above))]
    for child in np.flatnonzero(above >= 0).tolist():
        called[above[child]].append(child)
    seen: dict[_Step, list[int]] = {}
    left: Counter[_Step] = Counter()
    columns = _Columns(*(each.tolist() for each in (forest.operation, forest.start, forest.end, forest.open_end)))
    alone, reached = _alone(columns, called), _Reached()
    for place, children in enumerate(called):
        if children:
            for step, gap_ns, unwaited in _steps(columns, place, children, alone, reached):
                seen.setdefault(step, []).append(gap_ns)
                left[step] += unwaited
    for step, gaps_ns in _of_leaves(forest, above):
        seen.setdefault(step, []).extend(gaps_ns)
    return {_turn(step, forest.operations): _pace(gaps, left[step]) for step, gaps in seen.items() if gaps}


class _Columns(NamedTuple):
    operation: list[int]
    start: list[int]
    end: list[int]
    open: list[bool]


class _Step(NamedTuple):
    """A turn by numbers of operations, -1 for ITSELF."""

    operation: int
    last: int
    so_far: tuple[tuple[int, int], ...]
    ended: bool
    what: int
    call: int
    when: int


def _pace(gaps_ns: list[int], alone: int) -> Pace:
    logs = np.sort(np.log(np.maximum(gaps_ns, 0) + LEAST_GAP_NS))
    return Pace(len(gaps_ns), round(float(logs.sum()), 3), round(float((logs * logs).sum()), 3), alone)


def _turn(step: _Step, operations: Sequence[OperationKey]) -> Turn:
    keys = [*operations, ITSELF]
    so_far = tuple(sorted((keys[of], many) for of, many in step.so_far))
    return Turn(keys[step.operation], keys[step.last], so_far, step.ended, step.what, keys[step.call], step.when)


def _alone(columns: _Columns, called: Sequence[Sequence[int]]) -> set[_Call]:
    many: Counter[_Call] = Counter()
    outlived: Counter[_Call] = Counter()
    for place, children in enumerate(called):
        last = -1
        for child in children:
            call = columns.operation[place], last, columns.operation[child]
            many[call] += 1
            outlived[call] += _outlives(columns, child, place)
            last = columns.operation[child]
    return {call for call, times in outlived.items() if times > ALONE * many[call]}


def _of_leaves(forest: Forest, above: Ints) -> Iterator[tuple[_Step, list[int]]]:
    """(step, gaps in ns) of spans that call nothing, which most are: they end, and do nothing more."""
    leaf = np.bincount(above[above >= 0], minlength=len(above)) == 0
    for operation in np.unique(forest.operation[leaf]).tolist():
        own = leaf & (forest.operation == operation)
        ended = own & ~forest.open_end
        yield _Step(operation, -1, (), False, ENDS, -1, BEHIND), (forest.end - forest.start)[ended].tolist()
        for told, where in ((True, ended), (False, own & forest.open_end)):
            yield _Step(operation, -1, (), told, STOPS, -1, BEHIND), [0] * int(where.sum())


def _outlives(columns: _Columns, child: int, place: int) -> bool:
    ended = columns.end[place]
    return not columns.open[place] and columns.start[child] <= ended < columns.end[child] - WAITED_NS


def _steps(
    columns: _Columns, place: int, children: list[int], alone: set[_Call], reached: _Reached
) -> Iterator[tuple[_Step, int, bool]]:
    """(step, gap in ns, whether a call was not waited for) of one span, in the order of time."""
    operation = columns.operation[place]
    moments = [(columns.start[child], 0, child) for child in children]
    moments += [(columns.end[child], 1, -child) for child in children]
    last, counted, since, ended = -1, _NOTHING, columns.start[place], False
    running: set[int] = set()
    moments += [(columns.end[place], 1, -place)] * (not columns.open[place])
    for now, ends, at in sorted(moments):
        child = -at if ends else at
        when = BESIDE if running else BEHIND
        context = operation, last, counted, ended
        if not ends:
            of = columns.operation[child]
            yield _Step(*context, CALLS, of, when), now - since, _outlives(columns, child, place)
            if (operation, last, of) not in alone:
                running.add(child)
                since = now
            last = of
            counted = reached[counted, of]
        elif child == place:
            yield _Step(*context, ENDS, -1, when), now - since, False
            ended = True
            since = since if running else now
        elif child in running:
            running.remove(child)
            since = since if running else now
    yield _Step(operation, last, counted, ended, STOPS, -1, BEHIND), 0, False


class _Reached(dict[tuple[_Counted, int], _Counted]):
    """What was called so far, by what it was before a call and the operation of that: as many spans do the same, it is worked
    out once for them."""

    def __missing__(self, key: tuple[_Counted, int]) -> _Counted:
        before, of = key
        calls = Counter(dict(before))
        calls[of] += 1
        many = before != _MANY and calls.total() <= MOST_CALLS
        found = self[key] = tuple(sorted(calls.items())) if many else _MANY
        return found


def turn_row(turn: Turn, pace: Pace) -> list[object]:
    """A turn as a row of JSON, for `turn_of`."""
    return [*turn, *pace]


def turn_of(row: list[Any]) -> tuple[Turn, Pace]:
    """The turn that gave a row."""
    operation, last, so_far, ended, what, call, when, *pace = row
    calls = tuple((tuple(of), many) for of, many in so_far)
    return Turn(tuple(operation), tuple(last), calls, ended, what, tuple(call), when), Pace(*pace)


def joined(parts: Iterable[Mapping[Turn, Pace]]) -> dict[Turn, Pace]:
    """The turns of all parts."""
    found: dict[Turn, Pace] = {}
    for part in parts:
        for turn, pace in part.items():
            found[turn] = pace.added_to(found.get(turn))
    return found
