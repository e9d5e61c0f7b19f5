from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace import units
from logtrace.units import (
    decimal_or_none,
    duration_text_ns,
    format_bytes,
    format_duration,
    format_instant,
    instant_ns,
    instants_ns,
)

T0 = 1_704_897_000 * units.NS_PER_S
"""2024-01-10T14:30:00Z."""
EST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2024-01-10T14:30:00Z", 0),
        ("2024-01-10T14:30:00.123456789Z", 123_456_789),
        ("2024-01-10T14:30:00.1234567899Z", 123_456_789),
        ("2024-01-10T14:30:00.123Z", 123_000_000),
        ("2024-01-10T14:30:00,123Z", 123_000_000),
        ("2024-01-10 14:30:00.5 UTC", 500_000_000),
        ("2024-01-10T09:30:00.123-05:00", 123_000_000),
        ("2024-01-10T20:00:00+0530", 0),
        ("2024-01-10T15:30:00+01", 0),
        ("2024/01/10 14:30:00", 0),
        ("2024-01-10T14:30", 0),
        (" 2024-01-10T14:30:00z ", 0),
        ("1704897000", 0),
        ("1704897000.25", 250_000_000),
        ("1704897000,25", 250_000_000),
        ("1704897000123", 123_000_000),
        ("/Date(1704897000123)/", 123_000_000),
        ("/Date(1704897000123+0100)/", 123_000_000),
    ],
)
def test_instants_as_text(text, ns):
    assert instant_ns(text) == T0 + ns


@pytest.mark.parametrize(
    ("number", "ns"),
    [
        (1704897000, 0),
        (1704897000.123456, 123_456_000),
        (1704897000123, 123_000_000),
        (1704897000123456, 123_456_000),
        (1704897000123456789, 123_456_789),
    ],
)
def test_numbers_are_seconds_to_nanoseconds_by_magnitude(number, ns):
    assert instant_ns(number) == T0 + ns


@pytest.mark.parametrize(
    ("parts", "ns"),
    [([1704897000, 123], 123), ([2024, 1, 10, 14, 30, 0], 0), ([2024, 1, 10, 14, 30, 0, 5_000], 5_000)],
)
def test_instants_in_parts(parts, ns):
    assert instant_ns(parts) == T0 + ns


def test_a_float_of_milliseconds_has_no_noise():
    assert instant_ns(1704897000123.5) == T0 + 123_500_000


@pytest.mark.parametrize(
    "value",
    ["", "now", "14:30:00", "2024-13-40T00:00:00Z", "2024-01-10T25:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
     "2024-01-10T14:30:00+99:99", "9" * 5000, "1e9999", 0, 7, -1704897000, 1e300, float("inf"), float("nan"), True, None,
     [], {}, [2024, 1, 10], [2024, 13, 10, 14, 30, 0], [2024, 1, 10, 14, 30, 0, -1], [1704897000, 2_000_000_000], "/Date(0)/"]
)  # fmt: skip
def test_what_is_no_instant_is_none(value):
    assert instant_ns(value) is None


def test_the_time_between_any_two_instants_fits_sqlite():
    assert (instant_ns("2262-01-01T00:00:00Z") or 0) - (instant_ns("1678-01-01T00:00:00Z") or 0) < 1 << 63


def test_text_without_a_zone_is_read_in_the_given_one():
    assert instant_ns("2024-01-10 09:30:00", EST) == T0
    assert instant_ns("2024-01-10T14:30:00Z", EST) == T0


instants = st.integers(-2_208_988_800_000_000, 4_102_444_800_000_000).map(lambda us: format_instant(us * 1000, digits=6))


@given(st.lists(instants | instants.map(lambda text: text[:-4]) | st.integers() | st.none() | st.text(max_size=30), max_size=5))
def test_a_column_of_instants_is_each_instant(values):
    assert instants_ns(values) == [instant_ns(value) for value in values]


@given(st.lists(instants, min_size=1, max_size=5))
def test_the_quick_way_for_columns_is_each_instant(values):
    assert instants_ns(values) == [instant_ns(value) for value in values]


@pytest.mark.parametrize("text", ["2024-W02-3T14:30:00.123456Z", "20240110T143000.1234567890Z", "2024-01-10_14:30:00.123456Z"])
def test_the_quick_way_takes_no_more_than_the_slow_one(text):
    assert instants_ns([text]) == [instant_ns(text)]


