"""How far the clocks of a store's hosts differ, from the rows of a sample of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.inference import own_rows, planted
from logtrace.model import Flag
from logtrace.reconstruct.clocks import Clock, Clocks
from logtrace.reconstruct.coldstart import Spans, first_offsets, loose
from logtrace.reconstruct.decide import choose
from logtrace.reconstruct.forest import Ints
from logtrace.reconstruct.priors import learned
from logtrace.reconstruct.skew import SLACK_NS, Calls, Offset, clocks, offsets, passed_on
from logtrace.reconstruct.tables import Tables
from logtrace.store.reader import FragmentReader, Outline

LOWER_BOUND = int(Flag.LOWER_BOUND | Flag.OPEN)
ROUNDS = 4
SURE = 0.8
"""Rounds of inference, and the confidence from which an edge tells something, where no parents are known."""

WAITED = 0.9
"""So many of the children of an operation take no longer than their parents, where these wait for them."""

PASSED_ON = 0.5
"""So much of what a child takes longer its parent takes longer as well, where it waits for it."""

ODD, EXPLAINED = 0.02, 0.8
"""Clocks seem to differ where so large a share of spans is held by none; what corrects them leaves less of these."""


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
    return _cold(traces, reader, timed, domains, spans)


def _cold(
    traces: Sequence[Sequence[Outline]],
    reader: FragmentReader,
    timed: Sequence[dict[int, _Timed]],
    domains: Sequence[str],
    spans: Ints,
) -> list[Clock]:
    """Clocks where no parents are known: what leaves the least spans that no other holds.

    Operations that always fit one another tell some offsets; where clocks contradict each other, all spans of a request lie
    within its longest. What is then inferred with confidence tells more, and so on. Nothing, where spans that no other
    holds are few, or are nearly as many after it.
    """
    rows = [(number, *span) for number, trace in enumerate(timed) for span in trace.values()]
    columns = Spans(*np.array(rows, np.int64).reshape(-1, 5).T)
    odd = loose(columns, [0] * len(domains))
    if odd < ODD * len(rows):
        return []
    by_id = {row.id: known[row.key] for trace, known in zip(traces, timed, strict=True) for row in trace if row.key in known}
    own = [alone for trace in traces if (alone := own_rows(trace, reader)) is not None]
    best, least = list[Clock](), EXPLAINED * odd
    for first in (first_offsets(columns), offsets(_within_longest(timed)) if _contradict(timed) else []):
        found = clocks(first, domains, spans, cold=True)
        for _ in range(ROUNDS if found and own else 0):
            better = _inferred(own, reader, found, by_id)
            told = {(offset.a, offset.b) for offset in better}
            found = clocks([*better, *(one for one in first if (one.a, one.b) not in told)], domains, spans, cold=True) or found
        left = loose(columns, [Clocks(found).shift_ns(domain, 0) for domain in domains])
        if left < least:
            best, least = found, left
    return best


def _within_longest(timed: Sequence[dict[int, _Timed]]) -> Calls:
    longest = [max(trace.values(), key=lambda span: span.end - span.start) for trace in timed if trace]
    return _calls(
        [(first, span) for first, trace in zip(longest, filter(None, timed), strict=True) for span in trace.values()], sure=False
    )


def _inferred(own: list[list[Outline]], reader: FragmentReader, found: list[Clock], by_id: dict[int, _Timed]) -> list[Offset]:
    """The offsets that calls tell which are inferred with confidence, by some clocks."""
    forest, placed, _ = planted(own, reader, Clocks(found))
    chosen = choose(forest, Tables(learned(forest)))
    sure = np.flatnonzero(chosen.confidence >= SURE).tolist()
    pairs = [(placed[chosen.parent[at]].id, placed[at].id) for at in sure]
    return offsets(_calls([(by_id[p], by_id[c]) for p, c in pairs if p in by_id and c in by_id], sure=False))


def _is_timed(row: Outline) -> bool:
    return row.key != NO_SPAN and row.duration_ns is not None and not row.flags & LOWER_BOUND


def _timed(row: Outline, domains: dict[int, int]) -> _Timed:
    assert row.start_ns is not None and row.duration_ns is not None
    return _Timed(domains[row.id], row.operation_id, row.start_ns, row.start_ns + row.duration_ns)


def _calls(pairs: Sequence[tuple[_Timed, _Timed]], sure: bool = True) -> Calls:
    """Calls between domains, from (parent, child), of operations that are waited for: their children take no longer than
    the parents, and where one takes longer, so does its parent. The latter is asked of those alone that would move clocks.
    Where nothing else tells of a domain, the starts do of operations that nobody seems to wait for, but that begin before
    their parents. sure: whether these are calls; else all that take no longer are taken for ones.
    """
    rows = [
        (p.domain, c.domain, p.operation, c.operation, p.start, p.start - c.start, p.end - c.end, c.end - c.start)
        for p, c in pairs
        if p.domain != c.domain
    ]
    parent, child, of, to, at, low, high, length = np.array(rows, np.int64).reshape(-1, 8).T
    pair = of * (int(to.max(initial=0)) + 1) + to
    if not sure:
        return Calls(parent, child, pair, at, low, high).where(low <= high)
    kept, early = np.zeros((2, len(rows)), bool)
    for number in np.unique(pair).tolist():
        mine = pair == number
        fits = low[mine] <= high[mine]
        agree = (low[mine] - SLACK_NS <= 0) & (high[mine] + SLACK_NS >= 0)
        waited = agree.mean() >= WAITED or passed_on(length[mine], high[mine]) >= PASSED_ON
        if fits.mean() >= WAITED and waited:
            kept[mine] = fits
        elif (low[mine] > SLACK_NS).mean() >= WAITED:
            early[mine] = True
            high[mine] += length[mine]
    told = np.append(parent[kept], child[kept])
    kept |= early & ~(np.isin(parent, told) & np.isin(child, told))
    return Calls(parent, child, pair, at, low, high).where(kept)


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
