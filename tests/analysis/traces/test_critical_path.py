from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.traces.critical_path import NO_PATH, critical_path, quantum_ns
from logtrace.ids import NO_SPAN
from logtrace.model import Flag, Span, Trace
from tests.builders import MS, T0, slow_task, span, trace

CASES: dict[str, tuple[list[tuple[str, str, int, int]], list[tuple[str, int, int]]]] = {
    "one after the other": (
        [("C", "", 1, 101), ("D", "C", 20, 40), ("E", "C", 50, 60)],
        [("C", 1, 20), ("D", 20, 40), ("C", 40, 50), ("E", 50, 60), ("C", 60, 101)],
    ),
    "of two that overlap the last to end": (
        [("X", "", 1, 101), ("A", "X", 10, 50), ("C", "X", 20, 60)],
        [("X", 1, 20), ("C", 20, 60), ("X", 60, 101)],
    ),
    "begun after its parent ended": ([("A", "", 1, 31), ("B", "A", 40, 80), ("C", "B", 50, 60)], [("A", 1, 31)]),
    "sent and not waited for": (
        [("A producer", "", 1, 31), ("B consumer", "A producer", 10, 20), ("C", "B consumer", 12, 14)],
        [("A producer", 1, 31)],
    ),
    "longer than its parent, its child earlier": (
        [("A", "", 1, 30), ("B", "A", 15, 35), ("C", "B", 10, 25)],
        [("A", 1, 15), ("C", 15, 25), ("B", 25, 30)],
    ),
    "longer at two levels": (
        [("A", "", 1, 30), ("B", "A", 15, 35), ("C", "B", 20, 40)],
        [("A", 1, 15), ("B", 15, 20), ("C", 20, 30)],
    ),
    "longer at both ends": ([("A", "", 10, 30), ("B", "A", 5, 35)], [("B", 10, 30)]),
    "ended before its parent began": ([("A", "", 10, 30), ("B", "A", 1, 5)], [("A", 10, 30)]),
}
"""What Jaeger's UI is tested with: (name with kind, parent, start, end) in microseconds, and the sections."""


def named(made: Trace, **options: bool) -> list[tuple[str, float, float]]:
    """(operation, start, end) of the sections, in milliseconds from T0."""
    names = {s.key: s.name for s in made.spans} | {NO_SPAN: "-"}
    found = critical_path(made, **options).sections
    return [(names[key], (start - T0) / MS, (end - T0) / MS) for key, start, end in found]


@pytest.mark.parametrize("case", CASES)
def test_the_cases_of_jaeger(case: str) -> None:
    told, expected = CASES[case]
    made: dict[str, Span] = {"": None}  # type: ignore[dict-item]
    for name, parent, start, end in told:
        kind = name.partition(" ")[2] or "internal"
        made[name] = span(name, parent=made[parent], kind=kind, at=start / 1000, ms=(end - start) / 1000)
    del made[""]
    assert named(trace(*made.values())) == [(name, start / 1000, end / 1000) for name, start, end in expected]


def test_what_took_the_request_so_long() -> None:
    times = critical_path(slow_task()).times()
    names = {s.key: s.name for s in slow_task().spans}
    assert list(times.values()) == [4800 * MS, 200 * MS, 150 * MS, 40 * MS, 10 * MS]
    assert len(names) == 6


def test_children_that_touch_or_overlap_by_the_clocks_step_follow_one_another() -> None:
    root = span("root", ms=20)
    made = trace(root, span("a", parent=root, ms=11), span("b", parent=root, at=10, ms=10))
    assert named(made) == [("a", 0, 10), ("b", 10, 20)]
    exact = trace(root, span("a", parent=root, ms=11.000001), span("b", parent=root, at=10, ms=10))
    assert named(exact) == [("root", 0, 10), ("b", 10, 20)]


def test_a_hundredth_of_a_child_is_imprecision() -> None:
    root = span("root", ms=200.000001)
    made = trace(root, span("a", parent=root, ms=100.9), span("b", parent=root, at=100, ms=100.000001))
    assert [name for name, _, _ in named(made)] == ["a", "b"]


def test_several_roots() -> None:
    first, second = span("first", ms=10), span("second", at=30, ms=20)
    made = trace(first, second, span("child", parent=second, at=35, ms=5))
    assert named(made) == [("first", 0, 10)]
    assert named(made, whole_trace=True) == [
        ("first", 0, 10), ("-", 10, 30), ("second", 30, 35), ("child", 35, 40), ("second", 40, 50)
    ]  # fmt: skip


