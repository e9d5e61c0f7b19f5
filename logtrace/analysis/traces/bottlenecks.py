"""Bottlenecks: the spans that decided how long a request took, by their time on the critical path, not by duration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from logtrace.analysis.traces.findings import Findings, findings
from logtrace.analysis.traces.gaps import Gap
from logtrace.analysis.traces.shape import Repeats, Shape
from logtrace.analysis.traces.slow import History, slow_spans
from logtrace.model import Span, Trace

T = TypeVar("T")


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
    gaps = _by_span(found.gaps, lambda gap: gap.span)
    runs = _by_span(found.repeats, lambda run: run.parent)
    on_path = [trace.by_key[key] for key in found.path_ns if key in trace.by_key]
    return Bottlenecks(
        found,
        tuple(
            Bottleneck(
                span, found.path_ns[span.key], found.share(span), found.self_ns(span), found.shape(span),
                slow.get(span.key, ""), tuple(gaps.get(span.key, ())), tuple(runs.get(span.key, ())),
            )
            for span in on_path
        ),
    )  # fmt: skip


def _by_span(found: Iterable[T], span: Callable[[T], Span]) -> dict[int, list[T]]:
    """What was found in spans, by their keys: a trace may have thousands of both."""
    by_key: dict[int, list[T]] = defaultdict(list)
    for each in found:
        by_key[span(each).key].append(each)
    return by_key
