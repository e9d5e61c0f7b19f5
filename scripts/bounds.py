"""The most that any method can find out: what even one that knows everything but who is who would get wrong.

It is told how long each operation works before, between and after its calls (median and spread, as the generator draws them),
and nearly all of every trace; what it does not know is which of the spans that could have made some calls made them:

    contents    all that a span called, of spans that call alike
    step        what a span called at once, of steps that are alike
    loose       a call that nobody waits for

Where these could be changed over, that is a matter of chance, and the best it can do is to choose the likeliest: the marginals
of a permutation. Whoever knows less does worse, so each of the three is a bound; of an operation the lowest counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from systems import COLD, HOP_SPREAD, HOP_US, QUEUE_SPREAD, QUEUE_US, US, WORK_SPREAD, Inner, System, TrueSpan, known_requests

LARGEST = 12
"""Groups of more are asked about in parts, each by itself: that makes it easier."""

SURE, RIGHT = 0.8, 0.99
"""What is stated to be so sure has to be right so often."""


class Most(NamedTuple):
    """At best: the share of edges that are right; the share of them, roots aside, that can be stated to be sure."""

    edges: float
    sure: float


class _Slot(NamedTuple):
    """Where calls of a span begin, and what was called there.

    since_ns, until_ns    the work before began, the work behind was done; None: nobody knows
    sent_ns, answered_ns  the calls were made, the last of them had answered
    work                  (median in µs, sigma, share that is cold) of either work
    many                  edges
    """

    span: str
    operation: str
    since_ns: int
    until_ns: int | None
    sent_ns: int
    answered_ns: int
    work: tuple[float, float, float]
    many: int


def most(made: System, many: int, seed: int) -> Most:
    """The most that anybody could find in so many requests."""
    spans_seen = roots = 0
    chances: dict[tuple[str, str], list[float]] = {}
    for spans, inner in known_requests(made, many, seed):
        spans_seen, roots = spans_seen + len(spans), roots + sum(span.parent_span_id is None for span in spans)
        groups: dict[tuple[str, object], list[_Slot]] = {}
        for kind, alike, slot in _slots(spans, inner, made.cold):
            groups.setdefault((kind, alike), []).append(slot)
        for (kind, _), slots in groups.items():
            ordered = sorted(slots, key=lambda slot: (slot.since_ns, slot.sent_ns))
            for low in range(0, len(ordered), LARGEST):
                part = ordered[low : low + LARGEST]
                for slot, chance in zip(part, _chances(part), strict=True):
                    chances.setdefault((slot.operation, kind), []).extend([chance] * slot.many)
    told = [chance for (operation, kind), found in chances.items() if kind == _worst(operation, chances) for chance in found]
    told += [found for (_, kind), each in chances.items() if kind == "loose" for found in each]
    certain = np.sort(np.append(told, np.ones(max(0, spans_seen - roots - len(told)))))[::-1]
    honest = (certain >= SURE) & (np.cumsum(certain) / np.arange(1, len(certain) + 1) >= RIGHT)
    return Most((roots + float(certain.sum())) / max(1, spans_seen), float(honest.mean()) if len(certain) else 1.0)


def _worst(operation: str, chances: dict[tuple[str, str], list[float]]) -> str:
    """Of the bounds of what an operation waits for the lowest."""
    return min(("contents", "step"), key=lambda kind: sum(chance - 1 for chance in chances.get((operation, kind), [])))


def _slots(spans: Sequence[TrueSpan], inner: dict[str, Inner], cold: float) -> Iterator[tuple[str, object, _Slot]]:
    """(kind, equal for what could be changed over, slot) of a request."""
    for span in spans:
        own = inner[span.span_id]
        name = f"{span.service} {span.operation} {span.kind}"
        work = own.work_us, own.spread, cold if own.spread == WORK_SPREAD else 0.0
        end = span.end_ns if own.ends else None
        since = span.start_ns
        for number, step in enumerate(own.steps):
            waited = [call for call, _ in step.called if not (call.later or call.alone)]
            until = own.steps[number + 1].sent_ns if number + 1 < len(own.steps) else end
            if waited:
                alike = step.alike, number
                yield "step", alike, _Slot(span.span_id, name, since, until, step.sent_ns, step.answered_ns, work, len(waited))
            for call, place in step.called:
                if call.later or call.alone:
                    delay = (QUEUE_US, QUEUE_SPREAD, 0.0) if call.later else (HOP_US, HOP_SPREAD, 0.0)
                    at = spans[place].start_ns
                    yield "loose", (call.operation, delay), _Slot(span.span_id, name, step.sent_ns, None, at, at, delay, 1)
            since = step.answered_ns
        called = sum(not (call.later or call.alone) for step in own.steps for call, _ in step.called)
        if called:
            first, last = own.steps[0].sent_ns, own.steps[-1].answered_ns
            yield (
                "contents",
                tuple(step.alike for step in own.steps),
                _Slot(span.span_id, name, span.start_ns, end, first, last, work, called),
            )


def _chances(slots: Sequence[_Slot]) -> list[float]:
    """For what was called in each slot: how sure the likeliest of the spans is that could have called it."""
    if len(slots) == 1:
        return [1.0]
    likely = np.array([[_likelihood(row, column) for column in slots] for row in slots])
    shares = _marginals(likely / likely.max(axis=1, keepdims=True))
    by_span = np.array([shares[[slot.span == span for slot in slots]].sum(axis=0) for span in {slot.span for slot in slots}])
    found: list[float] = by_span.max(axis=0).tolist()
    return found


def _likelihood(row: _Slot, column: _Slot) -> float:
    """How likely the calls of a slot are in another, times any factor of the latter."""
    before = _density(column.sent_ns - row.since_ns, row.work)
    return before * (1.0 if row.until_ns is None else _density(row.until_ns - column.answered_ns, row.work))


def _density(ns: int, work: tuple[float, float, float]) -> float:
    """Of a lognormal time; at times it is that much longer."""
    if ns <= 0:
        return 0.0
    median_us, spread, cold = work
    parts = ((1 - cold, median_us), (cold, median_us * COLD))
    return sum(share * math.exp(-((math.log(ns / (us * US)) / spread) ** 2) / 2) / ns * 1e6 for share, us in parts if share)


def _marginals(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """By row and column: the share of the permutations that have it, by their products (sums over subsets of columns)."""
    many = len(likely)
    sets = np.arange(1 << many)
    rows = np.array([of.bit_count() for of in range(1 << many)])
    before, behind = np.zeros((2, 1 << many))
    before[0] = behind[-1] = 1.0
    found = np.zeros((many, many))
    for row in range(many):
        for column in range(many):
            used = sets[(rows == row) & (sets >> column & 1 == 0)]
            before[used | 1 << column] += before[used] * likely[row, column]
    for row in range(many - 1, -1, -1):
        for column in range(many):
            used = sets[(rows == row) & (sets >> column & 1 == 0)]
            behind[used] += behind[used | 1 << column] * likely[row, column]
            found[row, column] = (before[used] * likely[row, column] * behind[used | 1 << column]).sum()
    shares: NDArray[np.float64] = found / before[-1]
    return shares
