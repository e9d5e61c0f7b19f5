"""Gaps: time of a span with children in which none of them ran. Waiting, back-off, or work that logs nothing."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.analysis.traces.intervals import child_intervals, uncovered
from logtrace.model import Span, Trace
from logtrace.units import NS

MIN_GAP_NS = NS["ms"]
MIN_SHARE = 0.05


class Gap(NamedTuple):
    """A stretch of `span` that no child covers. before, after: the children around it; None at the span's own ends."""

    span: Span
    start_ns: int
    end_ns: int
    before: Span | None
    after: Span | None

    @property
    def duration_ns(self) -> int:
        """How long it lasts."""
        return self.end_ns - self.start_ns


def gaps(trace: Trace) -> list[Gap]:
    """The gaps of at least 1 ms and a twentieth of the trace, the longest first.

    A span whose children have no times has none: nothing is known of it.
    """
    least_ns = max(MIN_GAP_NS, MIN_SHARE * (trace.duration_ns or 0))
    found = []
    for span in trace.spans:
        if (span.duration_ns or 0) < least_ns or span.start_ns is None or span.end_ns is None or span.phantom:
            continue
        if intervals := child_intervals(trace, span):
            for start, end in uncovered((span.start_ns, span.end_ns), intervals):
                if end - start >= least_ns:
                    found.append(Gap(span, start, end, *_around(trace, span, start, end)))
    return sorted(found, key=lambda gap: (-gap.duration_ns, gap.start_ns))


def _around(trace: Trace, span: Span, start: int, end: int) -> tuple[Span | None, Span | None]:
    children = trace.children[span.key]
    before = next((child for child in children if child.end_ns == start), None)
    after = next((child for child in children if child.start_ns == end), None)
    return before, after
