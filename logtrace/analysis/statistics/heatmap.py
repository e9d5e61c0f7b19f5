"""How long spans took, by when they started: counts in time and in the logarithm of the duration.

Buckets are those of OpenTelemetry's exponential histograms at scale 2, in milliseconds: four for each doubling. Bucket i
holds durations above 2^(i/4) ms, up to and with 2^((i+1)/4) ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from logtrace.analysis.statistics.series import MOST_STEPS
from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.columns import SpanColumns
from logtrace.errors import UsageError
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Bools, Floats, Ints

PER_DOUBLING = 4


class Cell(NamedTuple):
    """Spans of one operation that started in one step and took about as long. average_ns: of their durations."""

    start_ns: int
    service: str
    operation: str
    bucket: int
    spans: int
    average_ns: float

    @property
    def above_ms(self) -> float:
        """All took longer than this."""
        return bound_ms(self.bucket)

    @property
    def up_to_ms(self) -> float:
        """None took longer than this."""
        return bound_ms(self.bucket + 1)


@dataclass(frozen=True)
class Heatmap(Tabular):
    """cells: those with spans in them, by start, operation and bucket; the window is whole steps.

    left_out    spans of the window whose duration is not known whole
    """

    TABLES: ClassVar[Tables] = {"cells": Cell}

    since_ns: int
    until_ns: int
    step_ns: int
    cells: tuple[Cell, ...]
    spans: int
    left_out: int
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps the window has."""
        return (self.until_ns - self.since_ns) // self.step_ns

    @property
    def buckets(self) -> range:
        """From the lowest bucket with spans in it to the highest; empty without any."""
        found = {cell.bucket for cell in self.cells}
        return range(min(found), max(found) + 1) if found else range(0)


def bound_ms(bucket: int) -> float:
    """Where a bucket begins."""
    return float(2 ** (bucket / PER_DOUBLING))


def buckets_of(duration_ns: Ints) -> Ints:
    """The bucket of each duration; what took no time at all is put with what took a nanosecond."""
    logs: Floats = np.log2(np.maximum(duration_ns, 1) / NS["ms"]) * PER_DOUBLING
    nearest = np.round(logs)
    exact = np.abs(logs - nearest) < 1e-9  # a bound belongs to the bucket below it
    return np.where(exact, nearest, np.ceil(logs)).astype(np.int64) - 1


def heatmap(spans: SpanColumns, window: tuple[int, int], step_ns: int) -> Heatmap:
    """The spans of a window; raises UsageError where that is more than two thousand steps."""
    first, last = window[0] // step_ns, max(-(-window[1] // step_ns), window[0] // step_ns + 1)
    if last - first > MOST_STEPS:
        raise UsageError(
            f"{last - first:,} steps are too many", f"take a longer --step or a shorter window: at most {MOST_STEPS:,}"
        )
    inside = (spans.start_ns >= window[0]) & (spans.start_ns < window[1])
    cells = _cells(spans, inside & spans.closed, first, step_ns)
    counted = sum(cell.spans for cell in cells)
    return Heatmap(first * step_ns, last * step_ns, step_ns, tuple(cells), counted, int(inside.sum()) - counted)


def _cells(spans: SpanColumns, chosen: Bools, first: int, step_ns: int) -> list[Cell]:
    step = spans.start_ns[chosen] // step_ns - first
    bucket, operation = buckets_of(spans.duration_ns[chosen]), spans.operation[chosen]
    lowest = int(bucket.min(initial=0))
    high, many = int(bucket.max(initial=0)) - lowest + 1, len(spans.operations)
    keys, group = np.unique((step * many + operation) * high + bucket - lowest, return_inverse=True)
    counts = np.bincount(group, minlength=len(keys))
    sums = np.bincount(group, spans.duration_ns[chosen], len(keys))
    found = []
    for key, count, total in zip(keys.tolist(), counts.tolist(), sums.tolist(), strict=True):
        rest, at = divmod(key, high)
        when, which = divmod(rest, many)
        service, name = spans.operations[which]
        found.append(Cell((first + when) * step_ns, service, name, at + lowest, count, total / count))
    return sorted(found)
