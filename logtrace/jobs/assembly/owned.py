"""Span rows as the lines of their spans tell them, without what was inferred before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.carried import PARENT as PARENT_KEY
from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.plain import below, crowded
from logtrace.model import OBSERVED_SOURCES, UNKNOWN, Flag
from logtrace.reconstruct.choice.decide import SOURCES as INFERRED
from logtrace.reconstruct.spans.repair import HULL
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.reconstruct.spans.within import numbered, places_of
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.of_fragments import SOURCES, shown_alone
from logtrace.store.rows.spanrows import END, PARENT, START, SpanRows, among

NUMBER = {source: number for number, source in enumerate(SOURCES)}
"""What stands in `facts` for a source of evidence."""

OBSERVED = frozenset(NUMBER[source] for source in OBSERVED_SOURCES.intersection(NUMBER))
BY_DECISION = np.array([NUMBER[source] for source in INFERRED])
ALL_SOURCES = 15 << PARENT | 15 << START | 15 << END
_NAMED = frozenset({NUMBER["none"], NUMBER["root"], NUMBER["explicit"], *BY_DECISION.tolist()})
_HULL, _NONE = NUMBER[HULL.source], NUMBER["none"]
_UNUSUAL = int(Flag.MANY_PARENTS | Flag.SELF_PARENT | Flag.CYCLE_CUT | Flag.SHARED_ID | Flag.REMOTE_SEGMENT)


class Owned(NamedTuple):
    """Rows of traces whose parents can be inferred from numbers.

    rows, stored    the rows as their own lines tell them, and as they were given
    partial         which of them are of traces where some line names a parent that was never seen
    difficult       the low halves of all other traces: they need a rebuild from their fragments
    """

    rows: SpanRows
    stored: SpanRows
    partial: Truths
    difficult: list[int]


def own_rows(rows: SpanRows, reader: FragmentReader) -> Owned:
    """Rows of whole traces. A trace is difficult where it is `crowded`, or has a span without a time,
    parents that need repair, or such as were told as inferred."""
    first = rows.first
    if not len(first):
        return Owned(rows, rows, np.empty(0, np.bool_), [])
    trace, spans = numbered(first, len(rows.id)), rows.key != NO_SPAN
    difficult = crowded(rows, reader.service) | np.logical_or.reduceat(rows.high != rows.high[first][trace], first)
    own = _without_inferred(rows, ~difficult[trace], reader)
    named = spans & (own.parent != NO_SPAN)
    up = places_of(first, own.key, own.parent, named)
    unseen = named & (up < 0)
    # by its own lines alone, half a shared id is an ordinary span: that it is none, only the row tells that a rebuild made
    odd = ((own.flags | rows.flags) & _UNUSUAL != 0) | (own.source(START) == _NONE)
    odd |= ~(among(own.source(PARENT), _NAMED) & among(rows.source(PARENT), _NAMED))
    odd |= ~below(up, spans & ~named | unseen)
    odd |= _are_told(own, spans & ~named, reader)
    difficult |= np.logical_or.reduceat(spans & odd, first) | ~np.logical_or.reduceat(spans, first)
    kept = ~difficult[trace]
    partial = np.logical_or.reduceat(unseen, first)[trace]
    return Owned(own.take(kept), rows.take(kept), partial[kept], rows.low[first][difficult].tolist())


def _are_told(rows: SpanRows, which: Truths, reader: FragmentReader) -> Truths:
    """Which of some rows tell of a parent that was inferred elsewhere (see reconstruct.spans.told)."""
    told: Truths = np.zeros(len(rows.id), np.bool_)
    if any_ := reader.attribute_numbers(PARENT_KEY):
        told[which] = [not any_.isdisjoint(refs) for refs in reader.attribute_refs(rows.id[which].tolist())]
    return told


def _without_inferred(rows: SpanRows, wanted: Truths, reader: FragmentReader) -> SpanRows:
    """Rows without the parents that were inferred; those that are wanted also without bounds that were."""
    hull = wanted & ((rows.source(START) == _HULL) | (rows.source(END) == _HULL))
    inferred = among(rows.source(PARENT), BY_DECISION.tolist())
    own = rows._replace(
        parent=np.where(inferred, NO_SPAN, rows.parent),
        facts=np.where(inferred, rows.facts & ~(15 << PARENT), rows.facts),
        confidence=np.where(inferred, UNKNOWN.confidence, rows.confidence),
    )
    return _as_told(own, np.flatnonzero(hull), reader) if hull.any() else own


def _as_told(rows: SpanRows, places: Numbers, reader: FragmentReader) -> SpanRows:
    """Rows, those at some places as the fragments tell that they hold."""
    told = rows._replace(start=rows.start.copy(), duration=rows.duration.copy(), flags=rows.flags.copy())
    for at in places.tolist():
        alone = shown_alone(reader.fragment(int(rows.id[at])))
        sources = NUMBER[alone.start.source] << START | NUMBER[alone.end.source] << END | NUMBER[alone.parent.source] << PARENT
        told.facts[at] = rows.facts[at] & ~ALL_SOURCES | sources
        told.parent[at], told.flags[at] = alone.parent_key, alone.flags
        told.start[at] = NONE if alone.start_ns is None else alone.start_ns
        told.duration[at] = NONE if alone.duration_ns is None else alone.duration_ns
        told.confidence[at] = NONE if alone.parent.observed else alone.parent.confidence
    return told
