from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.statistics.error_groups import MINUTE_NS, ErrorRow, error_groups
from logtrace.model import ErrorLevel

T0 = 1_704_897_000_000_000_000 // MINUTE_NS * MINUTE_NS


def row(
    trace: int = 1, key: int = 1, parent: int = 0, message: str = "boom", minute: float | None = 0, level: int = ErrorLevel.HARD,
    service: str = "api", operation: str = "op", **attributes: str,
) -> ErrorRow:  # fmt: skip
    at = None if minute is None else T0 + round(minute * MINUTE_NS)
    return ErrorRow((trace, 0), key, parent, service, operation, level, "E", message, at, attributes)


def text(of: tuple[int, int]) -> str:
    return f"t{of[0]}"


def test_the_same_trouble_is_one_kind() -> None:
    (group,) = error_groups([row(n, message=f"user {n} unknown", minute=n / 2) for n in range(1, 8)], text).groups
    assert (group.count, group.requests, len(group.messages)) == (7, 7, 3)
    assert group.examples == ("t7", "t6", "t5")
    assert group.minutes == tuple((T0 + n * MINUTE_NS, count) for n, count in ((0, 1), (1, 2), (2, 2), (3, 2)))
    assert (group.first_ns, group.last_ns) == (T0 + MINUTE_NS // 2, T0 + round(3.5 * MINUTE_NS))


def test_an_error_counts_where_it_began() -> None:
    found = error_groups([row(key=1, operation="root"), row(key=2, parent=1, operation="leaf")], text)
    assert (found.origins, found.passed_on) == (1, 1)
    assert [(group.operation, group.count) for group in found.groups] == [("leaf", 1), ("root", 0)]
    other = error_groups([row(1, key=1), row(2, key=2, parent=1)], text)
    assert other.passed_on == 0


def test_error_lines_are_told_apart() -> None:
    found = error_groups([row(level=ErrorLevel.SOFT), row(2, level=ErrorLevel.HARD, message="other")], text)
    assert (found.origins, found.soft) == (1, 1)
    assert {group.soft for group in found.groups} == {True, False}


def test_what_is_new_since_the_window_began() -> None:
    rows = [row(1, minute=0), row(2, minute=20), row(3, minute=30, message="never seen")]
    since = T0 + 10 * MINUTE_NS
    found = error_groups(rows, text, since_ns=since, begins_ns=T0)
    assert {group.messages[0]: (group.new, group.count) for group in found.groups} == {
        "boom": (False, 1),
        "never seen": (True, 1),
    }
    assert [group.new for group in error_groups(rows, text, since_ns=since, begins_ns=since).groups] == [None, None]
    assert [group.new for group in error_groups(rows, text).groups] == [None, None]


def test_windows_and_services() -> None:
    rows = [row(1, minute=0), row(2, minute=5, service="db"), row(3, minute=9), row(4, minute=None)]
    assert error_groups(rows, text).origins == 4
    assert error_groups(rows, text, since_ns=T0 + MINUTE_NS).origins == 2
    assert error_groups(rows, text, until_ns=T0 + 9 * MINUTE_NS).origins == 2
    assert error_groups(rows, text, service="db").services == (("db", 1),)
    assert error_groups([], text).groups == ()


def test_what_the_program_calls_it_counts_before_the_message() -> None:
    rows = [row(1, message="a", fingerprint="quota"), row(2, message="b", fingerprint="quota")]
    assert len(error_groups(rows, text).groups) == 1


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(0, 5), st.sampled_from("abc"), st.integers(0, 9))))
def test_every_error_is_counted_once(drawn: list[tuple[int, int, int, str, int]]) -> None:
    rows = [row(trace, key, parent, message, minute) for trace, key, parent, message, minute in drawn]
    found = error_groups(rows, text)
    assert found.origins + found.passed_on == len(rows)
    assert sum(count for _, count in found.minutes) == found.origins == sum(count for _, count in found.types)
    assert sum(group.count for group in found.groups) == sum(count for _, count in found.services)
