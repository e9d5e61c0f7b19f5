"""Parents that no line names, for the spans of one trace while it is put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Evidence
from logtrace.reconstruct.choice.decide import SOURCES, decide
from logtrace.reconstruct.evidence.adrift import numbered_domains
from logtrace.reconstruct.evidence.priors import Model
from logtrace.reconstruct.evidence.shared import TELLING, ids_of, numbered_ids
from logtrace.reconstruct.evidence.tables import tables_of
from logtrace.reconstruct.forest.columns import Forest, Spans, forest_of, grains
from logtrace.reconstruct.forest.peers import numbered_peers
from logtrace.reconstruct.spans.clocks import Clocks
from logtrace.reconstruct.spans.drafts import ROOT, Draft
from logtrace.reconstruct.spans.naming import OperationKey, operation_of

PHANTOM: OperationKey = ("", "", "(not logged)")


def infer_parents(spans: Sequence[Draft], model: Model) -> None:
    """Gives each span whose lines say nothing of a parent the one that scores best (see scorer); else it stays a root.

    Spans without a time neither get a parent nor are one.
    """
    timed = [span for span in spans if span.start_ns is not None]
    if not any(span.parent == NO_SPAN and span.evidence is not ROOT for span in timed):
        return
    forest, order = drafts_forest([spans], Clocks(model.clocks))
    decision = decide(forest, tables_of(model))
    for place in np.flatnonzero(decision.parent >= 0).tolist():
        span, parent = timed[order[place]], timed[order[decision.parent[place]]]
        span.parent = parent.key
        span.evidence = Evidence(SOURCES[decision.source[place]], int(decision.confidence[place]))


def drafts_forest(traces: Sequence[Sequence[Draft]], clocks: Clocks) -> tuple[Forest, list[int]]:
    """The forest of drafts with times, trace by trace, and for each place the index of its draft in one count. clocks: by which
    their times were brought together."""
    spans = [span for trace in traces for span in trace if span.start_ns is not None]
    told = numbered_peers((_attributes(span) for span in spans), (_operation(span) for span in spans))
    operations: dict[OperationKey, int] = {}
    numbers = [operations.setdefault(key, len(operations)) for key in told.operations]
    named = [pair for trace in traces for pair in _named(trace)]
    start = np.array([span.true_ns for span in spans], np.int64)
    duration = np.array([span.duration_ns or 0 for span in spans], np.int64)
    skew = np.array([span.skew_ns for span in spans], np.int64)
    open_end = np.array([not span.end.observed for span in spans], bool)
    thread, request = numbered_ids([_ids(span) for span in spans])
    domains = [span.domain for span in spans]
    columns = Spans(
        trace=np.repeat(np.arange(len(traces)), [sum(span.start_ns is not None for span in trace) for trace in traces]),
        start=start,
        end=start + duration,
        key=np.array([span.key for span in spans], np.int64),
        operation=np.array(numbers, np.int64),
        parent=np.array([key for key, _ in named], np.int64),
        root=np.array([root for _, root in named], bool),
        open_end=open_end,
        late=np.array([_is_late(span) for span in spans], bool),
        grain=grains(start - skew, start - skew + duration, open_end),
        thread=thread,
        request=request,
        unsure=np.array([clocks.unsure_ns(domain) for domain in domains], np.int64),
        clock=numbered_domains(domains),
        peer=np.array(told.numbers, np.int64),
    )
    forest, order = forest_of(columns, list(operations), told.peers)
    return forest, order.tolist()


def _named(trace: Sequence[Draft]) -> Iterator[tuple[int, bool]]:
    """(parent key, whether there is none) as lines tell them of each span with a time. Spans without a time are passed
    over: the parent is the nearest above that has one."""
    by_key = {span.key: span for span in trace}
    for span in trace:
        if span.start_ns is None:
            continue
        above = by_key.get(span.parent)
        while above is not None and above.start_ns is None:
            above = by_key.get(above.parent)
        yield (NO_SPAN if above is None else above.key), above is None and (span.parent != NO_SPAN or span.evidence is ROOT)


def _operation(span: Draft) -> OperationKey:
    return PHANTOM if span.fragment is None else operation_of(span.fragment)[0]


def _ids(span: Draft) -> tuple[str, str]:
    return ids_of((pair for pair in _attributes(span) if pair[0] in TELLING), _operation(span)[0])


def _attributes(span: Draft) -> Iterator[tuple[str, str]]:
    """The attributes of a span (key, JSON text), the best first."""
    return (each.pair for ranked in span.fragment.attributes for each in ranked) if span.fragment is not None else iter(())


def _is_late(span: Draft) -> bool:
    """Whether all that is logged of a span is one line that tells an error."""
    part = span.fragment
    return part is not None and part.failure is not None and len(part.lines) == 1 and not part.marks
