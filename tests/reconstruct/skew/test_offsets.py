from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.skew.host_clocks import clocks
from logtrace.reconstruct.skew.offsets import WINDOW_NS, Calls, offsets, overlap, passed_on
from logtrace.reconstruct.spans.clocks import Clock, Clocks, clocks_of, clocks_text, domain_of

MS = 1_000_000
MINUTE = 60_000 * MS


def calls(*rows) -> Calls:
    """Calls from (parent domain, child domain, pair, at ns, parent (start, end), child (start, end)) in ms."""
    made = [(a, b, pair, at, round((p[0] - c[0]) * MS), round((p[1] - c[1]) * MS)) for a, b, pair, at, p, c in rows]
    return Calls(*np.array(made, np.int64).reshape(-1, 6).T)


def shifts(found: Calls, domains=("a", "b"), at: int = 0, spans=(9, 1)) -> dict[str, float]:
    made = clocks(offsets(found), domains, np.array(spans))
    return {clock.domain: clock.shift_ns(at) / MS for clock in made}


CENTRED = [(0, 1, 0, 0, (0, 100), (-35, 15))] * 6


def test_a_child_that_starts_too_early_is_centred_in_its_parent():
    assert shifts(calls(*CENTRED)) == {"b": 60.0}


def test_a_child_that_ends_too_late_is_centred_too():
    assert shifts(calls(*[(0, 1, 0, 0, (10, 110), (50, 120))] * 6)) == {"b": -25.0}


def test_what_fits_is_not_moved():
    assert shifts(calls(*[(0, 1, 0, 0, (10, 110), (20, 70))] * 6)) == {}


def test_few_calls_tell_nothing():
    assert shifts(calls(*CENTRED[:4])) == {}


def test_the_reference_is_where_most_spans_are():
    assert shifts(calls(*CENTRED), spans=(1, 9)) == {"a": -60.0}


def test_an_offset_is_near_the_end_that_many_calls_come_close_to():
    rows = [(0, 1, 0, 0, (0, 100), (-40 + n / 1000, -30 + 5 * n % 40)) for n in range(20)]  # start at once, end long before
    assert shifts(calls(*rows))["b"] == pytest.approx(40, abs=0.01)


def test_calls_in_both_directions_tell_one_offset():
    there, back = (0, 1, 0, 0, (0, 10), (22, 30)), (1, 0, 1, 0, (20, 30), (2, 8))
    assert shifts(calls(*[there] * 5, *[back] * 5)) == {"b": -21.0}


def test_a_few_calls_that_nobody_waits_for_change_nothing():
    later = [(0, 1, 0, 0, (0, 10), (300 + n, 305 + n)) for n in range(2)]
    assert shifts(calls(*[(0, 1, 0, 0, (0, 10), (21, 29))] * 20, *later)) == {"b": -20.0}


def test_an_operation_that_nobody_waits_for_is_left_out():
    later = [(0, 1, 7, 0, (0, 10), (300 + 40 * n, 305 + 40 * n)) for n in range(12)]
    assert shifts(calls(*[(0, 1, 0, 0, (0, 10), (21, 29))] * 12, *later)) == {"b": -20.0}


def test_a_clock_that_was_set_has_two_offsets():
    before = [(0, 1, 0, minute * MINUTE, (0, 10), (21, 29)) for minute in range(8)]
    after = [(0, 1, 0, minute * MINUTE, (0, 10), (-59, -51)) for minute in range(20, 28)]
    found = calls(*before, *after)
    assert shifts(found, at=0) == {"b": -20.0}
    assert shifts(found, at=60 * MINUTE) == {"b": 60.0}


def test_a_clock_that_drifts_is_followed():
    rows = []
    for minute in range(120):
        skew = minute * 2.0  # ms
        rows += [(0, 1, 0, minute * MINUTE, (0, 10), (1 + skew, 9 + skew))]
    found = calls(*rows)
    for minute in (15, 47, 90):
        assert shifts(found, at=minute * MINUTE)["b"] == pytest.approx(-2.0 * minute, abs=2.5)


def test_a_queue_that_grows_is_no_clock_that_drifts():
    rows = [(0, 1, 0, n * 100 * MS, (15 * n, 15 * n + 500), (100 * n, 100 * n + 500)) for n in range(1, 200)]
    assert shifts(calls(*rows)) == {}


def test_children_that_all_take_equally_long_tell_nothing_of_who_waits():
    later = np.array([7, 90, 400], np.int64) * MS
    assert passed_on(np.full(3, 5 * MS), later) == 0
    assert passed_on(np.array([1, 2, 3], np.int64), np.array([7, 7, 7], np.int64)) == 1


def test_no_clock_is_said_to_be_known_better_than_most_calls_agree():
    tight = [(0, 1, 0, 0, (0, 10), (20, 30)), (0, 1, 0, 0, (0, 10.004), (20.004, 30))]
    rows = [*tight, *[(0, 1, 0, 0, (0, 10), (20.25 + n / 100, 29.5)) for n in range(18)]]
    (clock,) = clocks(offsets(calls(*rows)), ("a", "b"), np.array((9, 1)))
    assert clock.shift_ns(0) == -20 * MS
    assert 0.2 * MS < clock.uncertainty_ns <= 0.5 * MS


