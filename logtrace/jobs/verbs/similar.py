"""Requests like another: candidates from the store, measured by what they have in common."""

from __future__ import annotations

from logtrace.analysis.traces.similar import Similar, SpanFacts, main_root, match, profile, profile_of
from logtrace.model import Trace
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.candidates import Candidates, Wanted, candidates, has_candidates
from logtrace.store.search.lookup import find

LOOKED_AT = 1_000
"""So many candidates are measured, those nearest in size and time."""


def similar(reader: FragmentReader, trace: Trace, limit: int, healthy: bool) -> Similar:
    """The most similar requests of a store, the best first, the earliest of equals first. See Store.similar."""
    ids, asked = find(reader, trace.trace_id), _asked(trace, healthy)
    if asked is None or not ids:
        return Similar((), 0, 0)
    found = candidates(reader, asked, ids[0], LOOKED_AT)
    own = profile(trace, errors=not healthy)
    if healthy:  # as long as such requests take, not as long as this one did
        own = own._replace(duration_ns=_median(found))
    matches = [
        match(own, profile_of([SpanFacts.of(*span) for span in spans], summary.duration_ns), summary)
        for summary, spans in found.traces
    ]
    matches.sort(key=lambda each: (-each.likeness, each.summary.start_ns or 0, each.summary.trace_id))
    return Similar(tuple(matches[:limit]), len(matches), found.known)


def has_healthy_like(reader: FragmentReader, trace: Trace) -> bool:
    """Whether there is any candidate without errors. See Store.has_healthy_like."""
    ids, asked = find(reader, trace.trace_id), _asked(trace, healthy=True)
    return asked is not None and bool(ids) and has_candidates(reader, asked, ids[0])


def _asked(trace: Trace, healthy: bool) -> Wanted | None:
    """What candidates for a trace have in common; None where it has no span to begin with."""
    root = main_root(trace)
    if root is None:
        return None
    seen = sum(not span.phantom for span in trace.spans)
    return Wanted(root.service, root.name, seen, trace.start_ns, bool(trace.errors), healthy)


def _median(found: Candidates) -> int | None:
    """How long the candidates take, as a rule."""
    known = sorted(summary.duration_ns for summary, _ in found.traces if summary.duration_ns is not None)
    return known[len(known) // 2] if known else None
