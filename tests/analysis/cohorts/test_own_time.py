from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.cohorts.own_time import edge_times, own_times
from logtrace.analysis.traces.self_time import self_time_ns
from logtrace.columns import MISSING
from logtrace.model import Span, Trace
from tests.analysis.columns import columns_of, of_rows
from tests.builders import MS, span, trace

DAY_NS = 86_400 * 1_000_000_000


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    made = [span("root", at=0, ms=100)]
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(-20, 120))
        ms = draw(st.one_of(st.none(), st.integers(0, 90)))
        made.append(span("op", parent=draw(st.sampled_from(made)), at=at, ms=ms))
    return trace(*made)


@given(st.lists(traces(), max_size=4))
def test_all_at_once_are_as_one_by_one(made: list[Trace]):
    found = own_times(columns_of(made))
    wanted = [MISSING if s.duration_ns is None else self_time_ns(t, s) for t in made for s in t.spans]
    assert found.tolist() == wanted


def test_very_long_spans_do_not_overflow():
    rows = []
    for number in range(1, 120_001):  # 120,000 days one after the other are more than 64 bits of nanoseconds
        rows += [(0, 0, DAY_NS, 0, 0, 0, number, 1, 0), (0, 0, DAY_NS // 4, 0, 0, 0, number, 2, 1)]
    own = own_times(of_rows(("x",), rows))
    assert np.abs(own[::2] - DAY_NS * 3 // 4).max() < 10


def test_a_parent_is_found_only_in_its_own_trace():
    spans = of_rows(("x",), [(0, 0, 10, 0, 0, 0, 1, 7, 0), (0, 0, 4, 0, 0, 0, 2, 8, 7), (0, 0, 3, 0, 0, 0, 1, 9, 7)])
    assert spans.parents.tolist() == [-1, -1, 0]
    assert own_times(spans).tolist() == [7, 4, 3]


def around(*spans: Span) -> dict[str, tuple[float, float | None]]:
    """Name → (node, edge) in milliseconds; spans of the service "far" are remote."""
    columns = columns_of([trace(*spans)])
    remote = np.array([columns.operations[operation].service == "far" for operation in columns.operation])
    node, edge = edge_times(columns, remote)
    names = [columns.operations[operation].name for operation in columns.operation]
    return {
        name: (a / MS, None if b == MISSING else b / MS) for name, a, b in zip(names, node.tolist(), edge.tolist(), strict=True)
    }


def test_time_around_a_call_is_that_of_the_edge():
    root = span("root", ms=100)
    local, far = span("local", parent=root, at=5, ms=10), span("call", "far", parent=root, at=40, ms=30)
    assert around(root, local, far) == {"root": (5, None), "local": (10, None), "call": (30, 55)}


def test_time_between_two_calls_counts_once():
    root = span("root", ms=100)
    one, two = span("one", "far", parent=root, at=10, ms=20), span("two", "far", parent=root, at=35, ms=60)
    assert around(root, one, two) == {"root": (0, None), "one": (20, 10), "two": (60, 10)}


def test_time_behind_a_call_ends_where_a_local_child_begins():
    root = span("root", ms=100)
    far, local = span("call", "far", parent=root, at=10, ms=20), span("local", parent=root, at=50, ms=40)
    assert around(root, far, local) == {"root": (10, None), "call": (20, 30), "local": (40, None)}


def test_what_waits_in_a_queue_is_the_time_until_it_begins():
    root = span("root", ms=10)
    assert around(root, span("later", "far", parent=root, at=25, ms=5)) == {"root": (10, None), "later": (5, 15)}


@given(st.lists(traces(), max_size=3), st.integers(0, 2**16))
def test_node_and_edges_are_the_own_time_together(made: list[Trace], seed: int):
    columns = columns_of(made)
    parents = columns.parents
    remote = (np.random.default_rng(seed).random(len(columns)) < 0.5) & (parents >= 0)
    node, edge = edge_times(columns, remote)
    own = own_times(columns)
    end = columns.start_ns + columns.duration_ns
    queued = np.where(edge != MISSING, np.maximum(0, columns.start_ns - end[parents]), 0)
    around_it = np.where(edge == MISSING, 0, edge - queued)
    together = node + np.bincount(parents[parents >= 0], around_it[parents >= 0], len(columns))
    assert (together[own != MISSING] == own[own != MISSING]).all()
