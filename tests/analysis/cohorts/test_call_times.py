"""What more and fewer calls add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.cohorts.call_times import Added, Called, added


@st.composite
def called(draw: st.DrawFn) -> Called:
    """One after the other, so that each is waited for."""
    requests = draw(st.integers(1, 50))
    calling = draw(st.integers(0, requests))
    calls = draw(st.integers(calling, 10 * calling))
    took_ns = float(calls * draw(st.integers(1, 10**9)))
    return Called(requests, calling, calls, took_ns, took_ns)


@given(called(), called())
def test_more_calls_and_longer_calls_are_all_that_an_average_request_waits_longer(before: Called, after: Called):
    one, two = (each.calls / each.requests for each in (before, after))
    longer = min(one, two) * (after.took_ns / after.calls - before.took_ns / before.calls) if one and two else 0.0
    waited = after.waited_ns / after.requests - before.waited_ns / before.requests
    found = added(before, after)
    assert sum(found) == pytest.approx(waited - longer, rel=1e-6, abs=1)
    assert sum(found) * (two - one) >= 0


@pytest.mark.parametrize(
    ("before", "after", "adds"),
    [
        (Called(10, 10, 10, 100.0, 100.0), Called(10, 10, 30, 600.0, 600.0), (0.0, 40.0)),  # each takes twice as long, too
        (Called(10, 10, 30, 600.0, 600.0), Called(10, 10, 10, 100.0, 100.0), (0.0, -40.0)),
        (Called(10, 10, 10, 100.0, 100.0), Called(10, 10, 90, 80.0, 900.0), (0.0, 0.0)),  # beside one another
        (Called(10, 0, 0, 0.0, 0.0), Called(20, 10, 10, 100.0, 100.0), (5.0, 0.0)),
        (Called(0, 0, 0, 0.0, 0.0), Called(20, 10, 10, 100.0, 100.0), (0.0, 0.0)),
    ],
)
def test_by_hand(before: Called, after: Called, adds: tuple[float, float]):
    assert added(before, after) == pytest.approx(Added(*adds))
