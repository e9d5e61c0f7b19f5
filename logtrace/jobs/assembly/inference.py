"""Parents that no line names, for the rows of thousands of traces at once: the quick way through what `rebuild` does.

Only the numbers of rows are read, and only what was inferred is written. A property test holds that both ways agree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.bounding import widened
from logtrace.jobs.assembly.owned import BY_DECISION, NUMBER, OBSERVED, Owned
from logtrace.jobs.assembly.planted import planted, seen
from logtrace.model import UNKNOWN
from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.priors import Model
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.spans.clocks import Clocks
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.reconstruct.spans.within import begins, numbered
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.spanrows import END, PARENT, SpanRows, among, distinct_in, services_of


class Inferred(NamedTuple):
    """What inference makes of some traces.

    rows    the rows that change, as they are from now on
    traces  rows of `trace`
    """

    rows: SpanRows
    traces: list[tuple[Any, ...]]


def infer(owned: Owned, model: Model, tables: Tables, reader: FragmentReader) -> Inferred:
    """The parents of traces that need no rebuild."""
    if not len(owned.rows.id):
        return Inferred(owned.rows, [])
    forest, rows, skew, place = planted(owned.rows, reader, Clocks(model.clocks), unseen=True)
    decision = decide(forest, tables)
    chosen = decision.parent >= 0
    rows = widened(rows, np.where(chosen, decision.parent, np.maximum(forest.named, -1)), skew, ~seen(rows))
    rows = rows._replace(parent=np.where(chosen, rows.key[decision.parent], rows.parent))
    told = np.where(rows.source(PARENT) == NUMBER["root"], NONE, UNKNOWN.confidence)
    rows = rows._replace(
        facts=np.where(chosen, rows.facts & ~(15 << PARENT) | BY_DECISION[decision.source] << PARENT, rows.facts),
        confidence=np.where(chosen, decision.confidence, np.where(rows.parent == NO_SPAN, told, rows.confidence)),
    )
    here = seen(rows)
    own, stored = rows.take(here), owned.stored.take(place[here])
    changed = np.logical_or.reduce([new != old for new, old in zip(own, stored, strict=True)])
    loose = owned.rows.take(owned.rows.key == NO_SPAN)
    return Inferred(own.take(changed), _trace_rows(rows, loose, model.version, reader))


def _trace_rows(spans: SpanRows, loose: SpanRows, version: int, reader: FragmentReader) -> list[tuple[Any, ...]]:
    """The rows of `trace` as `summary` makes them of rebuilt traces. spans: in span order, trace by trace; loose: rows of lines
    of these traces that name no span."""
    first = begins(spans.low)
    trace = numbered(first, len(spans.id))
    begun, end = np.minimum.reduceat(spans.start, first), spans.start + spans.taken_ns
    ended = np.maximum.reduceat(end, first)
    known = np.logical_or.reduceat(among(spans.source(END), OBSERVED) & (end == ended[trace]), first)
    order = np.argsort(spans.low[first])
    trace_of = order[np.searchsorted(spans.low[first], loose.low, sorter=order)]
    timed = loose.start != NONE
    np.minimum.at(begun, trace_of[timed], loose.start[timed])
    np.maximum.at(ended, trace_of[timed], (loose.start + loose.taken_ns)[timed])
    here = seen(spans)
    rows, of = SpanRows.joined([spans.take(here), loose]), np.r_[trace[here], trace_of]

    def count(which: Numbers | Truths) -> Numbers:
        return np.bincount(of, which, len(first)).astype(np.int64)

    columns = (
        spans.low[first], spans.high[first], begun, ended - begun, known, spans.operation[_roots(spans, trace)],
        np.bincount(trace[here], minlength=len(first)), distinct_in(of, services_of(rows.operation, reader.service), len(first)),
        count(rows.error > 0), np.add.reduceat(among(spans.source(PARENT), BY_DECISION.tolist()).astype(np.int64), first),
        count(rows.lines), np.logical_or.reduceat(~here, first).astype(np.int64),
    )  # fmt: skip
    return [
        (low, high, 0, start, took if known or took else None, root, spans, services, errors, inferred, lines, partial,
         int(not known and took > 0), version)
        for low, high, start, took, known, root, spans, services, errors, inferred, lines, partial in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]  # fmt: skip


def _roots(spans: SpanRows, trace: Numbers) -> Numbers:
    """The place of the span that names each trace: its first root that was seen, else its first span that was."""
    here = seen(spans)
    rooted = here & (spans.parent == NO_SPAN)
    without = np.bincount(trace, rooted)[trace] == 0
    places = np.flatnonzero(rooted | (here & without))
    order = np.lexsort((spans.key[places], -spans.taken_ns[places], spans.start[places], trace[places]))
    return places[order][begins(trace[places][order])]
