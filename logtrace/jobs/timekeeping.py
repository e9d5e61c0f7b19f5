"""How far the clocks of a store's hosts differ, from the rows of a sample of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.inference import own_rows, planted
from logtrace.model import Flag
from logtrace.reconstruct.clocks import Clock, Clocks
from logtrace.reconstruct.decide import choose
from logtrace.reconstruct.forest import Ints
from logtrace.reconstruct.priors import learned
from logtrace.reconstruct.skew import SLACK_NS, Calls, clocks, offsets
from logtrace.reconstruct.tables import Tables
from logtrace.store.reader import FragmentReader, Outline

LOWER_BOUND = int(Flag.LOWER_BOUND | Flag.OPEN)
ROUNDS = 4
SURE = 0.8
"""Rounds of inference, and the confidence from which an edge tells something, where no parents are known."""

TRACES_EARLY, MOST_EARLY = 0.8, 0.6
"""Clocks contradict each other where in such a share of traces a span starts before the longest, but not most spans do."""


class _Timed(NamedTuple):
    """A span with both ends known: domain, operation, start and end."""

    domain: int
    operation: int
    start: int
    end: int


def clocks_of_rows(traces: Sequence[Sequence[Outline]], reader: FragmentReader) -> list[Clock]:
    """The clocks that need a correction, from calls that lines name; where none name any, from what always nests."""
    rows = [row for trace in traces for row in trace if row.key != NO_SPAN]
    names = reader.domains(rows)
    domains = sorted(set(names))
    if len(domains) < 2:
        return []
    number = {name: at for at, name in enumerate(domains)}
    domain_by_id = {row.id: number[name] for row, name in zip(rows, names, strict=True)}
    spans = np.bincount([number[name] for name in names], minlength=len(domains))
    timed = [{row.key: _timed(row, domain_by_id) for row in trace if _is_timed(row)} for trace in traces]
    named: list[tuple[_Timed, _Timed]] = []
    for trace, known in zip(traces, timed, strict=True):
        named += [(known[row.parent], known[row.key]) for row in trace if row.key in known and row.parent in known]
    if named:
        return clocks(offsets(_calls(named)), domains, spans)
    if not _contradict(timed):
        return []
    return _cold(traces, reader, timed, domains, spans)


def _cold(
    traces: Sequence[Sequence[Outline]],
    reader: FragmentReader,
    timed: Sequence[dict[int, _Timed]],
    domains: Sequence[str],
    spans: Ints,
) -> list[Clock]:
    """Clocks where no parents are known. A request's longest span waits for all others, so that all calls are taken to be
    its own at first; what is then inferred with confidence tells more, and so on."""
    longest = [max(trace.values(), key=lambda span: span.end - span.start) for trace in timed if trace]
    calls = [(first, span) for first, trace in zip(longest, filter(None, timed), strict=True) for span in trace.values()]
    found = clocks(offsets(_calls(calls)), domains, spans, cold=True)
    by_id = {row.id: known[row.key] for trace, known in zip(traces, timed, strict=True) for row in trace if row.key in known}
    own = [alone for trace in traces if (alone := own_rows(trace, reader)) is not None]
    for _ in range(ROUNDS if found and own else 0):
        forest, rows, _ = planted(own, reader, Clocks(found))
        chosen = choose(forest, Tables(learned(forest)))
        sure = np.flatnonzero(chosen.confidence >= SURE).tolist()
        by_id = {
            row.id: span for trace, known in zip(traces, timed, strict=True) for row in trace if (span := known.get(row.key))
        }
        pairs = [(rows[chosen.parent[at]].id, rows[at].id) for at in sure]
        better = offsets(_calls([(by_id[p], by_id[c]) for p, c in pairs if p in by_id and c in by_id]))
        if not better:
            break
        found = clocks(better, domains, spans, cold=True) or found
    return found


def _is_timed(row: Outline) -> bool:
    return row.key != NO_SPAN and row.duration_ns is not None and not row.flags & LOWER_BOUND


def _timed(row: Outline, domains: dict[int, int]) -> _Timed:
    assert row.start_ns is not None and row.duration_ns is not None
    return _Timed(domains[row.id], row.operation_id, row.start_ns, row.start_ns + row.duration_ns)


def _calls(pairs: Sequence[tuple[_Timed, _Timed]]) -> Calls:
    """Calls between domains, from (parent, child); a child that takes longer than its parent was not waited for."""
    rows = [
        (p.domain, c.domain, p.operation, c.operation, p.start, p.start - c.start, p.end - c.end)
        for p, c in pairs
        if p.domain != c.domain and c.end - c.start <= p.end - p.start
    ]
    parent, child, of, to, at, low, high = np.array(rows, np.int64).reshape(-1, 7).T
    return Calls(parent, child, of * (int(to.max(initial=0)) + 1) + to, at, low, high)


def _contradict(traces: Sequence[dict[int, _Timed]]) -> bool:
    """Whether spans start before their request does, which only clocks that differ explain.

    Spans that end late explain themselves: nobody waited for them. Where most spans start before the longest, it is the
    longest that nobody waited for.
    """
    early = spans = odd = many = 0
    for trace in filter(None, traces):
        longest = max(trace.values(), key=lambda span: (span.end - span.start, -span.start))
        here = sum(span.start + SLACK_NS < longest.start for span in trace.values())
        early, odd = early + here, odd + (here > 0)
        spans, many = spans + len(trace) - 1, many + (len(trace) > 1)
    return odd >= TRACES_EARLY * many and 0 < early <= MOST_EARLY * spans