@given(st.integers(-2_208_988_800, 4_102_444_800), st.integers(0, 999_999_999))
def test_an_instant_survives_its_text(seconds, fraction):
    ns = seconds * units.NS_PER_S + fraction
    assert instant_ns(format_instant(ns, digits=9)) == ns
    assert instant_ns(format_instant(ns, EST, digits=9)) == ns


def test_instants_show_their_zone():
    assert format_instant(T0 + 123_456_789) == "2024-01-10T14:30:00.123Z"
    assert format_instant(T0, EST, 0) == "2024-01-10T09:30:00-05:00"
    assert format_instant(-1) == "1969-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("45.3ms", 45_300_000),
        ("1m2.5s", 62_500_000_000),
        ("98µs", 98_000),
        ("98μs", 98_000),
        ("98us", 98_000),
        ("1h0m0.000000001s", 3_600_000_000_001),
        ("16 ms", 16_000_000),
        (".5s", 500_000_000),
        ("-1.5s", -1_500_000_000),
        ("2d", 172_800_000_000_000),
        ("00:00:00.25", 250_000_000),
        ("1.02:03:04.5", 93_784_500_000_000),
        ("PT0.25S", 250_000_000),
        ("P1DT2H3M4S", 93_784_000_000_000),
        ("16 milliseconds", 16_000_000),
        ("1.5 sec", 1_500_000_000),
    ],
)
def test_durations_that_carry_their_unit(text, ns):
    assert duration_text_ns(text) == ns


@pytest.mark.parametrize(
    "text", ["", "45.3", "ms", "45.3 apples", "1m2", "PT", "P", "--1s", "nan seconds", "inf seconds", "1s later", "٣ms", "٣ мс"]
)
def test_what_is_no_duration_is_none(text):
    assert duration_text_ns(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", 1.5), ("0,180", 0.18), ("180,7512", 180.7512), ("1.5", 1.5), ("1,500", None), ("1,500,000", None), ("", None)],
)
def test_numbers_with_a_decimal_comma(text, number):
    assert decimal_or_none(text) == number


@pytest.mark.parametrize(
    ("text", "ns"), [("0,250 s", 250_000_000), ("20,41 мс", 20_410_000), ("3 毫秒", 3_000_000), ("1,500 мс", None)]
)
def test_units_of_other_alphabets_and_commas_before_them(text, ns):
    assert duration_text_ns(text) == ns


@pytest.mark.parametrize("text", ["9" * 5000 + "s", "0." + "9" * 5000 + "s", "9" * 5000 + ".00:00:00", "1e300 seconds"])
def test_no_text_raises(text):
    duration_text_ns(text)


@given(st.integers(0, 10**15))
def test_no_digit_of_a_go_duration_is_lost(ns):
    whole, fraction = divmod(ns, 1_000_000)
    assert duration_text_ns(f"{whole}.{fraction:06d}ms") == ns


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0ns"),
        (999, "999ns"),
        (1_500, "1.5µs"),
        (45_300_000, "45.3ms"),
        (123_456_789, "123ms"),
        (999_999_999, "1s"),
        (1_204_000_000, "1.2s"),
        (59_960_000_000, "1m00s"),
        (125_000_000_000, "2m05s"),
        (3_725_000_000_000, "1h02m"),
        (200_000_000_000_000, "2d07h"),
        (-45_300_000, "-45.3ms"),
    ],
)
def test_durations_are_written_with_three_digits(ns, text):
    assert format_duration(ns) == text


@given(st.integers(0, 10**17))
def test_a_written_duration_is_that_duration_but_for_rounding(ns):
    back = duration_text_ns(format_duration(ns))
    assert abs(back - ns) <= max(ns * 0.02, 1)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (512, "512B"), (999, "999B"), (1000, "1kB"), (10_500, "10.5kB"), (524_288_000, "524MB"), (2.5e12, "2.5TB")],
)
def test_sizes(size, text):
    assert format_bytes(size) == text


def test_an_instant_of_a_second_that_does_not_exist_is_the_next():
    assert instant_ns("2016-12-31T23:59:60Z") == instant_ns("2017-01-01T00:00:00Z")


def test_the_epoch_and_before():
    assert instant_ns("1970-01-01T00:00:00Z") == 0
    assert instant_ns("1969-12-31T23:59:59.5Z") == -500_000_000
    assert instant_ns(datetime(2024, 1, 10, 14, 30, tzinfo=UTC).isoformat()) == T0
