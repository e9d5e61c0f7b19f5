"""Two populations of requests and what is measured on them: one value a request, so that values are independent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logtrace.analysis.cohorts.call_times import Added, Called, added
from logtrace.analysis.cohorts.own_time import edge_times, waited_times
from logtrace.analysis.cohorts.tails import HIGHEST
from logtrace.columns import MISSING, Operation, SpanColumns
from logtrace.model import ErrorLevel

if TYPE_CHECKING:
    from logtrace.columns import Bools, Floats, Ints

NODE, TOTAL, EDGE, CALLS, ERRORS, PRESENCE = "time", "duration", "edge", "calls", "errors", "presence"
"""time: that of an operation itself; duration: with all it calls; edge: around calls to other services."""

ATTRIBUTE = "attribute"

TIMES = (NODE, TOTAL, EDGE)


class Sample(NamedTuple):
    """One thing measured on the requests of a kind (root): a value for each request that has it.

    operation   whose; other: what it calls, for edges, calls and presence
    added_ns    what an average request of the kind got longer by it. Of times: without the highest hundredth, as often as they
                are on both sides, for more calls are none that take longer. Of calls: see call_times
    """

    kind: str
    root: Operation
    operation: Operation
    other: Operation | None
    before: Floats
    after: Floats
    added_ns: float = 0.0


class Share(NamedTuple):
    """One thing that requests of a kind have or have not: how many of how many, before and after; added_ns as of Sample."""

    kind: str
    root: Operation
    operation: Operation
    other: Operation | None
    hits_before: int
    before: int
    hits_after: int
    after: int
    added_ns: float = 0.0

    @property
    def shares(self) -> tuple[float, float]:
        """Before and after; 0 where there is nothing it could be a share of."""
        return self.hits_before / max(1, self.before), self.hits_after / max(1, self.after)


class Cell(NamedTuple):
    """Of one thing in one kind of request (`root`: its operation): in which traces it is, the sum of its values and
    their number in each."""

    what: int
    root: int
    traces: Any
    sums: Any
    counts: Any


class Kind(NamedTuple):
    """Requests that begin with one operation: how many on each side, and their durations where those are known whole."""

    root: Operation
    before: int
    after: int
    before_ns: Floats
    after_ns: Floats


@dataclass(frozen=True, eq=False)
class Cohorts:
    """spans: of all traces of both; is_after: the low half of each trace id → whether it is of the second."""

    spans: SpanColumns
    is_after: dict[int, bool]

    @cached_property
    def ids(self) -> Ints:
        """The low halves of the traces that have spans, sorted: what `trace` numbers."""
        return np.unique(self.spans.trace)

    @cached_property
    def trace(self) -> Ints:
        """The number of each span's trace."""
        return np.searchsorted(self.ids, self.spans.trace)

    @cached_property
    def after(self) -> Bools:
        """Which traces are of the second population."""
        return np.array([self.is_after[low] for low in self.ids.tolist()], np.bool_)

    @cached_property
    def root(self) -> Ints:
        """The operation of each trace's root."""
        return self.spans.operation[self.spans.roots]

    def kinds(self) -> list[Kind]:
        """The kinds of requests, the most frequent first."""
        closed, duration = self.spans.closed[self.spans.roots], self.spans.duration_ns[self.spans.roots].astype(np.float64)
        found = []
        for number in np.unique(self.root).tolist():
            one, other = (self.root == number) & ~self.after, (self.root == number) & self.after
            root = self.spans.operations[number]
            found.append(Kind(root, int(one.sum()), int(other.sum()), duration[one & closed], duration[other & closed]))
        return sorted(found, key=lambda kind: (-kind.before - kind.after, kind.root))

    def samples(self) -> Iterator[Sample]:
        """Times of operations, times around calls to other services, numbers of calls."""
        spans, many = self.spans, len(self.spans.operations)
        names = sorted({operation.service for operation in spans.operations})
        service = np.array([names.index(operation.service) for operation in spans.operations] or [0])[spans.operation]
        parents = spans.parents
        remote = (parents >= 0) & (service[parents] != service)
        node, edge = edge_times(spans, remote)
        closed = np.flatnonzero(spans.closed)
        yield from self._times(NODE, closed, spans.operation, node)
        yield from self._times(TOTAL, closed, spans.operation, spans.duration_ns)
        pair = np.where(parents >= 0, spans.operation[parents] * many + spans.operation, -1)
        yield from self._times(EDGE, np.flatnonzero(edge != MISSING), pair, edge)

    def _times(self, kind: str, places: Ints, what: Ints, value: Ints) -> Iterator[Sample]:
        values = value[places].astype(np.float64)
        for number, root, traces, sums, counts in self.cells(what[places], self.trace[places], values):
            after = self.after[traces]
            capped = np.minimum(sums, np.quantile(sums, HIGHEST))
            calls, took = (
                [each[side].sum() / max(1, self.requests(root)[which]) for which, side in enumerate((~after, after))]
                for each in (counts, capped)
            )
            added_ns = float(min(calls) * (took[1] / calls[1] - took[0] / calls[0])) if all(calls) else 0.0
            operation, other = self._names(kind, number)
            each = sums / counts
            yield Sample(kind, self.spans.operations[root], operation, other, each[~after], each[after], added_ns)

    def requests(self, root: int) -> tuple[int, int]:
        """How many requests begin with an operation (its number), before and after."""
        of_kind = self.root == root
        return int((of_kind & ~self.after).sum()), int((of_kind & self.after).sum())

    def _names(self, kind: str, number: int) -> tuple[Operation, Operation | None]:
        operations = self.spans.operations
        if kind in (NODE, TOTAL):
            return operations[number], None
        caller, callee = divmod(number, len(operations))
        return operations[caller], operations[callee]

    def cells(self, what: Ints, trace: Ints, value: Floats) -> Iterator[Cell]:
        """Values summed by request, for each `what` and kind of request."""
        many = max(1, len(self.ids))
        keys, group = np.unique(what * many + trace, return_inverse=True)
        sums, counts = np.bincount(group, value, len(keys)), np.bincount(group, minlength=len(keys))
        thing, traces = keys // many, keys % many
        cell = thing * max(1, len(self.spans.operations)) + self.root[traces]
        order = np.argsort(cell, kind="stable")
        bounds = np.flatnonzero(np.diff(cell[order], prepend=-1, append=-1))
        for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            at = order[first:last]
            yield Cell(int(thing[at[0]]), int(self.root[traces[at[0]]]), traces[at], sums[at], counts[at])

    def shares(self) -> Iterator[Share]:
        """In how many requests with an operation an error began there, and in how many it called another."""
        spans, origin = self.spans, self._began.astype(np.float64)
        present: dict[tuple[int, int], tuple[int, int]] = {}
        for number, root, traces, sums, _ in self.cells(spans.operation, self.trace, origin):
            after = self.after[traces]
            present[number, root] = int((~after).sum()), int(after.sum())
            hits = int((sums[~after] > 0).sum()), int((sums[after] > 0).sum())
            if any(hits) and all(present[number, root]):  # without requests on a side there is no share of them
                yield self._share(ERRORS, root, spans.operations[number], None, hits, present[number, root])
        for (number, root), (one, other) in self.called.items():
            caller, callee = divmod(number, len(spans.operations))
            hits, of = (one.calling, other.calling), present[caller, root]
            if hits != of and all(of):
                share = self._share(PRESENCE, root, spans.operations[caller], spans.operations[callee], hits, of)
                yield share._replace(added_ns=self._added(number, root).presence_ns)

    @cached_property
    def _began(self) -> Bools:
        """The spans in which a failure began: no call of theirs failed. A failure of what only one side calls, or of what fails
        whenever it is called (as where only failures are logged), is no other share of its calls than before: it is told of
        whoever called it as well, if that failed with it."""
        spans = self.spans
        failed, parents = spans.error == ErrorLevel.HARD, spans.parents
        what = spans.operation * len(spans.operations) + self.root[self.trace]
        after = self.after[self.trace]
        told: Bools = failed & np.isin(what, np.intersect1d(what[~after], what[after])) & np.isin(what, what[~failed])
        while True:
            passed_on = np.zeros(len(spans), np.bool_)
            passed_on[parents[told & (parents >= 0)]] = True
            further = failed & passed_on & ~told
            if not further.any():
                break
            told |= further
        began: Bools = failed & ~passed_on
        return began

    def _share(
        self, kind: str, root: int, operation: Operation, other: Operation | None, hits: tuple[int, int], of: tuple[int, int]
    ) -> Share:
        return Share(kind, self.spans.operations[root], operation, other, hits[0], of[0], hits[1], of[1])

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """(places of spans that another calls, the number of the two operations of each)."""
        called = np.flatnonzero(self.spans.parents >= 0)
        operation, parents = self.spans.operation, self.spans.parents
        return called, operation[parents[called]] * len(self.spans.operations) + operation[called]

    @cached_property
    def called(self) -> dict[tuple[int, int], tuple[Called, Called]]:
        """(number of a pair, number of the root) → its calls before and after."""
        places, pair = self.pairs
        duration = np.where(self.spans.closed, self.spans.duration_ns, 0)
        values = [each[places].astype(np.float64) for each in (waited_times(self.spans), duration)]
        waited, took = (self.cells(pair, self.trace[places], each) for each in values)
        found = {}
        for one, other in zip(waited, took, strict=True):
            after, requests = self.after[one.traces], self.requests(one.root)
            sides = [
                Called(
                    requests[which], int(side.sum()), *(float(each[side].sum()) for each in (one.counts, one.sums, other.sums))
                )
                for which, side in enumerate((~after, after))
            ]
            found[one.what, one.root] = sides[0], sides[1]
        return found

    def _added(self, pair: int, root: int) -> Added:
        return added(*self.called[pair, root])

    def calls(self) -> Iterator[Sample]:
        """How often operations call others, in requests in which they do."""
        places, pair = self.pairs
        for number, root, traces, sums, _ in self.cells(pair, self.trace[places], np.ones(len(places))):
            after = self.after[traces]
            if sums.min() != sums.max():
                names = self._names(CALLS, number)
                added_ns = self._added(number, root).calls_ns
                yield Sample(CALLS, self.spans.operations[root], *names, sums[~after], sums[after], added_ns)
