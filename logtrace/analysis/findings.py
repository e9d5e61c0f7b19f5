"""What there is to say about the time of one trace: its critical path, gaps, and runs of like calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from logtrace.analysis.critical_path import CriticalPath, critical_path
from logtrace.analysis.gaps import Gap, gaps
from logtrace.analysis.self_time import self_time_ns
from logtrace.analysis.shape import Repeats, Shape, repeats, shape
from logtrace.model import Span, Trace


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
    """The findings about a trace; whole_trace: the critical path of all roots together."""
    return Findings(trace, critical_path(trace, whole_trace=whole_trace), tuple(gaps(trace)), tuple(repeats(trace)))
