from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.own_time import own_times
from logtrace.analysis.self_time import self_time_ns
from logtrace.columns import MISSING
from logtrace.model import Trace
from tests.analysis.columns import columns_of, of_rows
from tests.builders import span, trace

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
