"""Columns of texts become the arrays that the general rules give, or none."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ingest.vocabulary import arrays
from logtrace.units import instant_ns

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5))])
TAILS = st.sampled_from(["", "Z", "z", "UTC", "+00:00", "-05:00", "+05:30", "+0100", "+25:00", " Z"])
POINTS = st.sampled_from(["", ".5", ".123", ",123", ".123456", ",123456789", ".1234567891", ".", ";5"])
MOMENTS = st.sampled_from(
    ["2024-01-10T14:30:05", "2024-01-10 23:59:59", "2024-02-29T00:00:00", "2023-02-29T00:00:00", "2024/01/10 14:30:05",
     "2024-01-10T24:00:00", "2024-01-10T14:30:60", "2024-01-10_14:30:05", "1823-01-01T00:00:00", "2116-12-31T00:00:00", "x" * 19]
)  # fmt: skip
USUAL = st.sampled_from(["2024-01-10T14:30:05", "2024-01-10 23:59:59", "2024-02-29 00:00:00"])


@st.composite
def columns(draw: st.DrawFn) -> list[object]:
    """Times as one program writes them; maybe with others among them."""
    moments, tail = draw(st.lists(draw(st.sampled_from([MOMENTS, USUAL])), min_size=1, max_size=4)), draw(TAILS)
    points = draw(st.sampled_from([POINTS, st.just(draw(POINTS))]))
    found: list[object] = [moment + draw(points) + tail for moment in moments]
    return found + draw(
        st.lists(st.none() | st.integers() | MOMENTS, max_size=1) if draw(st.integers(0, 4)) == 0 else st.just([])
    )


@given(columns(), ZONES)
def test_a_column_of_times_is_each_time(column, zone):
    found = arrays.instants_in(column, zone)
    event("array" if found is not None else "none")
    assert found is None or found.tolist() == [instant_ns(value, zone) for value in column]


@pytest.mark.parametrize(
    "column",
    [["2024-01-10T14:30:05.123456+00:00", "2024-01-10T14:30:06.123456+00:00"], ["2024-01-10 14:30:05,123"] * 2,
     ["2024-01-10T14:30:05+01:00"], ["2024-01-10T14:30:05Z"], ["2024-01-10T14:30:05.1Z", "2024-01-10T14:30:05.123Z"]],
)  # fmt: skip
def test_the_forms_that_loggers_write_are_read_together(column):
    found = arrays.instants_in(column, UTC)
    assert found is not None and found.tolist() == [instant_ns(value) for value in column]


@pytest.mark.parametrize(
    "text", ["2024-01-10 14:30:05.1Z", "2024-01-10T14:30:05,1Z", "2024-01-10T14:30:05.1", "2024-01-10T14:30:05+00:00"]
)
def test_the_times_of_rfc_3339_in_utc_are_told_apart(text):
    assert arrays.instants([text]) is None
