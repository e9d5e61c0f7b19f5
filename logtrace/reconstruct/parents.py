"""Parents that no line names: each span goes to the tightest span that encloses it."""

from __future__ import annotations

from logtrace.ids import NO_SPAN
from logtrace.model import Evidence
from logtrace.reconstruct.drafts import ROOT, Draft

TOLERANCE_NS = 50_000
"""Times are rounded and written a moment late: a child may end this much after its parent."""

ONLY_CANDIDATE = Evidence("contain", 80)
TIGHTEST = Evidence("contain", 60)


def infer_parents(spans: list[Draft]) -> None:
    """Gives each span whose lines say nothing of a parent the tightest span that encloses it; else it stays a root.

    p |--------------------|
    q    |-------------|
    c       |------|            q is c's parent
    """
    by_key = {span.key: span for span in spans}
    running: list[Draft] = []
    for span in sorted(spans, key=lambda draft: draft.order):
        if span.start_ns is None:
            continue
        if span.parent == NO_SPAN and span.evidence is not ROOT:
            running = [p for p in running if _end(p) + TOLERANCE_NS >= span.start_ns]
            around = [p for p in running if _end(p) + TOLERANCE_NS >= _end(span) and not _below(p, span, by_key)]
            if around:
                tightest = min(around, key=lambda p: (p.duration_ns or 0, -(p.start_ns or 0), p.key))
                span.parent = tightest.key
                span.evidence = ONLY_CANDIDATE if len(around) == 1 else TIGHTEST
        running.append(span)


def _end(span: Draft) -> int:
    return (span.start_ns or 0) + (span.duration_ns or 0)


def _below(candidate: Draft, span: Draft, by_key: dict[int, Draft]) -> bool:
    """Whether the candidate is a descendant of the span, which then can't be its child."""
    at = candidate
    while at.parent != NO_SPAN:
        if at.parent == span.key:
            return True
        at = by_key[at.parent]
    return False
