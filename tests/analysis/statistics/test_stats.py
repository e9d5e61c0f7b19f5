from __future__ import annotations

import numpy as np
import pytest

from logtrace.analysis.cohorts.own_time import own_times
from logtrace.analysis.statistics.far_out import far_out
from logtrace.analysis.statistics.series import series, step_within
from logtrace.analysis.statistics.stats import OperationStats, by_operation, by_value, operation_stats, outlier_places
from logtrace.columns import SpanColumns
from logtrace.errors import UsageError
from logtrace.model import ErrorLevel, Flag
from logtrace.units import NS
from tests.analysis.columns import columns_of, durations, flat
from tests.builders import MS, T0, span, trace


def stats(spans: SpanColumns, split: int | None = None) -> list[OperationStats]:
    """Of all spans; of those from an instant on, against those before it."""
    inside = spans.start_ns >= (split or 0)
    return operation_stats(spans, own_times(spans), by_operation(spans), inside, None if split is None else ~inside, 10)


def test_counts_errors_and_percentiles():
    hard, soft = (durations("load", [5] * 3, error=level) for level in (ErrorLevel.HARD, ErrorLevel.SOFT))
    (found,) = stats(flat(durations("load", range(1, 201)), hard, soft))
    assert (found.spans, found.errors, found.soft_errors, found.rate_per_s) == (206, 3, 3, 20.6)
    assert (found.p50_ns, found.p99_ns, found.max_ns) == (97 * MS, 198 * MS, 200 * MS)
    assert not found.p99_is_max


def test_what_is_not_known_whole_is_in_no_percentile():
    root = span("job", ms=100)
    made = trace(
        root,
        span("job", parent=root, ms=900, lower_bound=True),
        span("job", parent=root, ms=None),
        span("job", ms=500, flags=Flag.OPEN),
    )
    (found,) = stats(columns_of([made]))
    assert (found.spans, found.samples, found.max_ns, found.total_ns) == (4, 1, 100 * MS, 100 * MS)


def test_the_time_is_told_once():
    root = span("outer", ms=100)
    outer, inner = sorted(stats(columns_of([trace(root, span("inner", parent=root, ms=75))])), key=lambda each: each.share)
    assert (outer.operation, outer.share, inner.share) == ("outer", 0.25, 0.75)


def test_a_trend_is_said_only_where_it_is_one():
    before, after = T0, T0 + NS["h"]
    steady = durations("steady", range(100, 200)) + durations("steady", range(101, 201), at=3_600_000)
    grown = durations("grown", range(100, 200)) + durations("grown", range(150, 250), at=3_600_000)
    few = durations("few", [1] * 19) + durations("few", [100] * 19, at=3_600_000)
    new = durations("new", [1], at=3_600_000)
    found = {each.operation: each.trend for each in stats(flat(steady, grown, few, new), after)}
    assert before < after
    assert (found["steady"].sure, found["grown"].sure, found["few"].sure) == (False, True, None)
    assert found["grown"].p50_ratio == pytest.approx(199 / 149)
    assert found["few"].p99_ratio is None
    assert found["new"].spans == 0


def test_values_of_an_attribute_have_rows_of_their_own():
    spans = flat(durations("a", [1, 2, 3]), durations("b", [4]))
    groups = by_value(spans, np.array([0, 1, -1, 1]), ["gold", "free"])
    found = operation_stats(spans, own_times(spans), groups, np.ones(4, bool), None, 0)
    assert [(each.operation, each.value, each.max_ns, each.rate_per_s) for each in found] == [
        ("b", "free", 4 * MS, None), ("a", "free", 2 * MS, None), ("a", "gold", 1 * MS, None),
    ]  # fmt: skip


def test_outliers_are_beyond_twice_the_p99_of_enough_samples():
    spans = flat(durations("much", [10] * 300 + [21, 20]), durations("few", [10] * 90 + [500]))
    found = stats(spans)
    assert {each.operation: each.outliers for each in found} == {"much": 1, "few": 0}
    places = outlier_places(spans, found, by_operation(spans), np.ones(len(spans), bool))
    assert places == [(300, 2.1)]


def test_steps_of_a_series_have_all_that_began_in_them():
    spans = flat(durations("a", range(100), step=1000))
    there = np.arange(100) % 2 == 0
    found = series("n", spans.start_ns, np.arange(100), there, ~there, (T0, T0 + 100 * NS["s"]), 10 * NS["s"])
    assert len(found.steps) == 10
    assert found.steps[3][1:] == (10, 5, 5, 34, 38, 38, 38)
    assert found.left_out == 50
    assert found.growth is not None
    assert found.growth.sure is None  # 17 values a third


def test_growth_is_told_from_chance():
    rng = np.random.default_rng(3)
    start = T0 + np.arange(300) * NS["s"]
    there, failed = np.ones(300, bool), np.zeros(300, bool)
    window = (T0, T0 + 300 * NS["s"])
    grown = series("n", start, np.arange(300.0), there, failed, window, None).growth
    steady = series("n", start, rng.normal(100, 10, 300), there, failed, window, None).growth
    assert grown.sure is True
    assert grown.ratio == pytest.approx(249 / 49)
    assert steady.sure is False


def test_too_many_steps_are_refused_and_steps_have_names():
    spans = flat(durations("a", [1]))
    with pytest.raises(UsageError, match="3,600,000 steps"):
        series("n", spans.start_ns, np.ones(1), np.ones(1, bool), np.zeros(1, bool), (T0, T0 + NS["h"]), MS)
    assert step_within(24 * NS["h"], 30) == NS["h"]
    assert step_within(1, 30) == NS["s"]


def test_times_far_from_all_others_are_told():
    near = flat(durations("a", range(200))).start_ns
    assert far_out(near) == (int(near[0]), int(near[-1]), 0)
    assert far_out(np.append(near, [0, T0 + 10**18])) == (int(near[0]), int(near[-1]), 2)
    assert far_out(near[:0]) == (0, 0, 0)
