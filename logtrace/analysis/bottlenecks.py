"""Bottlenecks: the spans that decided how long a request took, by their time on the critical path, not by duration."""

from __future__ import annotations

from dataclasses import dataclass

from logtrace.analysis.findings import Findings, findings
from logtrace.analysis.gaps import Gap
from logtrace.analysis.shape import Repeats, Shape
from logtrace.analysis.slow import History, slow_spans
from logtrace.model import Span, Trace


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A span on the critical path.

    critical_ns     its time on the path; share: that of the whole path, 0 to 1
    self_ns         its time that no child covers; None where it has no duration
    slow            why it is slow, as a sentence; "" where it is not
    gaps, repeats   those found in it
    """

    span: Span
    critical_ns: int
    share: float
    self_ns: int | None
    shape: Shape
    slow: str
    gaps: tuple[Gap, ...]
    repeats: tuple[Repeats, ...]


@dataclass(frozen=True)
class Bottlenecks:
    """All spans on the critical path of a trace, the largest share first; none where no root has both start and end."""

    findings: Findings
    spans: tuple[Bottleneck, ...]


def bottlenecks(trace: Trace, history: History, *, whole_trace: bool = False) -> Bottlenecks:
    """The bottlenecks of the first root; whole_trace: of all that ran, see critical_path."""
    found = findings(trace, whole_trace=whole_trace)
    slow = slow_spans(trace, history)
    on_path = [trace.by_key[key] for key in found.path_ns if key in trace.by_key]
    return Bottlenecks(found, tuple(_bottleneck(found, span, slow.get(span.key, "")) for span in on_path))


def _bottleneck(found: Findings, span: Span, slow: str) -> Bottleneck:
    return Bottleneck(
        span, found.path_ns[span.key], found.share(span), found.self_ns(span), found.shape(span), slow,
        tuple(gap for gap in found.gaps if gap.span.key == span.key),
        tuple(run for run in found.repeats if run.parent.key == span.key),
    )  # fmt: skip
