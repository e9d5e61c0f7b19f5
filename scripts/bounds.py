"""The most that any method can find out: what even one that knows everything but who is who would get wrong.

It is told which calls belong together, when they were sent and when the last answer came back, and how long each operation
works before and after (median and spread, as the generator draws them). All that it does not know is which of the spans that
could have made such calls made them. Where these work alike, that is a matter of chance, and the best it can do is to choose
the likeliest: the marginals of a permutation.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from systems import COLD, US, WORK_SPREAD, Inner, System, TrueSpan, known_requests

LARGEST = 12
"""Groups of more spans are asked about in parts, each by itself: that makes it easier."""


def most(made: System, many: int, seed: int) -> float:
    """The share of edges that are right at best, of so many requests."""
    edges = lost = 0.0
    for spans, inner in known_requests(made, many, seed):
        calls = Counter(span.parent_span_id for span in spans)
        groups: dict[object, list[TrueSpan]] = {}
        for span in spans:
            alike = inner[span.span_id].alike
            if calls[span.span_id] and alike is not None:
                groups.setdefault(alike, []).append(span)
        edges += len(spans)
        for group in groups.values():
            for low in range(0, len(group), LARGEST):
                part = group[low : low + LARGEST]
                sure = _marginals(_likelihoods(part, [inner[span.span_id] for span in part], made)).max(axis=0)
                lost += sum(calls[span.span_id] * (1 - float(share)) for span, share in zip(part, sure, strict=True))
    return 1 - lost / max(1.0, edges)


def _likelihoods(spans: Sequence[TrueSpan], inner: Sequence[Inner], made: System) -> NDArray[np.float64]:
    """By span (row) and calls (column): how likely the span made them, times any factor of the row."""
    found = np.zeros((len(spans), len(spans)))
    for row, (span, own) in enumerate(zip(spans, inner, strict=True)):
        for column, calls in enumerate(inner):
            after = span.end_ns - calls.answered_ns
            density = _density(calls.called_ns - span.start_ns, own, made)
            found[row, column] = density * (_density(after, own, made) if own.ends and calls.ends else float(after > 0))
    return found / found.max(axis=1, keepdims=True)


def _density(ns: int, own: Inner, made: System) -> float:
    """Of a lognormal time; at times it is that much longer."""
    if ns <= 0:
        return 0.0
    cold = made.cold if own.spread == WORK_SPREAD else 0.0
    parts = ((1 - cold, own.work_us), (cold, own.work_us * COLD))
    return sum(share * math.exp(-((math.log(ns / (work * US)) / own.spread) ** 2) / 2) / ns * 1e6 for share, work in parts)


def _marginals(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """By row and column: the share of the permutations that have it, by their products (sums over subsets of columns)."""
    many = len(likely)
    before, behind = np.zeros(1 << many), np.zeros(1 << many)
    before[0] = behind[-1] = 1.0
    found = np.zeros((many, many))
    for used in range(1 << many):
        row = used.bit_count()
        for column in range(many if before[used] else 0):
            if not used >> column & 1:
                before[used | 1 << column] += before[used] * likely[row, column]
    for used in range((1 << many) - 2, -1, -1):
        row = used.bit_count()
        for column in range(many):
            if not used >> column & 1:
                behind[used] += behind[used | 1 << column] * likely[row, column]
                found[row, column] += before[used] * likely[row, column] * behind[used | 1 << column]
    return found / before[-1]
