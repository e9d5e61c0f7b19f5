"""Statistics of operations: how many, how often, how many failed, how long, how that was before, whose time it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from logtrace.analysis.statistics.quantiles import P50, P95, P99, Grouped, is_maximum
from logtrace.analysis.statistics.sampled import half_width
from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.columns import MISSING, Operation, SpanColumns
from logtrace.model import ErrorLevel
from logtrace.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logtrace.columns import Bools, Floats, Ints, Numbers

FEW = 20
"""Fewer durations than this say nothing about a trend."""

MOST_ROWS = 1_000
"""More operations and values than this are not told apart: those with most of the time are."""

OUTLIER = 2
"""So many times the p99 is an outlier."""


class Trend(NamedTuple):
    """Against the window before. Ratios are None where either side has no such duration.

    sure    the median changed: where the two lie, 95 % sure, does not overlap; None where either side has too few
    """

    spans: int
    p50_ratio: float | None
    p99_ratio: float | None
    error_rate: float | None
    sure: bool | None


class Estimated(NamedTuple):
    """How many spans there were before a sample was drawn, between low and high in 95 of 100 samples; how many failed."""

    spans: float
    low: float
    high: float
    error_rate: float


class OperationStats(NamedTuple):
    """One operation, or those spans of it that have one value of an attribute (`value`, None where not asked for).

    spans       all; errors of them failed, soft_errors have a line of level error but did not fail
    samples     those whose whole duration is known: durations are theirs, the others are left out
    p50_ns …    None without samples; below 100 samples p99_ns is the maximum (p99_is_max), below 20 p95_ns too
    total_ns    the sum of durations; own_ns of the time that no child covers; share: of all own time of the window
    outliers    durations beyond twice the p99; 0 below 100 samples
    estimated   of a sample: of all that was there, as are then rates, shares, sums and percentiles; None where nothing was
                left out
    """

    service: str
    operation: str
    value: Any
    spans: int
    rate_per_s: float | None
    errors: int
    soft_errors: int
    samples: int
    p50_ns: int | None
    p95_ns: int | None
    p99_ns: int | None
    max_ns: int | None
    total_ns: int
    own_ns: int
    share: float
    outliers: int
    trend: Trend | None
    estimated: Estimated | None = None

    @property
    def error_rate(self) -> float:
        """The share of spans that failed."""
        if self.estimated is not None:
            return self.estimated.error_rate
        return self.errors / self.spans if self.spans else 0.0

    @property
    def p99_is_max(self) -> bool:
        """Whether there are too few samples for a p99."""
        return is_maximum(self.samples, P99)

    @property
    def p95_is_max(self) -> bool:
        """Whether there are too few samples for a p95."""
        return is_maximum(self.samples, P95)


class Outlier(NamedTuple):
    """A span that took longer than twice the p99 of its operation. times: how many times the p99."""

    trace_id: str
    span_id: str
    service: str
    operation: str
    start_ns: int | None
    duration_ns: int
    times: float


@dataclass(frozen=True)
class Stats(Tabular):
    """operations: the largest share of the time first, the first of `row_count`.

    since_ns, until_ns  the window: as asked for, else from the first start to the last; None where nothing has a time
    before_ns           where the window before begins, None where there is none
    cut_share           of the time, of the rows that are not among the operations
    spans               of the window; samples of them have a whole duration
    without             spans that lack the attribute asked for
    outliers            the farthest first, the first of `outlier_count`
    notes               sentences about what a reader should know
    """

    TABLES: ClassVar[Tables] = {"operations": OperationStats, "outliers": Outlier}

    since_ns: int | None
    until_ns: int | None
    before_ns: int | None
    operations: tuple[OperationStats, ...]
    row_count: int
    cut_share: float
    spans: int
    samples: int
    without: int
    by: str | None
    outliers: tuple[Outlier, ...]
    outlier_count: int
    notes: tuple[str, ...]


class Groups(NamedTuple):
    """Which group each span is in (-1: none), and what each group is: an operation and a value."""

    of: Ints
    names: Sequence[tuple[Operation, Any]]


class _Measured(NamedTuple):
    """Arrays with an entry a group."""

    spans: Ints
    errors: Ints
    soft: Ints
    closed: Grouped


def by_operation(spans: SpanColumns) -> Groups:
    """A group for each operation."""
    return Groups(spans.operation, [(operation, None) for operation in spans.operations])


def by_value(spans: SpanColumns, code: Ints, values: Sequence[Any]) -> Groups:
    """A group for each operation and value that occur together. code: -1 where a span has no value."""
    pairs, of = np.unique(np.where(code < 0, -1, spans.operation * max(1, len(values)) + code), return_inverse=True)
    none = int(len(pairs) > 0 and pairs[0] < 0)
    width = max(1, len(values))
    names = [(spans.operations[pair // width], values[pair % width]) for pair in pairs[none:].tolist()]
    return Groups(of - none, names)


def operation_stats(
    spans: SpanColumns, own_ns: Numbers, groups: Groups, inside: Bools, before: Bools | None, seconds: float,
    weights: Floats | None = None,
) -> list[OperationStats]:  # fmt: skip
    """The statistics of each group that has a span in the window, the largest share of the time first.

    own_ns      of each span, MISSING where it has no duration
    inside      the spans of the window; before: those of the window before, None where there is none
    seconds     the length of the window, 0 where it has none
    weights     how many spans each stands for, where a sample was kept; own_ns has that in it
    """
    many = len(groups.names)
    now = _measured(spans, groups.of, inside, many, weights)
    estimates = None if weights is None else _estimates(spans, groups.of, inside, many, weights)
    then = None if before is None else _measured(spans, groups.of, before, many)
    counted = inside & spans.closed & (groups.of >= 0)
    own = np.bincount(groups.of[counted], own_ns[counted], many)
    whole = float(np.sum(own_ns[inside & spans.closed], dtype=np.float64)) or 1.0
    percentiles = [now.closed.percentile(permille) for permille in (P50, P95, P99)]
    columns = [*percentiles, now.closed.largest(), now.closed.totals(), _outliers(now.closed, percentiles[2])]
    numbers = np.lexsort((-now.spans, -own))[:MOST_ROWS].tolist()
    trends: Sequence[Trend | None] = [None] * len(numbers) if then is None else _trends(now, then, numbers)
    found = []
    for number, trend in zip(numbers, trends, strict=True):
        if not (count := int(now.spans[number])):
            continue
        operation, value = groups.names[number]
        p50, p95, p99, largest, total, outliers = (int(column[number]) for column in columns)
        samples = int(now.closed.count[number])
        known = [each if samples else None for each in (p50, p95, p99, largest)]
        estimated = None if estimates is None else estimates[number]
        there = count if estimated is None else estimated.spans
        found.append(OperationStats(
            operation.service, operation.name, value, count, there / seconds if seconds else None,
            int(now.errors[number]), int(now.soft[number]), samples, known[0], known[1], known[2], known[3],
            total, int(own[number]), float(own[number]) / whole, outliers, trend, estimated,
        ))  # fmt: skip
    return sorted(found, key=lambda each: (-each.own_ns, -each.spans, each.service, each.operation, str(each.value)))


def _estimates(spans: SpanColumns, group: Ints, inside: Bools, many: int, weights: Floats) -> list[Estimated]:
    """Of each group, as analysis.statistics.sampled does it; spans of one request were kept or left out together."""
    chosen = inside & (group >= 0)
    of, weight, failed = group[chosen], weights[chosen], spans.error[chosen] == ErrorLevel.HARD
    kept = np.bincount(of, minlength=many)
    there, failing = np.bincount(of, weight, many), np.bincount(of, weight * failed, many)
    _, first, counts = np.unique(np.stack([of, spans.trace[chosen]]), axis=1, return_index=True, return_counts=True)
    heavy = weight[first]
    heaviest = float(heavy.max(initial=1.0))
    variance = np.bincount(of[first], counts.astype(np.float64) ** 2 * heavy * (heavy - 1), many)
    spread = half_width(variance, heaviest)
    rows = zip(there.tolist(), np.maximum(kept, there - spread).tolist(), (there + spread).tolist(),
               (failing / np.maximum(there, 1e-9)).tolist(), strict=True)  # fmt: skip
    return list(map(Estimated._make, rows))


def share_of(own_ns: Numbers, whole: Bools, part: Bools) -> float:
    """The share that a part of some spans has of the own time of them all."""
    total = float(np.sum(own_ns[whole], dtype=np.float64))
    return float(np.sum(own_ns[whole & part], dtype=np.float64)) / total if total else 0.0


def _measured(spans: SpanColumns, group: Ints, chosen: Bools, many: int, weights: Floats | None = None) -> _Measured:
    chosen = chosen & (group >= 0)
    closed = chosen & spans.closed
    errors, soft = (
        np.bincount(group[chosen & (spans.error == level)], minlength=many) for level in (ErrorLevel.HARD, ErrorLevel.SOFT)
    )
    counts = np.bincount(group[chosen], minlength=many)
    weight = None if weights is None else weights[closed]
    return _Measured(counts, errors, soft, Grouped(spans.duration_ns[closed], group[closed], many, weight))


def _outliers(closed: Grouped, p99: Numbers) -> Ints:
    """How many values of each group are beyond twice its p99."""
    limit = np.where(closed.count >= 100, np.maximum(p99, 0) * OUTLIER, np.iinfo(np.int64).max)
    beyond = closed.values > np.repeat(limit, closed.count)
    return np.bincount(np.repeat(np.arange(len(closed.count)), closed.count)[beyond], minlength=len(closed.count))


def outlier_places(spans: SpanColumns, found: Sequence[OperationStats], groups: Groups, inside: Bools) -> list[tuple[int, float]]:
    """(place of the span, how many times the p99) of all outliers, the farthest first."""
    p99 = {(each.service, each.operation, repr(each.value)): each.p99_ns for each in found if each.samples >= 100}
    limits = np.array([p99.get((*operation, repr(value))) or MISSING for operation, value in groups.names] + [MISSING])
    of = limits[groups.of]  # -1 is the last
    places = np.flatnonzero(inside & spans.closed & (of != MISSING) & (spans.duration_ns > of * OUTLIER))
    times = spans.duration_ns[places] / of[places]
    order = np.argsort(-times, kind="stable")
    return list(zip(places[order].tolist(), times[order].tolist(), strict=True))


def _trends(now: _Measured, then: _Measured, numbers: Sequence[int]) -> list[Trend]:
    """The trends of some groups."""
    (low, high), (low_then, high_then) = now.closed.median_interval(), then.closed.median_interval()
    apart = ((low > high_then) | (high < low_then)).tolist()
    enough = (np.minimum(now.closed.count, then.closed.count) >= FEW).tolist()
    p50, p99 = (_ratios(now.closed, then.closed, permille) for permille in (P50, P99))
    failed, spans = (then.errors / np.maximum(1, then.spans)).tolist(), then.spans.tolist()
    return [
        Trend(spans[at], p50[at], p99[at], failed[at] if spans[at] else None, apart[at] if enough[at] else None) for at in numbers
    ]


def _ratios(now: Grouped, then: Grouped, permille: int) -> list[float | None]:
    """Now to then; None where a side has too few values for such a percentile."""
    few = np.minimum(now.count, then.count) * (1000 - permille) < 1000
    pairs = zip(now.percentile(permille).tolist(), then.percentile(permille).tolist(), few.tolist(), strict=True)
    return [None if too_few or other <= 0 else one / other for one, other, too_few in pairs]


def seconds_between(since_ns: int | None, until_ns: int | None) -> float:
    """The length of a window; 0 where it has none."""
    return 0.0 if since_ns is None or until_ns is None else (until_ns - since_ns) / NS_PER_S
