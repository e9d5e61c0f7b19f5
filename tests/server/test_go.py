"""Values are read as Go reads them; the texts were taken from Go 1.24."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logtrace.server.go import GoError, parse_bool, parse_duration_ns, parse_int, parse_texts


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("100ms", 100_000_000), ("1.2s", 1_200_000_000), ("1h30m", 5_400_000_000_000), ("-5us", -5000), ("0", 0),
        (".5s", 500_000_000), ("1µs", 1000), ("+3ns", 3),
    ],
)  # fmt: skip
def test_durations(text: str, ns: int):
    assert parse_duration_ns(text) == ns


@pytest.mark.parametrize(
    ("parse", "text", "told"),
    [
        (parse_duration_ns, "20", 'time: missing unit in duration "20"'),
        (parse_duration_ns, "", 'time: invalid duration ""'),
        (parse_duration_ns, "abc", 'time: invalid duration "abc"'),
        (parse_duration_ns, "5x", 'time: unknown unit "x" in duration "5x"'),
        (parse_duration_ns, "9999999h", 'time: invalid duration "9999999h"'),
        (parse_int, "string", 'strconv.ParseInt: parsing "string": invalid syntax'),
        (parse_int, "9223372036854775808", 'strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        (parse_bool, "yes", 'strconv.ParseBool: parsing "yes": invalid syntax'),
        (parse_texts, '{"a":1}', "json: cannot unmarshal number into Go value of type string"),
        (parse_texts, '["a"]', "json: cannot unmarshal array into Go value of type map[string]string"),
        (parse_texts, "error:true", "invalid character 'e' looking for beginning of value"),
        (parse_texts, '{"a":', "unexpected end of JSON input"),
    ],
)
def test_what_go_says_of_others(parse: Callable[[str], object], text: str, told: str):
    with pytest.raises(GoError) as error:
        parse(text)
    assert str(error.value) == told


def test_texts_of_json():
    assert parse_texts('{"a":"1","b":null}') == {"a": "1", "b": ""}
    assert parse_texts("null") == {}
