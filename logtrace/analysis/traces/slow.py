"""Which spans of a trace are slow, and why."""

from __future__ import annotations

from collections.abc import Mapping

from logtrace.analysis.traces.self_time import self_time_ns
from logtrace.model import Flag, Span, Trace
from logtrace.units import NS, counted, format_duration

History = Mapping[tuple[str, str], tuple[int, int]]
"""(service, operation) → (number of samples, their 99th percentile in nanoseconds)."""

MIN_SAMPLES = 100
MIN_SHARE = 0.2
MIN_SELF_NS = 100 * NS["ms"]


def slow_spans(trace: Trace, history: History) -> dict[int, str]:
    """Span key → the reason as a short sentence, for the slow spans alone.

    An operation with at least 100 samples: the duration is above its p99. Any other: at least a fifth of the trace, and
    at least 100 ms of it the span's own; never where it is the only span. A duration that is only a lower bound never
    counts: it is none.
    """
    trace_ns = trace.duration_ns or 0
    found = {}
    for span in trace.spans:
        if span.duration_ns is None or span.phantom:
            continue
        samples, p99_ns = history.get((span.service, span.name), (0, 0))
        reason = _above_p99(span, samples, p99_ns) if samples >= MIN_SAMPLES else _large_share(trace, span, trace_ns)
        if reason and not span.flags & (Flag.LOWER_BOUND | Flag.INVALID_DURATION):
            found[span.key] = reason
    return found


def _above_p99(span: Span, samples: int, p99_ns: int) -> str:
    if (span.duration_ns or 0) <= p99_ns:
        return ""
    return f"above the operation's p99 of {format_duration(p99_ns)} over {counted(samples, 'span')}"


def _large_share(trace: Trace, span: Span, trace_ns: int) -> str:
    duration_ns = span.duration_ns or 0
    if len(trace.spans) == 1:
        return ""  # the one span is the trace: nothing to be slow beside
    if duration_ns < MIN_SELF_NS or duration_ns < MIN_SHARE * trace_ns:
        return ""
    own_ns = self_time_ns(trace, span)
    if own_ns < MIN_SELF_NS or trace_ns <= 0:
        return ""
    return f"{min(100, 100 * duration_ns // trace_ns)} % of the trace, {format_duration(own_ns)} of its own"
