"""How far the clocks of a store's hosts differ, from the rows of a sample of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.planted import planted
from logtrace.model import Flag
from logtrace.reconstruct.clocks import Clock, Clocks
from logtrace.reconstruct.forest import Ints
from logtrace.reconstruct.priors import learned
from logtrace.reconstruct.runs import NONE, Truths
from logtrace.reconstruct.scorer import choose
from logtrace.reconstruct.skew import SLACK_NS, Calls, clocks, offsets
from logtrace.reconstruct.tables import Tables
from logtrace.reconstruct.within import begins, places_of
from logtrace.store.reader import FragmentReader
from logtrace.store.spanrows import SpanRows

LOWER_BOUND = int(Flag.LOWER_BOUND | Flag.OPEN)
ROUNDS = 4
SURE = 0.8
"""Rounds of inference, and the confidence from which an edge tells something, where no parents are known."""

TRACES_EARLY, MOST_EARLY = 0.8, 0.6
"""Clocks contradict each other where in such a share of traces a span starts before the longest, but not most spans do."""


class _Spans(NamedTuple):
    """The spans of traces, the domain of each, and of which both ends are known."""

    rows: SpanRows
    domain: Ints
    timed: Truths

    def calls(self, parent: Ints, child: Ints) -> Calls:
        """Calls between domains among pairs of places; a child that takes longer than its parent was not waited for."""
        start, taken, operation = self.rows.start, self.rows.taken_ns, self.rows.operation
        kept = (self.domain[parent] != self.domain[child]) & (taken[child] <= taken[parent])
        p, c = parent[kept], child[kept]
        pair = operation[p] * (int(operation[c].max(initial=0)) + 1) + operation[c]
        end = start + taken
        return Calls(self.domain[p], self.domain[c], pair, start[p], start[p] - start[c], end[p] - end[c])

    def traces(self) -> list[Ints]:
        """The places of the timed spans of each trace that has any."""
        places = np.flatnonzero(self.timed)
        return np.split(places, begins(self.rows.low[places])[1:]) if len(places) else []


def clocks_of_rows(rows: SpanRows, reader: FragmentReader) -> list[Clock]:
    """The clocks that need a correction, from calls that lines name; where none name any, from what always nests."""
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
        return clocks(offsets(spans.calls(above[named], named)), domains, many)
    return _cold(spans, reader, domains, many) if _contradict(spans) else []


def _cold(spans: _Spans, reader: FragmentReader, domains: Sequence[str], many: Ints) -> list[Clock]:
    """Clocks where no parents are known. A request's longest span waits for all others, so that all calls are taken to be
    its own at first; what is then inferred with confidence tells more, and so on."""
    taken = spans.rows.taken_ns
    longest = [np.full(len(trace), trace[np.argmax(taken[trace])]) for trace in spans.traces()]
    found = clocks(offsets(spans.calls(np.concatenate(longest), np.flatnonzero(spans.timed))), domains, many, cold=True)
    for _ in range(ROUNDS if found else 0):
        forest, _, _, place = planted(spans.rows, reader, Clocks(found))
        chosen = choose(forest, Tables(learned(forest)))
        sure = np.flatnonzero(chosen.confidence >= SURE)
        parent, child = place[chosen.parent[sure]], place[sure]
        both = spans.timed[parent] & spans.timed[child]
        better = offsets(spans.calls(parent[both], child[both]))
        if not better:
            break
        found = clocks(better, domains, many, cold=True) or found
    return found


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
