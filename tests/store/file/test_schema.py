"""Classes of durations: they keep the order of these, and are few."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from logtrace.store.file.schema import duration_class, span_class
from logtrace.units import NS

CLOSED = 4 << 20 | 4 << 24


def told(sql: str, *values: int | None) -> int | None:
    with closing(sqlite3.connect(":memory:")) as connection:
        (number,) = connection.execute(f"SELECT {sql}", values).fetchone()
        return number


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-(1 << 40), 1 << 40))
def test_what_takes_longer_is_of_no_lower_class(duration_ns: int, more: int):
    low, high = sorted((duration_ns, min(max(duration_ns + more, -(1 << 63)), (1 << 63) - 1)))
    assert told(duration_class("?1"), low) <= told(duration_class("?1"), high)


def test_times_of_requests_are_of_few_classes():
    classes = {told(duration_class("?1"), us * NS["us"]) for us in range(1, 10_000)}
    classes |= {told(duration_class("?1"), ms * NS["ms"]) for ms in range(1, 60_000, 7)}
    assert 40 < len(classes) < 100


def test_a_class_tells_whether_both_ends_are_stated():
    sql = span_class("s.").replace("s.duration_ns", "?1").replace("s.facts", "?2")
    number = told(duration_class("?1"), 5 * NS["ms"])
    assert number is not None
    assert [told(sql, 5 * NS["ms"], facts) for facts in (0, 4 << 20, CLOSED, CLOSED | 15)] == [
        2 * number + n for n in (0, 0, 1, 1)
    ]
    assert told(sql, None, CLOSED) is None
