"""What there is to say about the time of one trace: its critical path, gaps, and runs of like calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from logtrace.analysis.traces.critical_path import NO_PATH, CriticalPath, Section, critical_path
from logtrace.analysis.traces.gaps import Gap, gaps
from logtrace.analysis.traces.self_time import self_time_ns
from logtrace.analysis.traces.shape import Repeats, Shape, repeats, shape
from logtrace.model import Span, Trace
from logtrace.units import NS


@dataclass(frozen=True)
class Findings:
    """path: see CriticalPath (of the first root, or of the whole trace); gaps and repeats: the longest first."""

    trace: Trace
    path: CriticalPath
    gaps: tuple[Gap, ...]
    repeats: tuple[Repeats, ...]

    @cached_property
    def path_ns(self) -> dict[int, int]:
        """Span key → nanoseconds on the critical path, the longest first; spans that are not on it are absent."""
        return self.path.times()

    @cached_property
    def beyond(self) -> CriticalPath:
        """What went on after the root had ended, where that is worth a word; NO_PATH where it is not."""
        root, end_ns = self.path.root, self.trace.end_ns
        if root is None or self.path.lower_bound or root.end_ns is None or end_ns is None:
            return NO_PATH
        if end_ns - root.end_ns <= max(NS["ms"], (root.duration_ns or 0) // 20):
            return NO_PATH
        whole, after = critical_path(self.trace, whole_trace=True), root.end_ns
        kept = [Section(s.key, max(s.start_ns, after), s.end_ns) for s in whole.sections if s.end_ns > after]
        return CriticalPath(None, tuple(kept), whole.lower_bound)

    def share(self, span: Span) -> float:
        """The part of the critical path that a span is, 0 to 1."""
        return self.path_ns.get(span.key, 0) / self.path.duration_ns if self.path.duration_ns else 0.0

    def self_ns(self, span: Span) -> int | None:
        """Time of a span that no child covers; None where it has no duration."""
        return None if span.duration_ns is None else self_time_ns(self.trace, span)

    def shape(self, span: Span) -> Shape:
        """What a span's children do with its time."""
        return shape(self.trace, span)


def findings(trace: Trace, *, whole_trace: bool = False) -> Findings:
    """The findings about a trace; whole_trace: the critical path of all that ran, not of the first root alone."""
    return Findings(trace, critical_path(trace, whole_trace=whole_trace), tuple(gaps(trace)), tuple(repeats(trace)))
