from __future__ import annotations

import numpy as np
import pytest

from logtrace.analysis.cohorts import significance
from logtrace.analysis.cohorts.significance import cliffs_delta, difference_interval, fisher, mann_whitney, power, ratio_interval


def test_delta_is_how_much_oftener_the_second_is_larger():
    assert cliffs_delta(np.array([1.0, 2, 3]), np.array([4.0, 5])) == 1
    assert cliffs_delta(np.array([1.0, 2]), np.array([1.0, 2])) == 0
    p, delta = mann_whitney(np.arange(50.0), np.arange(50.0) + 10)
    assert delta == pytest.approx(cliffs_delta(np.arange(50.0), np.arange(50.0) + 10))
    assert p < 0.01
    assert mann_whitney(np.ones(30), np.ones(30)) == (1, 0)


def test_the_interval_of_a_ratio_holds_it_as_often_as_said():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        found = ratio_interval(rng.lognormal(0, 0.5, 80), rng.lognormal(np.log(2), 0.5, 80))
        held += found.low <= 2 <= found.high
    assert 0.91 < held / 400 < 0.98
    assert ratio_interval(np.zeros(30), np.ones(30)) is None


def test_the_interval_of_a_difference_of_shares():
    low, high = difference_interval(10, 200, 30, 200)
    assert (round(low, 3), round(high, 3)) == (0.042, 0.160)  # Newcombe's method 10, by hand
    assert fisher(10, 200, 30, 200) < 0.002


def test_power_says_what_a_sample_shows():
    rng = np.random.default_rng(1)
    slowdown, failures = power(200, 200, 20, 0.3, 0.02)
    level = significance.LEVEL / 20
    slower = [mann_whitney(rng.lognormal(0, 0.3, 200), rng.lognormal(np.log(slowdown), 0.3, 200))[0] < level for _ in range(200)]
    more = [fisher(rng.binomial(200, 0.02), 200, rng.binomial(200, 0.02 + failures), 200) < level for _ in range(200)]
    assert 0.7 < np.mean(slower) < 0.9
    assert 0.6 < np.mean(more) < 0.95
    assert power(20, 20, 10_000, 0.3, 0.5).failures is None or power(20, 20, 10_000, 0.3, 0.5).failures > 0.4
    assert power(3, 3, 100, 0.3, 0.0).slowdown is None
