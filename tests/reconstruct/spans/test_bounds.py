from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.model import UNKNOWN, Flag, Role
from logtrace.reconstruct.spans import bounds as module
from logtrace.reconstruct.spans.bounds import DURATION, FIELD, FIRST_LINE, LAST_LINE, MAX_DURATION_NS, ONLY_LINE, RECORD, bounds
from logtrace.reconstruct.spans.fragments import FIELD_END, FIELD_START, Mark

MS = 1_000_000
T = 1_704_897_000_000 * MS


def at(ms):
    return None if ms is None else T + round(ms * MS)


def start(ms):
    return Mark(Role.START, at(ms), None, None)


def end(ms, took=None, role=Role.END):
    return Mark(role, None, at(ms), None if took is None else round(took * MS))


def field(first, last=None, took=None):
    fields = FIELD_START | (0 if last is None else FIELD_END)
    return Mark(Role.COMPLETE, at(first), at(last), None if took is None else round(took * MS), fields)


TABLE = [
    # marks, times, start, ms, evidence of start and end, flags
    ("start and end line that agree", [start(0), end(10, 10)], [0, 10], 0, 10, DURATION, RECORD, 0),
    ("an end line with a duration", [end(10, 4)], [10], 6, 4, DURATION, RECORD, 0),
    ("one complete line", [end(10, 4, Role.COMPLETE)], [10], 6, 4, DURATION, RECORD, 0),
    ("a start field and a duration", [field(2, took=5)], [9], 2, 5, FIELD, DURATION, 0),
    ("start and end fields", [field(2, 7)], [9], 2, 5, FIELD, FIELD, 0),
    ("start and end line without a duration", [start(1), end(9)], [1, 9], 1, 8, RECORD, RECORD, 0),
    ("a start line alone", [start(1)], [1], 1, None, RECORD, UNKNOWN, Flag.OPEN),
    ("a start line and lines after it", [start(1)], [1, 4], 1, 3, RECORD, LAST_LINE, Flag.OPEN | Flag.LOWER_BOUND),
    ("an end line alone", [end(9)], [9], 9, 0, UNKNOWN, RECORD, Flag.OPEN),
    ("an end line after other lines", [end(9)], [3, 9], 3, 6, FIRST_LINE, RECORD, 0),
    ("lines alone", [], [3, 5, 9], 3, 6, FIRST_LINE, LAST_LINE, Flag.LOWER_BOUND),
    ("one line", [], [3], 3, None, ONLY_LINE, UNKNOWN, Flag.OPEN),
    ("nothing with a time", [], [], None, None, UNKNOWN, UNKNOWN, Flag.OPEN),
    ("a duration and no time", [end(None, 5)], [], None, 5, UNKNOWN, UNKNOWN, Flag.OPEN),
    ("a negative duration", [end(9, -5)], [9], 9, 0, UNKNOWN, RECORD, Flag.INVALID_DURATION | Flag.OPEN),
    ("an end before its start", [start(9), end(1)], [1, 9], 9, None, RECORD, RECORD, Flag.INVALID_DURATION),
    ("fields that end before they start", [field(7, 2)], [9], 7, None, FIELD, FIELD, Flag.INVALID_DURATION),
    ("a duration longer than from start to end", [start(8), end(10, 9)], [8, 10], 1, 9, DURATION, RECORD, Flag.BOUNDS_CONFLICT),
    ("two attempts", [start(0), end(3), start(5), end(9)], [0, 3, 5, 9], 0, 9, RECORD, RECORD, Flag.ATTEMPTS),
    ("attempts with durations", [start(0), end(3, 3), start(5), end(9, 4)], [0, 3, 5, 9], 0, 9, RECORD, RECORD, Flag.ATTEMPTS),
    ("attempts of which the last has a duration", [start(0), end(3), start(5), end(9, 4)], [0, 3, 5, 9], 0, 9, RECORD, RECORD,
     Flag.ATTEMPTS),
    ("two end lines", [end(3, 3), end(9, 4)], [3, 9], 0, 9, DURATION, RECORD, Flag.ATTEMPTS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "times", "first", "ms", "start_from", "end_from", "flags"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_bounds(marks, times, first, ms, start_from, end_from, flags):
    found = bounds(marks, [at(time) for time in times])
    assert found.duration_ns == (None if ms is None else ms * MS)
    assert found.flags == flags
    if start_from is not None:
        assert (found.start_ns, found.start, found.end) == (at(first), start_from, end_from)


@pytest.mark.parametrize(("hours", "invalid"), [(24, False), (25, True)])
def test_a_duration_above_a_day_is_kept_and_flagged(hours, invalid):
    found = bounds([Mark(Role.END, None, T, hours * 3_600_000 * MS)], [T])
    assert found.duration_ns == hours * 3_600_000 * MS
    assert bool(found.flags & Flag.INVALID_DURATION) == invalid


def test_a_day_is_the_limit():
    assert MAX_DURATION_NS == 24 * 3_600_000 * MS


@pytest.mark.parametrize(
    ("starts", "took", "conflict"), [(0, 10, False), (0.9, 10, False), (2, 10, True), (15, 2000, False), (25, 2000, True)]
)
def test_a_millisecond_or_a_hundredth_of_disagreement_is_none(starts, took, conflict):
    found = bounds([start(starts), end(took, took)], [at(starts), at(took)])
    assert bool(found.flags & Flag.BOUNDS_CONFLICT) == conflict
    assert (found.start_ns, found.duration_ns) == (T, took * MS)


def test_a_copy_of_the_lines_without_times_is_no_second_attempt():
    marks, times = [start(0), end(10, 10)], [at(0), at(10)]
    assert bounds([*marks, start(None), end(None, 10)], times) == bounds(marks, times)


marks = st.lists(
    st.builds(start, st.none() | st.integers(0, 20))
    | st.builds(end, st.none() | st.integers(0, 20), st.none() | st.integers(-3, 20), st.sampled_from([Role.END, Role.COMPLETE]))
    | st.builds(field, st.integers(0, 20), st.none() | st.integers(0, 20), st.none() | st.integers(-3, 20)),
    max_size=4,
)
times = st.lists(st.integers(-3, 25).map(at), max_size=4).map(sorted)


@given(marks, times)
def test_a_duration_is_never_negative_and_what_is_unknown_is_flagged(found, seen):
    got = bounds(found, seen)
    assert got.duration_ns is None or got.duration_ns >= 0
    assert got.attempts >= 1
    assert (got.attempts > 1) == bool(got.flags & Flag.ATTEMPTS)
    if got.duration_ns is None:
        assert got.flags & (Flag.OPEN | Flag.INVALID_DURATION)
    assert bool(got.flags & Flag.OPEN) >= (UNKNOWN in (got.start, got.end))


@given(st.permutations(TABLE[18][1]))
def test_the_order_of_marks_changes_nothing(found):
    assert bounds(found, [at(0), at(9)]) == bounds(TABLE[18][1], [at(0), at(9)])


@given(st.integers(0, 20), st.integers(0, 20), st.integers(-30, 30), st.booleans())
def test_the_quick_way_for_two_marks_is_the_long_way(starts, ends, took, turned):
    found = [start(starts), end(ends, took)]
    quick = module._usual(*(found[::-1] if turned else found))
    if quick is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_usual", lambda *_: None)
            assert bounds(found, [at(starts), at(ends)]) == quick


@given(marks.filter(lambda found: len(found) == 1), times)
def test_the_quick_way_for_one_mark_is_the_long_way(found, seen):
    quick = bounds(found, seen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_single", lambda _: None)
        assert bounds(found, seen) == quick
