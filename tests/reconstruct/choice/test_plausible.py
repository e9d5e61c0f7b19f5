"""What timelines tell is what the textbook says of their gaps and counts."""

from __future__ import annotations

from math import log
from statistics import NormalDist

import numpy as np
import pytest

from logtrace.reconstruct.choice.plausible import _SPREAD, _calls, _chances, _counted, _fitted, _Told
from tests.reconstruct.evidence.test_scorer import forest


def test_gaps_are_as_probable_as_normal_distributions_of_their_logarithms_make_them():
    kinds = {7: [1.0, 2.5, 3.0, 2.0], 4: [5.0, 5.5], 1: [0.5]}
    turn = [kind for kind, gaps in kinds.items() for _ in gaps]
    gaps = [gap for gaps in kinds.values() for gap in gaps]
    expected = 0.0
    for each in kinds.values():
        mean = sum(each) / len(each)
        spread = ((sum((gap - mean) ** 2 for gap in each) + _SPREAD) / (len(each) + 1)) ** 0.5
        expected += sum(log(NormalDist(mean, spread).pdf(gap)) - gap for gap in each)  # of the gap itself: over its slope
        expected -= log(max(len(each), 2))  # two numbers describe them: BIC
    told = _Told(np.zeros(8, int), np.zeros(8, int), np.array([*turn, 9]), np.array([*gaps, np.nan]))
    assert _fitted(told) == pytest.approx(expected)


def test_turns_are_as_probable_as_their_counts_make_them():
    contexts, turns, operations = np.array([0, 0, 0, 0, 5]), np.array([1, 1, 1, 2, 8]), np.array([1, 1, 1, 1, 0])
    expected = 3 * log(3 / 4) + log(1 / 4) - (log(3) + log(2)) / 2
    assert _chances(contexts, turns, operations, 3) == pytest.approx([-log(2) / 2, expected, 0])


def test_places_tell_turns_where_they_tell_more_than_they_take_to_describe():
    found = forest(*([[(0, 0, 100)]] * 8))
    callers, turns = np.arange(8), np.array([1, 2, 1, 2, 1, 2, 1, 2])
    told = _Told(callers, np.zeros(8, int), turns, np.full(8, np.nan))
    alike, by_place = 8 * log(1 / 2) - log(4), -log(4)
    assert _counted(found, told, callers, turns) == pytest.approx(by_place), "at one place always the one, at the other the other"
    assert _counted(found, told, callers, np.arange(8) // 4) == pytest.approx(alike)
    assert _counted(found, told, callers, np.zeros(8, int)) == pytest.approx(alike)


@pytest.mark.parametrize(("ends", "alone"), [(99, False), (101, False), (190, True)])
def test_nobody_waits_for_calls_that_outlive_their_callers_unless_by_as_little_as_servers_linger(ends: int, alone: bool):
    found = forest(*([(0, 0, 100), (1, 50, ends), (2, 20, 30)] for _ in range(9)))
    places = np.arange(27).reshape(9, 3)
    above = np.full(27, -1)
    above[places[:, 1:]] = places[:, :1]
    calls = _calls(found, above, np.flatnonzero(above >= 0))
    assert calls.alone.tolist() == [False, alone] * 9, "in the order of time"
    assert calls.first.tolist() == [True, False] * 9
