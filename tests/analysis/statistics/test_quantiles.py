from __future__ import annotations

from math import ceil

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.statistics.quantiles import P50, P99, Grouped, is_maximum
from logtrace.columns import MISSING

_pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1000)), max_size=300)


@given(_pairs, st.sampled_from([1, 500, 900, 950, 990, 1000]))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(pairs: list[tuple[int, int]], permille: int):
    found = Grouped(np.array([v for _, v in pairs], np.int64), np.array([g for g, _ in pairs], np.int64), 4)
    for group in range(4):
        values = sorted(v for g, v in pairs if g == group)
        wanted = values[ceil(len(values) * permille / 1000) - 1] if values else MISSING
        assert found.percentile(permille)[group] == wanted
        assert found.totals()[group] == sum(values)
        assert found.largest()[group] == (max(values) if values else MISSING)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 50), st.sampled_from([1, 2, 10])), max_size=60))
def test_a_value_that_stands_for_several_counts_as_often(triples: list[tuple[int, int, int]]):
    columns = [np.array([each[at] for each in triples], np.int64) for at in range(3)]
    groups, values, weights = columns
    found = Grouped(values, groups, 3, weights.astype(np.float64))
    repeated = Grouped(np.repeat(values, weights), np.repeat(groups, weights), 3)
    for permille in (500, 950, 990, 1000):
        assert found.percentile(permille).tolist() == repeated.percentile(permille).tolist()
    assert found.largest().tolist() == repeated.largest().tolist()


@given(st.integers(1, 300))
def test_a_percentile_of_few_is_the_largest(count: int):
    found = Grouped(np.arange(count), np.zeros(count, np.int64), 1)
    assert is_maximum(count, P99) == (found.percentile(P99)[0] == count - 1)


def test_the_median_lies_in_its_interval_as_often_as_said():
    rng = np.random.default_rng(7)
    many, size = 2000, 60
    found = Grouped(rng.lognormal(0, 1, many * size), np.repeat(np.arange(many), size), many)
    low, high = found.median_interval()
    assert 0.94 < np.mean((low <= 1) & (high >= 1)) < 0.99
    assert ((low <= found.percentile(P50)) & (found.percentile(P50) <= high)).all()
