"""Spans of many traces as columns: what the inference of parents looks at.

A forest holds whole traces, trace by trace, each in span order (start, longest first, id). A span is named by its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logtrace.ids import NO_SPAN
from logtrace.reconstruct.forest.peers import Peer
from logtrace.reconstruct.spans.naming import OperationKey
from logtrace.reconstruct.spans.within import begins, places_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNKNOWN_PARENT, NO_PARENT = -1, -2
"""In `named`: no line speaks of a parent; a line says that there is none."""


_NONE, _NO = np.empty(0, np.int64), np.empty(0, bool)


class Forest(NamedTuple):
    """Columns of one length, but for the last three.

    trace       number of the trace, counting up from 0
    start, end  ns; a span without an end ends where it starts
    key         span key
    operation   index into `operations`
    named       place of the parent that a line names, UNKNOWN_PARENT or NO_PARENT
    open_end    the end is a lower bound: only lines of the span tell it
    late        the span's only line tells an error: its start is no more than the time of that line
    grain       ns; what began so much later may have begun first: times are told in whole milliseconds, say, or by lines
                that come a moment after the start
    thread      number of the thread that it ran on, the same for the same; below 0: not told
    request     number of the request or job that it names; below 0: none
    unsure      ns; its times are by the common clock, plus or minus so much
    clock       number of the clock that told its times, the same for the same
    peer        index into `peers`
    operations  (service, name, kind), each once
    peers       what spans tell of the other ends of calls, the first: nothing
    lingers     pairs of operations, as (place of the one) * (how many there are) + (place of the other), in order: the second
                goes on a little after it has answered the first, see `lingering`
    """

    trace: Ints
    start: Ints
    end: Ints
    key: Ints
    operation: Ints
    named: Ints
    open_end: Flags
    late: Flags
    grain: Ints
    thread: Ints
    request: Ints
    unsure: Ints
    clock: Ints
    peer: Ints
    operations: Sequence[OperationKey]
    peers: Sequence[Peer] = (Peer(),)
    lingers: Ints = _NONE

    @property
    def services(self) -> Ints:
        """For each operation the number of its service; services are numbered in the order of their names."""
        names = sorted({service for service, _, _ in self.operations})
        number = {name: at for at, name in enumerate(names)}
        return np.array([number[service] for service, _, _ in self.operations], np.int64)

    def by_name(self) -> Forest:
        """The same spans, with the operations in the order of their names."""
        order = sorted(range(len(self.operations)), key=self.operations.__getitem__)
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(len(order))
        lingers = np.sort(number[self.lingers // len(order)] * len(order) + number[self.lingers % len(order)])
        return self._replace(operation=number[self.operation], operations=[self.operations[at] for at in order], lingers=lingers)

    def renamed(self, keys: Sequence[OperationKey]) -> Forest:
        """The same spans, with each operation by another key; those that have the same become one. Nothing lingers any more."""
        numbers: dict[OperationKey, int] = {}
        number = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
        if len(numbers) == len(keys):
            return self._replace(operations=list(keys))
        return self._replace(operation=number[self.operation], operations=list(numbers), lingers=_NONE)

    def hushed(self, operations: Flags) -> Forest:
        """The same spans, of which those of the operations that are marked name nothing that they call."""
        if not operations[self.operation[self.peer > 0]].any():
            return self
        silent = [peer._replace(calls=(), asks=()) for peer in self.peers]
        number = {peer: at for at, peer in enumerate(dict.fromkeys([*self.peers, *silent]))}
        instead = np.array([number[peer] for peer in silent], np.int64)
        marked = operations[self.operation]
        return self._replace(peer=np.where(marked, instead[self.peer], self.peer), peers=tuple(number))

    @property
    def naming(self) -> Flags:
        """By operation, whether any of its spans names what it calls."""
        names = np.array([bool(peer.calls or peer.asks) for peer in self.peers])[self.peer]
        return np.bincount(self.operation, names, len(self.operations)) > 0

    def up_to(self, spans: int) -> Forest:
        """The first traces, so many that they have not more than so many spans, at least one."""
        if len(self.trace) <= spans:
            return self
        first = np.searchsorted(self.trace, self.trace[spans])
        behind = int(first) or int(np.searchsorted(self.trace, self.trace[0], side="right"))
        return Forest._make([*(column[:behind] for column in self[:-3]), *self[-3:]])


NO_FOREST = Forest(
    _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NO, _NO, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, ()
)  # fmt: skip


class Spans(NamedTuple):
    """Spans in any order, as columns: those of Forest, but the parent as the key that a line names (NO_SPAN: none), and
    `root` where a line says that there is none."""

    trace: Ints
    start: Ints
    end: Ints
    key: Ints
    operation: Ints
    parent: Ints
    root: Flags
    open_end: Flags
    late: Flags
    grain: Ints
    thread: Ints
    request: Ints
    unsure: Ints
    clock: Ints
    peer: Ints


COARSE_NS, LATE_NS = 1_000_000, 500_000
"""Many loggers write whole milliseconds; the first line of a span comes a moment after its start."""

SOON_NS = 100_000_000
"""An error that is thrown through spans is told so soon after what it came from, or within as long as that took."""


def grains(start: Ints, end: Ints, open_end: Flags) -> Ints:
    """The grain of spans from their times as logged. A start may be told as an end and a duration."""
    coarse = (start % COARSE_NS == 0) | (end % COARSE_NS == 0)
    return np.where(coarse, COARSE_NS, np.where(open_end, LATE_NS, 0))


def forest_of(spans: Spans, operations: Sequence[OperationKey], peers: Sequence[Peer] = (Peer(),)) -> tuple[Forest, Ints]:
    """The forest of some spans, and for each of its places the index that the span had among them.

    A named parent that is not in the trace counts as unknown. A late span begins just before what it lies around.
    """
    forest, order = _sorted(spans, operations, peers)
    moved = _around(forest)
    if moved is None:
        return forest, order
    start = spans.start.copy()
    start[order] = moved
    return _sorted(spans._replace(start=start), operations, peers)


def _sorted(spans: Spans, operations: Sequence[OperationKey], peers: Sequence[Peer]) -> tuple[Forest, Ints]:
    order = np.lexsort((spans.key, spans.start - spans.end, spans.start, spans.trace))
    there = Spans._make(column[order] for column in spans)
    named = np.where(there.root, NO_PARENT, UNKNOWN_PARENT)
    asked = there.parent != NO_SPAN
    named = np.where(asked, places_of(begins(there.trace), there.key, there.parent, asked), named)
    forest = Forest(
        there.trace,
        there.start,
        there.end,
        there.key,
        there.operation,
        named,
        there.open_end,
        there.late,
        there.grain,
        there.thread,
        there.request,
        there.unsure,
        there.clock,
        there.peer,
        operations,
        peers,
    )
    return forest, order


def _around(forest: Forest) -> Ints | None:
    """Starts, where a late span begins with the span that it belongs around; None where nothing moves.

    An error that is thrown through several spans of a service is told by the outer ones last. So a span whose only line
    is an error, behind all other lines of its service, lies around the service's last span that nothing else of the
    service holds:

        service   |--- handler ---|
                                    ! outer        ⇒   |----- outer -----|
    """
    if not forest.late.any():
        return None
    group = forest.trace * (len(forest.operations) + 1) + forest.services[forest.operation]
    by_group = np.argsort(group, kind="stable")
    ordered = group[by_group]
    moved = forest.start.copy()
    for at in np.flatnonzero(forest.late & (forest.named == UNKNOWN_PARENT)).tolist():
        low, high = np.searchsorted(ordered, [group[at], group[at] + 1])
        same = by_group[low:high]
        if forest.end[same].max() > forest.start[at]:
            continue
        before = same[(same < at) & ~forest.late[same]]
        if len(before):
            outermost = _outermost(forest, before.tolist())
            gap = forest.start[at] - forest.end[outermost]
            near = gap <= max(SOON_NS, forest.end[outermost] - forest.start[outermost])
            if near and forest.named[outermost] == UNKNOWN_PARENT:
                moved[at] = forest.start[outermost] - 1
    return moved


def _outermost(forest: Forest, places: list[int]) -> int:
    """Of spans in span order: the last that no other holds, that is, what holds the last of them."""
    found = places[-1]
    for place in reversed(places):
        if forest.end[place] >= forest.start[found]:
            found = place
    return found