def test_roots_that_overlap_leave_no_time_without_a_span() -> None:
    first = span("first", ms=20)
    made = trace(first, span("child", parent=first, at=5, ms=10), span("second", at=10, ms=20))
    assert named(made, whole_trace=True) == [("first", 0, 5), ("child", 5, 10), ("second", 10, 30)]


def test_what_a_root_set_off_counts_in_the_whole_trace() -> None:
    root = span("root", ms=10)
    send = span("send", parent=root, at=2, ms=3, kind="producer")
    work = span("work", parent=send, at=20, ms=30, kind="consumer")
    made = trace(root, send, work, span("query", parent=work, at=25, ms=10))
    assert [name for name, _, _ in named(made)] == ["root", "send", "root"]
    assert named(made, whole_trace=True) == [
        ("root", 0, 2), ("send", 2, 5), ("root", 5, 10), ("-", 10, 20), ("work", 20, 25), ("query", 25, 35), ("work", 35, 50)
    ]  # fmt: skip


def test_no_path_without_a_root_that_has_an_end() -> None:
    assert critical_path(trace(span("a", ms=None, flags=Flag.OPEN))) == NO_PATH
    assert critical_path(trace(span("a", at=None, ms=None))) == NO_PATH
    assert critical_path(trace(span("a", ms=0))) == NO_PATH
    assert critical_path(Trace("x", ())) == NO_PATH
    assert not critical_path(trace(span("a"))).lower_bound
    assert critical_path(trace(span("a", lower_bound=True))).lower_bound


@pytest.mark.parametrize(("bound", "whole"), [("root", True), ("send", False), ("work", True)])
def test_the_whole_may_have_gone_on_where_a_root_may_have_or_what_ended_last(bound: str, whole: bool) -> None:
    root = span("root", ms=10, lower_bound=bound == "root")
    send = span("send", parent=root, at=2, ms=20, lower_bound=bound == "send")
    work = span("work", parent=root, at=5, ms=40, lower_bound=bound == "work")
    assert critical_path(trace(root, send, work), whole_trace=True).lower_bound == whole


def test_the_step_of_the_clock() -> None:
    assert quantum_ns([span(at=1, ms=2)]) == MS
    assert quantum_ns([span(at=0.001, ms=2)]) == 1000
    assert quantum_ns([span(at=0.0000011, ms=2)]) == 0
    assert quantum_ns([span(at=None, ms=None)]) == 0


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Any tree: children may overlap, stick out, lie outside, have no time."""
    made = [span("root", at=draw(st.integers(0, 50)), ms=draw(st.integers(1, 100)))]
    for number in range(draw(st.integers(0, 12))):
        timed = draw(st.integers(0, 9)) > 0
        made.append(
            span(
                str(number),
                parent=draw(st.sampled_from(made)),
                at=draw(st.integers(-10, 160)) if timed else None,
                ms=draw(st.floats(0, 100)) if timed else None,
                kind=draw(st.sampled_from(["producer", "consumer", "internal"])),
            )
        )
    return trace(*made)


@given(st.lists(traces(), min_size=1, max_size=3))
def test_it_partitions_a_whole_trace_exactly(parts: list[Trace]) -> None:
    made = trace(*(s for part in parts for s in part.spans))
    path = critical_path(made, whole_trace=True)
    timed = [s for s in made.spans if s.start_ns is not None and (s.duration_ns or 0) > 0]
    reached = min(s.start_ns or 0 for s in timed)
    for section in path.sections:
        assert section.start_ns == reached < section.end_ns
        running = [s.key for s in timed if (s.start_ns or 0) <= section.start_ns and (s.end_ns or 0) >= section.end_ns]
        assert section.key in running or (section.key == NO_SPAN and not running)
        reached = section.end_ns
    assert reached == max(s.end_ns or 0 for s in timed)


@given(traces())
def test_it_partitions_the_root_exactly(made: Trace) -> None:
    path = critical_path(made)
    (root,) = made.roots
    reached = root.start_ns
    for section in path.sections:
        assert section.start_ns == reached
        assert section.end_ns > section.start_ns
        reached = section.end_ns
    assert reached == root.end_ns
    for key, time_ns in path.times().items():
        assert 0 < time_ns <= (made.by_key[key].duration_ns or 0)
    for section in path.sections:
        found = made.by_key[section.key]
        assert found.start_ns is not None and found.end_ns is not None
        assert found.start_ns <= section.start_ns and section.end_ns <= found.end_ns


def test_a_chain_deeper_than_the_stack() -> None:
    made = [span("0", ms=20_000)]
    for number in range(1, 5_000):
        made.append(span(str(number), parent=made[-1], at=number, ms=20_000 - 2 * number))
    assert len(critical_path(trace(*made)).sections) == 9_999
