"""Self time: what a span spent itself, not covered by its children."""

from __future__ import annotations

from logtrace.model import Span, Trace


def self_times(trace: Trace) -> dict[int, int]:
    """Span key → self time in nanoseconds; spans without a duration are absent. See self_time_ns."""
    return {span.key: self_time_ns(trace, span) for span in trace.spans if span.duration_ns is not None}


def self_time_ns(trace: Trace, span: Span) -> int:
    """Nanoseconds of the span that no child covers; 0 where it has no duration.

        span   ────────────────────
        child    ─────     ──────────      what lies outside the span does not count,
        child       ─────                  what overlaps counts once
        self   ──        ──

    Never negative. Children without both a start and a duration cover nothing; where the span's own start is unknown
    the children count in full, up to its duration.
    """
    duration_ns = span.duration_ns or 0
    children = trace.children.get(span.key)
    if not children or duration_ns <= 0:
        return max(0, duration_ns)
    low, high = span.start_ns, span.end_ns
    covered, reached = 0, low
    for child in children:  # by start
        start_ns, end_ns = child.start_ns, child.end_ns
        if start_ns is None or end_ns is None:
            continue
        start_ns = start_ns if reached is None else max(start_ns, reached)
        end_ns = end_ns if high is None else min(end_ns, high)
        if end_ns > start_ns:
            covered += end_ns - start_ns
            reached = end_ns
    return max(0, duration_ns - covered)
