from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.traces.self_time import self_times
from tests.builders import MS, span, trace


def test_overlapping_children_count_once_and_clipped() -> None:
    root = span("root", ms=100)
    kids = [span("a", parent=root, at=10, ms=30), span("b", parent=root, at=20, ms=30), span("late", parent=root, at=90, ms=50)]
    found = self_times(trace(root, *kids))
    assert found[root.key] == (100 - 40 - 10) * MS
    assert found[kids[2].key] == 50 * MS


def test_child_inside_another_and_one_before_the_start() -> None:
    root = span("root", at=50, ms=100)
    kids = [span("early", parent=root, at=0, ms=60), span("big", parent=root, at=60, ms=40), span("in", parent=root, at=70, ms=5)]
    assert self_times(trace(root, *kids))[root.key] == 50 * MS


def test_unknown_durations_are_absent_and_cover_nothing() -> None:
    root = span("root", ms=10)
    child = span("open", parent=root, at=2, ms=None)
    assert self_times(trace(root, child)) == {root.key: 10 * MS}


def test_a_deep_chain_needs_no_recursion() -> None:
    chain = [span("0", ms=9)]
    for _ in range(20_000):
        chain.append(span("n", parent=chain[-1], ms=9))
    assert sum(self_times(trace(*chain)).values()) == 9 * MS


@given(st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 60)), max_size=12))
def test_equals_counting_each_millisecond(intervals: list[tuple[int, int]]) -> None:
    root = span("root", ms=50)
    kids = [span("kid", parent=root, at=at, ms=ms) for at, ms in intervals]
    covered = {at for start, length in intervals for at in range(max(0, start), min(50, start + length))}
    assert self_times(trace(root, *kids))[root.key] == (50 - len(covered)) * MS
