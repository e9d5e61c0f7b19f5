from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from logtrace.units import NS, instant_ns
from logtrace.when import point_ns

NOW = instant_ns("2024-01-10T14:30:00Z")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "text", ["1h", "-1h", "1h ago", "1H AGO", " 60m ", "0h60m", "1 hour ago", "60min", "60 minutes", "3600 seconds ago"]
)
def test_durations_are_that_long_ago(text: str):
    assert point_ns(text, UTC, NOW) == NOW - NS["h"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "2024-01-10T14:30:00Z"),
        ("today", "2024-01-10T00:00:00Z"),
        ("yesterday", "2024-01-09T00:00:00Z"),
        ("14:30", "2024-01-10T14:30:00Z"),
        ("9:05:07", "2024-01-10T09:05:07Z"),
        ("14:31", "2024-01-09T14:31:00Z"),
        ("2024-01-10T14:30Z", "2024-01-10T14:30:00Z"),
        ("2024-01-10 14:30:05.25", "2024-01-10T14:30:05.25Z"),
        ("2024-01-10T14:30:00+01:00", "2024-01-10T13:30:00Z"),
    ],
)
def test_points_in_time(text: str, instant: str):
    assert point_ns(text, UTC, NOW) == instant_ns(instant)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("today", "2024-01-09T23:00:00Z"),
        ("yesterday", "2024-01-08T23:00:00Z"),
        ("15:30", "2024-01-10T14:30:00Z"),
        ("2024-01-10", "2024-01-09T23:00:00Z"),
        ("2024-01-10T14:30Z", "2024-01-10T14:30:00Z"),
    ],
)
def test_what_names_no_zone_is_read_in_the_readers(text: str, instant: str):
    assert point_ns(text, BERLIN, NOW) == instant_ns(instant)


@pytest.mark.parametrize("text", ["", "soon", "ago", "1 fortnight", "-", "2024-13-40", "24:00", "12:60"])
def test_what_is_no_time(text: str):
    assert point_ns(text, UTC, NOW) is None
