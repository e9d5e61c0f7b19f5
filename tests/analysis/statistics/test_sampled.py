"""Estimates from a sample hold the truth as often as they say, and are right where nothing was left out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.preservation import in_sample
from logtrace.analysis.statistics.sampled import Weighed, percentile, total

SHARE = 0.01


def sample(seed: int, many: int) -> tuple[list[Weighed], list[tuple[bool, int]]]:
    """(what a sample of 1 % keeps of so many traces, all of them as (counted, duration)). Errors are always kept."""
    random_ = random.Random(seed)
    kept, all_ = [], []
    for _ in range(many):
        error, counted = random_.random() < 0.02, random_.random() < 0.3
        duration_ns = round(random_.lognormvariate(18, 1))
        all_.append((counted, duration_ns))
        if error or in_sample(random_.getrandbits(63), random_.getrandbits(63), SHARE):
            kept.append(Weighed(counted, 1.0 if error else 1 / SHARE, duration_ns))
    return kept, all_


@pytest.mark.slow
def test_intervals_hold_the_truth_in_93_of_100_samples():
    counts = medians = 0
    for seed in range(100):
        kept, all_ = sample(seed, 8_000)
        truth = sorted(duration for counted, duration in all_ if counted)
        found, median = total(kept), percentile(kept, 50)
        counts += found.low <= len(truth) <= found.high
        medians += median.low <= truth[(len(truth) - 1) // 2] <= median.high
    assert counts >= 93 and medians >= 93


@pytest.mark.slow
def test_a_large_sample_is_within_5_percent():
    kept, all_ = sample(1, 400_000)
    truth = sorted(duration for counted, duration in all_ if counted)
    assert total(kept).value == pytest.approx(len(truth), rel=0.05)
    assert percentile(kept, 50).value == pytest.approx(truth[len(truth) // 2], rel=0.05)
    assert 3_000 < sum(each.weight > 1 for each in kept) < 5_000


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**12)), max_size=50))
def test_without_a_sample_numbers_are_exact(traces: list[tuple[bool, int]]):
    kept = [Weighed(counted, 1.0, duration_ns) for counted, duration_ns in traces]
    assert total(kept).exact and total(kept).value == sum(counted for counted, _ in traces)
    assert percentile(kept, 99).exact


def test_where_nothing_was_drawn_nothing_is_not_certain():
    assert total([Weighed(False, 100.0, 1)]).high > 100


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-(1 << 63), (1 << 63) - 1), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_sample_has_all_of_a_smaller_one(low: int, high: int, one: float, other: float):
    assert not in_sample(low, high, min(one, other)) or in_sample(low, high, max(one, other))
