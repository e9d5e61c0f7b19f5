"""How far the clocks of a store's hosts differ, from the rows of a sample of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.planted import planted
from logtrace.model import Flag
from logtrace.reconstruct.choice.decide import choose
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import Ints, Spans, forest_of
from logtrace.reconstruct.learning.apart import rightly_told
from logtrace.reconstruct.learning.lessons import learned
from logtrace.reconstruct.skew import coldstart
from logtrace.reconstruct.skew.host_clocks import clocks
from logtrace.reconstruct.skew.offsets import SLACK_NS, Calls, Offset, offsets, passed_on
from logtrace.reconstruct.spans.clocks import Clock, Clocks, unknown
from logtrace.reconstruct.spans.naming import OperationKey
from logtrace.reconstruct.spans.runs import NONE, Truths
from logtrace.reconstruct.spans.within import begins, numbered, places_of
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.spanrows import SpanRows

LOWER_BOUND = int(Flag.LOWER_BOUND | Flag.OPEN)
ROUNDS = 4
SURE = 0.8
"""Rounds of inference, and the confidence from which an edge tells something, where no parents are known."""

WAITED = 0.9
"""So many of the children of an operation take no longer than their parents, where these wait for them."""

PASSED_ON = 0.5
"""So much of what a child takes longer its parent takes longer as well, where it waits for it."""

ODD, EXPLAINED = 0.01, 0.8
"""Clocks seem to differ where so large a share of spans is held by none; what corrects them leaves less of these."""

TRACES_EARLY, MOST_EARLY = 0.8, 0.6
"""Clocks contradict each other where in such a share of traces a span starts before the longest, but not most spans do."""


class _Times(NamedTuple):
    """Of spans: start, duration, operation and domain."""

    start: Ints
    taken_ns: Ints
    operation: Ints
    domain: Ints

    def calls(self, parent: Ints, child: Ints) -> Calls:
        """What may be calls between domains, of pairs of places: all but those whose child takes longer than its parent,
        which was not waited for."""
        kept = (self.domain[parent] != self.domain[child]) & (self.taken_ns[child] <= self.taken_ns[parent])
        return self._between(parent[kept], child[kept])

    def waited(self, parent: Ints, child: Ints) -> Calls:
        """Calls of operations that are waited for: their children take no longer than the parents, and where one takes
        longer, so does its parent. The latter is asked of those alone that would move clocks. Where nothing else tells of a
        domain, the starts do of operations that nobody seems to wait for, but that begin before their parents.
        """
        across = self.domain[parent] != self.domain[child]
        parent, child = parent[across], child[across]
        calls, length = self._between(parent, child), self.taken_ns[child]
        high, kept, early = calls.high.copy(), *np.zeros((2, len(child)), np.bool_)
        for number in np.unique(calls.pair).tolist():
            mine = calls.pair == number
            fits = calls.low[mine] <= high[mine]
            agree = (calls.low[mine] - SLACK_NS <= 0) & (high[mine] + SLACK_NS >= 0)
            waits = agree.mean() >= WAITED or passed_on(length[mine], high[mine]) >= PASSED_ON
            if fits.mean() >= WAITED and waits:
                kept[mine] = fits
            elif (calls.low[mine] > SLACK_NS).mean() >= WAITED:
                early[mine] = True
                high[mine] += length[mine]
        told = np.append(calls.parent[kept], calls.child[kept])
        kept |= early & ~(np.isin(calls.parent, told) & np.isin(calls.child, told))
        return calls._replace(high=high).where(kept)

    def _between(self, parent: Ints, child: Ints) -> Calls:
        start, operation, end = self.start, self.operation, self.start + self.taken_ns
        pair = operation[parent] * (int(operation[child].max(initial=0)) + 1) + operation[child]
        return Calls(
            self.domain[parent], self.domain[child], pair, start[parent], start[parent] - start[child], end[parent] - end[child]
        )


class _Spans(NamedTuple):
    """The spans of traces, the domain of each, and of which both ends are known."""

    rows: SpanRows
    domain: Ints
    timed: Truths

    @property
    def times(self) -> _Times:
        """Those of all spans."""
        return _Times(self.rows.start, self.rows.taken_ns, self.rows.operation, self.domain)

    def columns(self) -> coldstart.Spans:
        """The spans of which both ends are known."""
        rows = self.rows.take(self.timed)
        trace = numbered(begins(rows.low), len(rows.low))
        return coldstart.Spans(trace, self.domain[self.timed], rows.operation, rows.start, rows.start + rows.taken_ns)

    def traces(self) -> list[Ints]:
        """The places of the timed spans of each trace that has any."""
        places = np.flatnonzero(self.timed)
        return np.split(places, begins(self.rows.low[places])[1:]) if len(places) else []


def clocks_of_rows(rows: SpanRows, reader: FragmentReader) -> list[Clock]:
    """What clocks need, from calls that lines name; where none name any, from what always nests. Nothing, where none needs a
    correction; else all are told of, also those of which nothing is known."""
    rows = rows.take(rows.key != NO_SPAN)
    names = reader.domains(rows.id.tolist(), rows.operation.tolist())
    domains = sorted(set(names))
    if len(domains) < 2:
        return []
    number = {name: at for at, name in enumerate(domains)}
    domain = np.array([number[name] for name in names], np.int64)
    spans = _Spans(rows, domain, (rows.duration != NONE) & (rows.flags & LOWER_BOUND == 0))
    many = np.bincount(domain, minlength=len(domains))
    above = places_of(rows.first, rows.key, rows.parent, spans.timed & (rows.parent != NO_SPAN))
    named = np.flatnonzero((above >= 0) & spans.timed[above])
    if len(named):
        found = clocks(offsets(spans.times.waited(above[named], named)), domains, many)
    else:
        found = _cold(spans, reader, domains, many)
    told = {name for clock in found for name in (clock.domain, clock.reference)}
    return sorted([*found, *(unknown(name, found[0].cold) for name in domains if name not in told)]) if found else []


def synchronised(spans: Spans, operations: Sequence[OperationKey]) -> Spans:
    """Spans of which parents are known, by a clock that these calls tell: each service has one of its own."""
    forest, order = forest_of(spans, operations)
    child = np.flatnonzero(forest.named >= 0)
    domain, names = forest.services[forest.operation], sorted({service for service, _, _ in operations})
    times = _Times(forest.start, forest.end - forest.start, forest.operation, domain)
    found = clocks(offsets(times.waited(forest.named[child], child)), names, np.bincount(domain, minlength=len(names)))
    shift = np.zeros(len(order), np.int64)
    for clock in found:
        mine = np.flatnonzero(domain == names.index(clock.domain))
        shift[order[mine]] = [clock.shift_ns(at) for at in forest.start[mine].tolist()]
    return spans._replace(start=spans.start + shift, end=spans.end + shift)


def _cold(spans: _Spans, reader: FragmentReader, domains: Sequence[str], many: Ints) -> list[Clock]:
    """Clocks where no parents are known: what leaves the least spans that no other holds.

    Operations that always fit one another tell some offsets; where clocks contradict each other, all spans of a request lie
    within its longest. What is then inferred with confidence tells more, and so on. Nothing, where spans that no other
    holds are few, or are nearly as many after it.
    """
    columns = spans.columns()
    if not len(columns.trace):
        return []
    odd, differ = coldstart.loose(columns, [0] * len(domains)), coldstart.contradicted(columns)
    if odd < ODD * len(columns.trace) and not differ:
        return []
    best, least = list[Clock](), odd + 1 if differ else EXPLAINED * odd
    for first in (coldstart.first_offsets(columns), _within_longest(spans) if _contradict(spans) else []):
        found = clocks(first, domains, many, cold=True)
        for _ in range(ROUNDS if found else 0):
            better = _inferred(spans, reader, found)
            told = {(offset.a, offset.b) for offset in better}
            rest = [one for one in first if (one.a, one.b) not in told]
            found = clocks([*better, *rest], domains, many, cold=True, first=first) or found
        left = coldstart.loose(columns, [Clocks(found).shift_ns(domain, 0) for domain in domains])
        if left < least:
            best, least = found, left
    return best


def _within_longest(spans: _Spans) -> list[Offset]:
    taken = spans.rows.taken_ns
    longest = [np.full(len(trace), trace[np.argmax(taken[trace])]) for trace in spans.traces()]
    return offsets(spans.times.calls(np.concatenate(longest), np.flatnonzero(spans.timed)))


def _inferred(spans: _Spans, reader: FragmentReader, found: list[Clock]) -> list[Offset]:
    """The offsets that calls tell which are inferred with confidence, by some clocks."""
    forest, _, _, place = planted(spans.rows, reader, Clocks(found))
    forest, _ = rightly_told(forest)
    tables = Tables(learned(forest))
    chosen = choose(tables.as_known(forest), tables)
    sure = np.flatnonzero(chosen.confidence >= SURE)
    parent, child = place[chosen.parent[sure]], place[sure]
    both = spans.timed[parent] & spans.timed[child]
    return offsets(spans.times.calls(parent[both], child[both]))


def _contradict(spans: _Spans) -> bool:
    """Whether spans start before their request does, which only clocks that differ explain.

    Spans that end late explain themselves: nobody waited for them. Where most spans start before the longest, it is the
    longest that nobody waited for.
    """
    early = others = odd = many = 0
    start, taken = spans.rows.start, spans.rows.taken_ns
    for trace in spans.traces():
        longest = trace[np.lexsort((start[trace], -taken[trace]))[0]]
        here = int((start[trace] + SLACK_NS < start[longest]).sum())
        early, odd = early + here, odd + (here > 0)
        others, many = others + len(trace) - 1, many + (len(trace) > 1)
    return odd >= TRACES_EARLY * many and 0 < early <= MOST_EARLY * others
