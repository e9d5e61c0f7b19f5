from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.traces.gaps import gaps
from logtrace.analysis.traces.intervals import cover, uncovered
from logtrace.analysis.traces.shape import repeats, shape
from tests.builders import MS, slow_task, span, trace


@pytest.mark.parametrize(
    ("children", "label"),
    [
        ([(0, 60), (0, 60)], "parallel"),
        ([(0, 25), (25, 50)], "sequential"),
        ([(0, 20)] * 10, "parallel"),
        ([(0, 10)], "single child"),
        ([(0, 50), (50, 98)], "sequential"),
        ([(0, 60), (40, 100)], "mixed"),
        ([], "leaf"),
        ([(0, 4), (4, 9)], "self-dominated"),
        ([(200, 300)], "unknown"),
        ([(-50, 150)], "single child"),
    ],
)
def test_labels(children: list[tuple[int, int]], label: str) -> None:
    root = span("root", ms=100)
    made = trace(root, *(span("c", parent=root, at=start, ms=end - start) for start, end in children))
    assert shape(made, root).label == label


def test_numbers() -> None:
    root = span("root", ms=100)
    made = trace(root, span("a", parent=root, ms=60), span("b", parent=root, at=40, ms=60))
    assert shape(made, root)[1:] == (1.0, 1.2, 2)


def test_without_times_nothing_is_said() -> None:
    root = span("root", ms=None)
    assert shape(trace(root, span("c", parent=root)), root).label == "unknown"
    timed = span("root")
    assert shape(trace(timed, span("c", parent=timed, at=None, ms=None)), timed).label == "unknown"


def test_many_like_calls_in_a_row() -> None:
    root = span("root", ms=100)
    calls = [span("SELECT", parent=root, at=10 * n, ms=9) for n in range(6)]
    (run,) = repeats(trace(root, *calls, span("other", parent=root, at=70, ms=5)))
    assert (run.first.name, run.calls, run.covered_ns) == ("SELECT", 6, 54 * MS)
    assert repeats(trace(root, *calls[:4])) == []
    side_by_side = [span("SELECT", parent=root, ms=50) for _ in range(6)]
    assert repeats(trace(root, *side_by_side)) == []
    short = [span("SELECT", parent=root, at=n, ms=1) for n in range(6)]
    assert repeats(trace(root, *short)) == []


def test_gaps() -> None:
    root = span("Retry", ms=100)
    first, second = span("call", parent=root, at=10, ms=20), span("call", parent=root, at=70, ms=28)
    made = trace(root, first, second)
    assert [(g.duration_ns // MS, g.before, g.after) for g in gaps(made)] == [(40, first, second), (10, None, first)]
    assert gaps(slow_task()) == []
    assert gaps(trace(span("leaf", ms=1000))) == []


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=12))
def test_sweeps_agree_with_counting(drawn: list[tuple[int, int]]) -> None:
    intervals = sorted((start, min(100, start + length)) for start, length in drawn)
    running = [sum(start <= at < end for start, end in intervals) for at in range(100)]
    found = cover(intervals)
    assert found.union_ns == sum(n > 0 for n in running)
    assert found.shared_ns == sum(n > 1 for n in running)
    assert found.sum_ns == sum(running)
    assert found.concurrency == max(running, default=0)
    assert [at for at in range(100) if not running[at]] == [at for a, b in uncovered((0, 100), intervals) for at in range(a, b)]
