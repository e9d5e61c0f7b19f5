"""The beam search: of few trees, and of many that are few at a time, it finds what all of them, weighed one by one, say."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.pace.beam import BEAM, Trees
from logtrace.reconstruct.pace.moments import Moments
from logtrace.reconstruct.pace.paces import BEHIND, BESIDE, paces
from logtrace.reconstruct.pace.remembered import Remembered
from logtrace.reconstruct.pace.timelines import Paces
from tests.reconstruct.evidence.test_scorer import forest

FOUR = [(1, 10, 100), (1, 20, 120), (2, 40, 70), (2, 50, 80), (3, 55, 60), (2, 90, 95)]
"""Two reads side by side, and four spans that either, or one of the spans before, may have called."""

CHOICES = [[-1], [0], [0], [1, 2], [1, 2], [3, 4], [1, 2]]
"""Places of the candidates of a root and of these."""


def shares_of_all(choices: list[list[int]], found, table: Paces, priors: list[list[float]]) -> list[Counter[int]]:
    """By place: the share of each parent, of all trees of a trace."""
    weights = {}
    for way in product(*choices):
        chosen = [priors[at][choices[at].index(parent)] for at, parent in enumerate(way)]
        weights[way] = weight_of(list(way), found, table, chosen)
    most = max(weights.values())
    total = sum(np.exp(weight - most) for weight in weights.values())
    shares: list[Counter[int]] = [Counter() for _ in choices]
    for way, weight in weights.items():
        for at, parent in enumerate(way):
            shares[at][parent] += np.exp(weight - most) / total
    return shares


def weight_of(above: list[int], found, table: Paces, prior: list[float]) -> float:
    """ln of how likely a tree is, span by span."""
    operation = table.numbers(found.operations)[found.operation].tolist()
    start, end = found.start.tolist(), found.end.tolist()
    total = sum(prior)
    for place in range(len(above)):
        children = [child for child, parent in enumerate(above) if parent == place]
        moments = [(start[child], 0, child) for child in children]
        moments += [(end[child], 1, -child) for child in children] + [(end[place], 1, -place)]
        state, ended, since, running = table.begins(np.array([operation[place]])), 0, start[place], set()
        for now, ends, at in sorted(moments):
            of, when = abs(at), BESIDE if running else BEHIND
            if of == place:
                total += float(table.likelihood(2 * state + ended, np.array([2 * table.ends + when]), np.array([now - since]))[0])
                ended, since = 1, since if running else now
            elif ends:
                if of in running:
                    running.remove(of)
                    since = since if running else now
            else:
                call = np.array([operation[of]])
                total += float(table.likelihood(2 * state + ended, 2 * call + when, np.array([now - since]))[0])
                if ended or not table.alone(state, call)[0]:
                    running.add(of)
                    since = now
                state = table.called(state, call)
        total += float(table.likelihood(2 * state + ended, np.array([2 * table.stops]), None)[0])
    return total


def searched(choices: list[list[int]], found, table: Paces, priors: list[list[float]]) -> dict[int, tuple[int, float]]:
    """By place: the parent chosen, and its share."""
    many, width = len(choices), max(map(len, choices))
    traces = len(found.key) // many
    callers, prior = np.full((len(found.key), width), -1), np.full((len(found.key), width), -np.inf)
    for at in range(len(found.key)):
        own = choices[at % many]
        callers[at, : len(own)] = [parent if parent < 0 else parent + at // many * many for parent in own]
        prior[at, : len(own)] = priors[at % many][: len(own)]
    several = np.tile([len(own) for own in choices], traces)
    moments = Moments(found, np.arange(len(found.key)).reshape(traces, many), callers, several)
    assert moments.slots < many, "the root, both reads, and what runs beside"
    trees = Trees(traces, moments.slots, table)
    operation = table.numbers(found.operations)[found.operation]
    for now in moments:
        begun, ended = np.flatnonzero(~now.ends), np.flatnonzero(now.ends)
        if len(begun):
            at, wide = now.place[begun], several[now.place[begun]].max()
            trees.begin(
                now.row[begun], now.slot[begun], now.time[begun], operation[at], now.callers[begun, :wide], prior[at, :wide], at
            )
        if len(ended):
            trees.end(now.row[ended], now.slot[ended], now.time[ended], np.ones(len(ended), bool))
        trees.stop(now.done_row, now.done_slot)
    return {
        int(at): (int(callers[at, which]), float(share))
        for place, best, shares in trees.chosen()
        for at, which, share in zip(place, best, shares, strict=True)
    }


@given(
    st.lists(st.sampled_from([1, 2, 3]), min_size=4, max_size=4),
    st.lists(st.floats(-2, 0), min_size=4, max_size=4),
    st.lists(st.integers(0, 15), min_size=3, max_size=12),
    st.lists(st.integers(-9, 9), min_size=4, max_size=4),
)
def test_of_few_trees_the_best_are_those_of_all(kinds, ratios, lessons, shifts):
    """Whatever was learnt, of whatever operations: the shares are those of all trees, weighed one by one."""
    trace = [(0, 0, 200), *FOUR]
    trace[3:] = [(kind, a + shift, b + shift) for kind, shift, (_, a, b) in zip(kinds, shifts, trace[3:], strict=True)]
    ways = list(product(*CHOICES))
    assert len(ways) == BEAM
    order = sorted(range(len(trace)), key=lambda at: (trace[at][1], at))
    if order != list(range(len(trace))):
        return  # candidates are told by the order of starts
    found = forest(trace, trace)
    taught = forest(*([trace] * len(lessons)))
    known = np.concatenate([np.array(ways[way]) + np.where(np.array(ways[way]) < 0, 0, 7 * n) for n, way in enumerate(lessons)])
    table = Paces(paces(taught, known))
    priors = [[0.0], [0.0], [0.0], *([0.0, ratio] for ratio in ratios)]
    shares = shares_of_all(CHOICES, found._replace(start=found.start[:7], end=found.end[:7]), table, priors)
    got = searched(CHOICES, found, table, priors)
    for place, (parent, share) in got.items():
        own = shares[place % 7]
        assert abs(own[parent - place // 7 * 7] - share) < 1e-4
        assert share > max(own.values()) - 1e-4
    assert len(got) == 8


@pytest.mark.slow
@given(st.lists(st.integers(-1, 1), min_size=24, max_size=24), st.lists(st.floats(-0.2, 0), min_size=12, max_size=12))
def test_what_was_in_doubt_before_takes_no_room(shifts, ratios):
    """Six times two reads side by side with a write each: 4,096 trees, of which only four at a time differ in what runs. What
    one pair does tells nothing of another, so each is weighed by itself."""
    trace, choices = [(0, 0, 1200)], [[-1]]
    for group in range(6):
        at, first = 200 * group, len(trace)
        a, b, c, d = shifts[4 * group : 4 * group + 4]
        trace += [(1, at + 20, at + 150 + a), (1, at + 21, at + 160 + b), (2, at + 50 + c, at + 70), (2, at + 62 + d, at + 90)]
        choices += [[0], [0], [first, first + 1], [first, first + 1]]
    found = forest(trace)
    usual = [own[place % len(own)] for place, own in enumerate(choices)]
    table = Paces(paces(found, np.array(usual)))
    priors = [[0.0] * len(own) for own in choices]
    for at, ratio in zip([at for at, own in enumerate(choices) if len(own) > 1], ratios, strict=True):
        priors[at][1] = ratio
    got = searched(choices, found, table, priors)
    assert len(got) == 12
    for first in range(1, len(trace), 4):
        asked = [own if first <= place < first + 4 else [usual[place]] for place, own in enumerate(choices)]
        told = [prior if first <= place < first + 4 else [0.0] for place, prior in enumerate(priors)]
        shares = shares_of_all(asked, found, table, told)
        for place in (first + 2, first + 3):
            parent, share = got[place]
            assert abs(shares[place][parent] - share) < 1e-4
            assert share > max(shares[place].values()) - 1e-4


def test_what_is_remembered_is_what_was_worked_out_and_only_once():
    asked: list[int] = []

    def of(row, column):
        asked.extend((row * 10 + column).tolist())
        return row - column

    table = Remembered(7, 10, of, np.int64)
    assert table(np.array([[3, 69], [3, 12]])).tolist() == [[-3, -3], [-3, -1]]
    assert table(np.array([12, 40])).tolist() == [-1, 4]
    assert asked == [3, 12, 69, 40]