def test_what_calls_leave_open_adds_up_along_the_way_to_the_reference():
    chain = [(n, n + 1, n, 0, (0, 100), (-200, -120)) for n in range(3)]  # each call leaves 20 ms
    found = clocks(offsets(calls(*chain * 6)), ("a", "b", "c", "d"), np.array((9, 1, 1, 1)))
    assert {c.domain: (c.shift_ns(0), c.uncertainty_ns) for c in found} == {
        "b": (210 * MS, 10 * MS), "c": (420 * MS, 20 * MS), "d": (630 * MS, 30 * MS),
    }  # fmt: skip


def test_the_surest_way_to_the_reference_tells_how_sure_a_clock_is():
    chain = [(0, 1, 0, 0, (0, 100), (-200, -120)), (1, 2, 1, 0, (0, 100), (-200, -120))]
    straight = (0, 2, 2, 0, (0, 100), (-419, -321))
    found = clocks(offsets(calls(*[*chain, straight] * 6)), ("a", "b", "c"), np.array((9, 1, 1)))
    sure = {c.domain: c.uncertainty_ns / MS for c in found}
    assert sure["c"] == pytest.approx(1, abs=0.1)
    assert sure["b"] == pytest.approx(10, abs=1)


@given(st.data(), st.lists(st.integers(-100, 100).map(lambda skew: 5.0 * skew), min_size=2, max_size=6))
def test_true_offsets_lie_within_what_is_said_of_them(data: st.DataObject, skews: list[float]):
    """Children lie anywhere within their parents, with any slack on either side."""
    slack = st.floats(0.1, 30)
    rows = []
    for b in range(1, len(skews)):
        a = data.draw(st.integers(0, b - 1))
        for _ in range(6):
            before, after = data.draw(slack), data.draw(slack)
            rows.append((a, b, b, 0, (skews[a], skews[a] + before + 5 + after), (skews[b] + before, skews[b] + before + 5)))
    names = [f"host{n}" for n in range(len(skews))]
    for clock in clocks(offsets(calls(*rows)), names, np.array([99] + [1] * (len(skews) - 1))):
        true = (skews[0] - skews[names.index(clock.domain)]) * MS
        assert abs(clock.shift_ns(0) - true) <= clock.uncertainty_ns + 1


def test_times_in_whole_milliseconds_tell_no_microseconds():
    (clock,) = clocks(offsets(calls(*[(0, 1, 0, 0, (0, 10), (20, 30))] * 20)), ("a", "b"), np.array((9, 1)))
    assert (clock.shift_ns(0), clock.uncertainty_ns) == (-20 * MS, MS)


@given(st.lists(st.integers(-100, 100).map(lambda skew: 5 * skew), min_size=3, max_size=8), st.integers(0, 3))
def test_hosts_are_brought_together_from_the_offsets_of_pairs(skews: list[int], extra: int):
    rows = []
    for a in range(len(skews)):
        for b in {(a + 1) % len(skews), (a + extra) % len(skews)} - {a}:
            parent, child = (0 + skews[a], 10 + skews[a]), (1 + skews[b], 9 + skews[b])
            rows += [(a, b, a * 10 + b, 0, parent, child)] * 6
    names = [f"host{n}" for n in range(len(skews))]
    found = shifts(calls(*rows), names, spans=[99] + [1] * (len(skews) - 1))
    for name, skew in zip(names, skews, strict=True):
        assert found.get(name, 0.0) == pytest.approx(skews[0] - skew, abs=0.06)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 30)), min_size=1, max_size=30))
def test_no_point_is_covered_by_more_intervals_than_the_region(intervals):
    low = np.array([first for first, _ in intervals], np.int64)
    high = np.array([first + length for first, length in intervals], np.int64)
    region = overlap(low, high)
    most = max(int(((low <= point) & (point <= high)).sum()) for point in range(-50, 81))
    assert ((low <= region.low) & (region.low <= high)).sum() == most == round(region.share * len(intervals))
    assert ((low <= region.high) & (region.high <= high)).sum() == most


def test_the_domain_is_the_host_else_the_service():
    assert domain_of([("http.method", '"GET"'), ("service.instance.id", '"7"'), ("host.name", '"a1"')], "api") == 'host.name "a1"'
    assert domain_of([], "api") == "api"


def test_clocks_as_text_and_back():
    found = (Clock("b", ((0, 5), (10, -7)), 1000, 12, "a", True),)
    assert clocks_of(clocks_text(found)) == found
    assert Clocks(found).shift_ns("b", 5) == -1
    assert not Clocks(())
    assert WINDOW_NS == 10 * MINUTE


def test_no_less_is_left_open_than_was_before_parents_were_inferred_by_it():
    """What is inferred by an offset confirms it: calls that are given to the wrong parents agree."""
    first, better = ([(0, 1, 0, 0, (0, 100), at)] * 20 for at in ((-35, 15), (-60, 30)))
    found = {}
    for before in ((), offsets(calls(*first))):
        (clock,) = clocks(offsets(calls(*better)), ("a", "b"), np.array((9, 1)), cold=True, first=before)
        assert clock.shift_ns(0) == 65 * MS
        found[len(before)] = clock.uncertainty_ns / MS
    assert found == {0: 5, 1: 30}, "35 to 85 ms may be added, not only 60 to 70"
