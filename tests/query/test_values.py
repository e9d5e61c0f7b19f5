from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.errors import UsageError
from logtrace.query.values import amount, canonical, comparable, compiled_pattern, holds, number


@pytest.mark.parametrize(
    ("op", "value", "wanted", "expected"),
    [
        ("=", 500, "500", True), ("=", "500", 500, True), ("=", 5.0, 5, True), ("=", "5.0", 5, True), ("=", "05", 5, False),
        ("=", "1e2", 100, False), ("=", True, "true", True), ("=", "true", True, True), ("=", 1, True, False),
        ("=", "Ada", "ada", False), ("=", [1, "a"], '[1,"a"]', True), ("=", "", "", True), ("!=", 5, 6, True),
        (">", 10, 9, True), (">", "10", 9, True), (">", "10", "9", True), (">", "b", "a", True), (">", "b", 1, False),
        ("<", "b", 1, False), (">", True, 0, False), (">", [2], 1, False), ("~", "broken pipe", "^bro.*pe$", True),
        ("~", 503, "^5", True), ("~", {"a": 1}, '"a":1', True), ("~", "ü\udc80", "ü", True), ("exists", False, 1, True),
        ("=", 2**70, 2**70, True), ("=", str(2**70), 2**70, True),
    ],
)  # fmt: skip
def test_comparisons(op: str, value: Any, wanted: Any, expected: bool):
    assert holds(op, value, (wanted,)) is expected


def test_what_cannot_be_compared_is_no_error():
    assert not comparable("<", "word", (5,))
    assert comparable("<", "5", (5,))
    assert comparable("=", "word", (5,))


_any = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5), st.booleans())


@given(_any)
def test_a_value_equals_itself_however_it_was_logged(value: Any):
    assert holds("=", value, (value,))
    assert holds("=", canonical(value), (value,))


@given(_any, _any)
def test_different_means_not_equal(value: Any, wanted: Any):
    assert holds("!=", value, (wanted,)) != holds("=", value, (wanted,))


@given(st.text("0123456789.-e", max_size=60))
def test_numbers_in_text_never_fail(text: str):
    found = number(text)
    assert found is None or float(text) == float(found)


def test_a_pattern_stays_on_its_line():
    pattern = compiled_pattern("^b[^x]*d$")
    assert pattern.search(b"a\nbcd\ne") is not None
    assert pattern.search(b"b\nd") is None
    with pytest.raises(UsageError, match="no pattern"):
        compiled_pattern("(?P<x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5), ("5", 5), (2**70, 2**70), (str(10**30 + 1), 10**30 + 1), ("-1.5", -1.5), ("1e-05", 1e-05), ("1.5E+06", 1.5e6),
        (1e300, 1e300), (1e308, None), (-1e308, None), (10**301, None), ("1e+999", None), ("1e5", None), ("12e4567", None),
        ("inf", None), ("nan", None), (float("inf"), None), (float("nan"), None), (True, None), ("true", None), ("0x10", None),
        (" 7", None), ("+3", None), ("1,000", None), ("12ms", None), ("", None), ([1], None), (None, None),
    ],
)  # fmt: skip
def test_what_is_an_amount(value: Any, expected: float | None):
    found = amount(value)
    assert (found, type(found)) == (expected, type(expected))
