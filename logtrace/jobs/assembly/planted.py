"""The spans of traces as a forest, by the common clock; spans that are named as parents but were never seen among them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.owned import NUMBER, OBSERVED
from logtrace.jobs.assembly.said import UNSEEN, said
from logtrace.model import UNKNOWN, Flag
from logtrace.reconstruct.evidence.adrift import numbered_domains
from logtrace.reconstruct.forest.columns import Forest, Spans, forest_of, grains
from logtrace.reconstruct.spans.clocks import Clocks
from logtrace.reconstruct.spans.repair import HULL
from logtrace.reconstruct.spans.runs import Numbers, Truths
from logtrace.reconstruct.spans.within import begins, numbered, places_of
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.spanrows import END, PARENT, START, SpanRows, among

_HULL_FACTS = NUMBER[HULL.source] << START | NUMBER[HULL.source] << END


class Planted(NamedTuple):
    """The forest, and by its places: the row of each span, what was added to its times, and where it was among the rows
    that were given (-1: never seen)."""

    forest: Forest
    rows: SpanRows
    skew: Numbers
    place: Numbers


def planted(rows: SpanRows, reader: FragmentReader, clocks: Clocks, *, unseen: bool = False) -> Planted:
    """The forest of traces whose rows come as from `own_rows`. Parents that were never seen count as unknown; with `unseen`
    they are spans as well, as long as their children's hull."""
    trace = numbered(rows.first, len(rows.id))
    place = np.flatnonzero(rows.key != NO_SPAN)
    spans, trace = rows.take(place), trace[place]
    clocked = _clocked(spans, reader, clocks)
    if unseen:
        spans, trace, clocked, place = _with_unseen(spans, trace, clocked, place)
    skew, unsure, clock = clocked
    told = said(spans, seen(spans), reader)
    start, open_end = spans.start + skew, ~among(spans.source(END), OBSERVED)
    forest, order = forest_of(
        Spans(
            trace=trace,
            start=start,
            end=start + spans.taken_ns,
            key=spans.key,
            operation=told.operation,
            parent=spans.parent,
            root=spans.source(PARENT) == NUMBER["root"],
            open_end=open_end,
            late=(spans.error > 0) & (spans.lines == 1) & (spans.source(8) == 0),
            grain=grains(spans.start, spans.start + spans.taken_ns, open_end),
            thread=told.thread,
            request=told.request,
            unsure=unsure,
            clock=clock,
            peer=told.peer,
        ),
        told.operations,
        told.peers,
    )
    return Planted(forest, spans.take(order), skew[order], place[order])


def seen(rows: SpanRows) -> Truths:
    """Which rows are in the store."""
    here: Truths = rows.id != UNSEEN
    return here


def _clocked(spans: SpanRows, reader: FragmentReader, clocks: Clocks) -> Numbers:
    """Rows of columns by span: what is added to its times, plus or minus how much, and the number of its clock."""
    if not clocks:
        return np.zeros((3, len(spans.id)), np.int64)
    domains = reader.domains(spans.id.tolist(), spans.operation.tolist())
    shifts = [clocks.shift_ns(domain, at_ns) for domain, at_ns in zip(domains, spans.start.tolist(), strict=True)]
    number = numbered_domains(domains)
    unsure = np.array([clocks.unsure_ns(domain) for domain in dict.fromkeys(domains)], np.int64)
    return np.stack([np.array(shifts, np.int64), unsure[number], number])


def _with_unseen(
    spans: SpanRows, trace: Numbers, clocked: Numbers, place: Numbers
) -> tuple[SpanRows, Numbers, Numbers, Numbers]:  # fmt: skip
    """All columns with those of spans that were never seen, trace by trace."""
    named = spans.parent != NO_SPAN
    orphans = np.flatnonzero(named & (places_of(begins(trace), spans.key, spans.parent, named) < 0))
    if not len(orphans):
        return spans, trace, clocked, place
    orphans = orphans[np.lexsort((spans.parent[orphans], trace[orphans]))]
    new = (np.diff(trace[orphans], prepend=-1) != 0) | (np.diff(spans.parent[orphans], prepend=0) != 0)
    first = np.flatnonzero(new)
    begun = spans.start[orphans] + clocked[0, orphans]
    start = np.minimum.reduceat(begun, first)
    end = np.maximum.reduceat(begun + spans.taken_ns[orphans], first)
    own = orphans[first]
    nothing = np.zeros(len(own), np.int64)
    unseen = SpanRows(
        id=nothing + UNSEEN, low=spans.low[own], high=spans.high[own], key=spans.parent[own], parent=nothing + NO_SPAN,
        operation=nothing + UNSEEN, start=start, duration=end - start, facts=nothing + _HULL_FACTS, error=nothing,
        flags=nothing + int(Flag.LOWER_BOUND), lines=nothing, confidence=nothing + UNKNOWN.confidence,
    )  # fmt: skip
    order = np.argsort(np.r_[trace, trace[own]], kind="stable")
    return (
        SpanRows.joined([spans, unseen]).take(order), np.r_[trace, trace[own]][order],
        np.c_[clocked, np.stack([nothing, nothing, nothing - 1])][:, order], np.r_[place, nothing - 1][order],
    )  # fmt: skip
