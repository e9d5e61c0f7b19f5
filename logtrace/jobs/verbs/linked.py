"""All traces that belong to one: followed through links and shared ids, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from logtrace.analysis.traces.linked import Linked, Tie, joined, shared_ids
from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Link, Trace
from logtrace.store.search.links import are_few, linking_to
from logtrace.store.search.lookup import find, with_attribute

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened

MOST = 20
"""So many traces are joined at most."""

MOST_IDS = 10
"""So many different ids of a trace are looked for; more are no ids of one request."""


def linked(store: Opened, asked: Trace) -> Linked:
    """See Store.linked."""
    traces = {asked.trace_id: asked}
    ties: set[Tie] = set()
    left_out: set[str] = set()
    waiting = [asked]
    while waiting:
        trace = waiting.pop(0)
        for tie in [*_linked_from(store, trace), *_linking_to(store, trace), *_sharing(store, trace)]:
            other = tie.upper if tie.lower == trace.trace_id else tie.lower
            if other not in traces and len(traces) < MOST:
                traces[other] = store.trace(other)
                waiting.append(traces[other])
            if other in traces:
                ties.add(_in_time(tie, traces))
            else:
                left_out.add(other)
    return joined(asked, [trace for trace in traces.values() if trace is not asked], ties, len(left_out))


def related(store: Opened, trace: Trace) -> list[str]:
    """See Store.related."""
    naming = _linking_to(store, trace) if are_few(store.reader) else iter(())
    named = {str(link.trace) for link in _links(trace)}
    ids = [tie.lower if tie.observed else tie.upper for tie in [*naming, *_sharing(store, trace)]]
    return [each for each in dict.fromkeys(ids) if each not in named]


def _in_time(tie: Tie, traces: dict[str, Trace]) -> Tie:
    """An inferred tie with the earlier trace above; without times, by their ids."""
    if tie.observed:
        return tie
    order = [(traces[each].start_ns is None, traces[each].start_ns or 0, each) for each in (tie.lower, tie.upper)]
    return tie if order[1] < order[0] else tie._replace(lower=tie.upper, upper=tie.lower)


def _links(trace: Trace) -> Iterator[Link]:
    yield from trace.links
    yield from (link for span in trace.spans for link in span.links)


def _linked_from(store: Opened, trace: Trace) -> Iterator[Tie]:
    """Traces that lines of this one name."""
    for link in dict.fromkeys(_links(trace)):
        for found in find(store.reader, str(link.trace)):
            if str(found) != trace.trace_id:
                yield Tie(trace.trace_id, str(found), "link", True, link.span)


def _linking_to(store: Opened, trace: Trace) -> Iterator[Tie]:
    """Traces whose lines name this one."""
    for own in find(store.reader, trace.trace_id)[:1]:
        for found in linking_to(store.reader, own):
            if str(found) != trace.trace_id:
                yield Tie(str(found), trace.trace_id, "link", True, _span_of(store.trace(str(found)), own))


def _span_of(trace: Trace, upper: TraceId) -> int:
    """The span of the upper trace that a link of a lower one names; NO_SPAN where it names the trace alone."""
    return next((link.span for link in _links(trace) if link.trace.low == upper.low and link.span), NO_SPAN)


def _sharing(store: Opened, trace: Trace) -> Iterator[Tie]:
    """Traces that log the same request, event or correlation id."""
    ids = dict.fromkeys(pair for span in trace.spans for pair in shared_ids(span))
    for key, value in list(ids)[: MOST_IDS if len(ids) <= MOST_IDS else 0]:
        for found in with_attribute(store.reader, key, str(value)):
            if str(found) != trace.trace_id:
                yield Tie(trace.trace_id, str(found), key, False, NO_SPAN)
