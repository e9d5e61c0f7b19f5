"""How a span spends its time on its children: one after the other, side by side, or hardly at all.

By the union of intervals. (The sum of the children against the parent, a rule of thumb, calls ten parallel calls
sequential.)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from logtrace.analysis.traces.intervals import child_intervals, cover
from logtrace.model import Span, Trace

LEAF, SELF, SINGLE, SEQUENTIAL, PARALLEL, MIXED = "leaf", "self-dominated", "single child", "sequential", "parallel", "mixed"
UNKNOWN = "unknown"

MIN_RUN = 5
MIN_COVER = 0.3


class Shape(NamedTuple):
    """label: one of the words above; unknown where the span has children but times are missing.

    coverage        the part of the span that children cover, 0 to 1
    parallelism     children running at once where any runs, on average; 0 without children
    concurrency     the most that run at once
    """

    label: str
    coverage: float
    parallelism: float
    concurrency: int


class Repeats(NamedTuple):
    """A run of like calls one after the other (N+1): `covered_ns` is what they take of their parent."""

    parent: Span
    first: Span
    calls: int
    covered_ns: int


def shape(trace: Trace, span: Span) -> Shape:
    """What the children of a span do with its time."""
    if not trace.children.get(span.key):
        return Shape(LEAF, 0.0, 0.0, 0)
    duration_ns, intervals = span.duration_ns or 0, child_intervals(trace, span)
    if duration_ns <= 0 or not intervals:
        return Shape(UNKNOWN, 0.0, 0.0, 0)
    found = cover(intervals)
    label = _label(found.union_ns / duration_ns, len(intervals), found.shared_ns / found.union_ns)
    return Shape(label, found.union_ns / duration_ns, found.sum_ns / found.union_ns, found.concurrency)


def _label(coverage: float, children: int, shared: float) -> str:
    if coverage < 0.1:
        return SELF
    if children == 1:
        return SINGLE
    return SEQUENTIAL if shared < 0.05 else PARALLEL if shared > 0.5 else MIXED


def repeats(trace: Trace) -> list[Repeats]:
    """Runs of at least five calls of one operation that follow one another and take 30 % of their parent, the longest first."""
    found = []
    for parent in trace.spans:
        children = trace.children.get(parent.key, ())
        if len(children) >= MIN_RUN and (parent.duration_ns or 0) > 0:
            by_operation = sorted(children, key=lambda span: (span.service, span.name))
            for _, group in groupby(by_operation, key=lambda span: (span.service, span.name)):
                found += _run(parent, list(group))
    return sorted(found, key=lambda run: -run.covered_ns)


def _run(parent: Span, calls: Sequence[Span]) -> list[Repeats]:
    low, high = parent.start_ns, parent.end_ns
    if len(calls) < MIN_RUN or not calls[0].name or low is None or high is None:
        return []
    found = cover(
        (max(call.start_ns, low), min(call.end_ns, high))
        for call in calls
        if call.start_ns is not None and call.end_ns is not None and min(call.end_ns, high) > max(call.start_ns, low)
    )
    if found.union_ns < MIN_COVER * (high - low) or found.shared_ns >= 0.05 * found.union_ns:
        return []
    return [Repeats(parent, min(calls, key=lambda span: span.start_ns or 0), len(calls), found.union_ns)]
