"""Stretches of time: the children of a span within it, their union, and where several run at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logtrace.model import Span, Trace

Interval = tuple[int, int]


class Cover(NamedTuple):
    """What intervals cover: union_ns at least one of them, shared_ns two or more; sum_ns counts overlaps each time;
    concurrency is the most that run at once."""

    union_ns: int
    shared_ns: int
    sum_ns: int
    concurrency: int


def is_async(parent: Span, child: Span) -> bool:
    """Whether a parent does not wait for a child: what a producer sends, a consumer takes later."""
    return parent.kind == "producer" and child.kind == "consumer"


def child_intervals(trace: Trace, span: Span) -> list[Interval]:
    """The children that a span waits for, each clipped to the span, by start; what has no length inside it is left out."""
    low, high = span.start_ns, span.end_ns
    if low is None or high is None:
        return []
    found = []
    for child in trace.children.get(span.key, ()):
        start_ns, end_ns = child.start_ns, child.end_ns
        if start_ns is None or end_ns is None or is_async(span, child):
            continue
        if min(end_ns, high) > max(start_ns, low):
            found.append((max(start_ns, low), min(end_ns, high)))
    return sorted(found)


def cover(intervals: Iterable[Interval]) -> Cover:
    """How much time intervals cover, in one sweep over their ends."""
    edges = sorted(edge for start, end in intervals for edge in ((start, 1), (end, -1)))
    union = shared = total = most = running = last = 0
    for at, step in edges:
        union += (at - last) * (running > 0)
        shared += (at - last) * (running > 1)
        total += (at - last) * running
        running, last = running + step, at
        most = max(most, running)
    return Cover(union, shared, total, most)


def uncovered(span: Interval, intervals: Sequence[Interval]) -> list[Interval]:
    """The stretches of a span that none of the intervals (by start, within it) covers.

    span       ────────────────────
    intervals    ─────   ──────
                    ───
    uncovered  ──      ──      ────
    """
    found, reached = [], span[0]
    for start, end in intervals:
        if start > reached:
            found.append((reached, start))
        reached = max(reached, end)
    return [*found, (reached, span[1])] if span[1] > reached else found
