"""Times in the forms of other programs; what may mean two days is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.units import instant_ns
from logtrace.written import parts_of

T0 = 1_704_897_000_000_000_000
"""2024-01-10T14:30:00Z."""


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("20240110T143000Z", 0),
        ("20240110T153000.25+0100", 250_000_000),
        ("2024-01-10 14:30:00.123456789 +0000 UTC", 123_456_789),
        ("2024-01-10 15:30:00.5 +0100 CET m=+0.012", 500_000_000),
        ("2024-01-10 09:30:00 -0500 -0500", 0),
        ("2024-01-10T07:30:00.25-07:00[America/Denver]", 250_000_000),
        ("2024-01-10T14:30:00Z[UTC]", 0),
        ("10/Jan/2024:15:30:00 +0100", 0),
        ("10-Jan-2024 14:30:00.5", 500_000_000),
        ("Wed, 10 Jan 2024 14:30:00 GMT", 0),
        ("Wed Jan 10 14:30:00 2024", 0),
        ("Wed Jan 10 14:30:00 UTC 2024", 0),
        ("Wed Jan 10 2024 15:30:00 GMT+0100 (Central European Standard Time)", 0),
        ("Jan 10, 2024 @ 14:30:00.250", 250_000_000),
        ("January 10, 2024 2:30:00 PM", 0),
        ("1/10/2024, 2:30:00 PM", 0),
    ],
)
def test_times_as_they_are_written(text, ns):
    assert instant_ns(text) == T0 + ns


@pytest.mark.parametrize(
    "text",
    [
        "01/10/2024 14:30:00",
        "10/1/2024, 2:30:00 pm",
        "10 Foo 2024 14:30:00",
        "99/Jan/2024:14:30:00 +0000",
        "Jan 10 14:30:00",
        "20240110T1430",
    ],
)
def test_what_names_no_instant_is_none(text):
    assert instant_ns(text) is None


@given(st.text(alphabet="0123456789:-/ TZJanPMGUC+[].,@", max_size=60))
def test_any_text_is_a_time_or_none(text):
    found = parts_of(text)
    assert found is None or len(found) == 8
    instant_ns(text)
