from __future__ import annotations

import pytest

from logtrace.model import UNKNOWN, Flag, Role
from logtrace.reconstruct.spans.bounds import LAST_LINE
from logtrace.reconstruct.spans.drafts import EXPLICIT
from logtrace.reconstruct.spans.repair import HULL
from logtrace.reconstruct.trace import rebuild
from tests.reconstruct.made import by_key, lines, parents, points, whole
from tests.strategies import MS, T0, record

ONE = Flag.CYCLE_CUT

TREES = [
    # about, fragments, {span: parent}, {span: flags that must be there}
    ("a span that is its own parent is a root", [whole(1, 1), whole(2, 1, at=1, ms=5)], {1: 0, 2: 1}, {1: Flag.SELF_PARENT}),
    ("one that names itself and its parent keeps the parent", [whole(5), whole(9, 5, at=1, ms=2), whole(9, 9, at=1, ms=2)],
     {5: 0, 9: 5}, {9: Flag.MANY_PARENTS}),
    ("one that names itself, first by number, and its parent", [whole(5), whole(3, 5, at=1, ms=2), whole(3, 3, at=1, ms=2)],
     {5: 0, 3: 5}, {3: Flag.MANY_PARENTS}),
    ("a cycle of two loses the edge that times contradict", [whole(1, 2), whole(2, 1, at=2, ms=5)], {1: 0, 2: 1}, {1: ONE}),
    ("even where the other id is smaller", [whole(1, 2, at=2, ms=5), whole(2, 1)], {2: 0, 1: 2}, {2: ONE}),
    ("a cycle of two without times loses that of the smallest id",
     [lines(record(1, at=None, parent=2)), lines(record(2, at=None, parent=1))], {1: 0, 2: 1}, {1: ONE}),
    ("a cycle of 3", [whole(1, 3, at=0, ms=20), whole(2, 1, at=2, ms=9), whole(3, 2, at=4, ms=5)], {1: 0, 2: 1, 3: 2}, {1: ONE}),
    ("two cycles and a branch below one",
     [whole(1, 2), whole(2, 1, at=2, ms=5), whole(3, 4, at=100), whole(4, 3, at=102, ms=3), whole(5, 2, at=3, ms=1)],
     {1: 0, 2: 1, 3: 1, 4: 3, 5: 2}, {1: ONE, 3: ONE}),
    ("siblings keep a parent that nobody saw", [whole(1, 9), whole(2, 9, at=20)], {1: 9, 2: 9, 9: 0}, {9: Flag.LOWER_BOUND}),
    ("two parents that were never seen", [whole(1, 8), whole(2, 9, at=50)], {1: 8, 2: 9, 8: 0, 9: 0}, {}),
    ("several roots stay", [whole(1), whole(2, at=50), whole(3, 2, at=51, ms=1)], {1: 0, 2: 0, 3: 2}, {}),
    ("a child outside its parent stays its child", [whole(1), whole(2, 1, at=30)], {1: 0, 2: 1}, {2: Flag.OUTSIDE_PARENT}),
    ("a child before its parent", [whole(1), whole(2, 1, at=-3)], {1: 0, 2: 1}, {2: Flag.OUTSIDE_PARENT}),
    ("a span without any time under its parent", [whole(1), lines(record(2, at=None, parent=1))], {1: 0, 2: 1}, {2: Flag.OPEN}),
    ("half of a span shared by client and server",
     [whole(1), whole(2, 1, at=1, ms=8, service="a", kind="client"), whole(2, 1, at=2, ms=6, service="b", kind="server")],
     None, {2: 0}),
]  # fmt: skip


@pytest.mark.parametrize(("fragments", "tree", "flags"), [row[1:] for row in TREES], ids=[row[0] for row in TREES])
def test_trees(fragments, tree, flags):
    for order in (1, -1):
        rebuilt = rebuild(fragments[::order])
        assert tree is None or parents(rebuilt) == tree
        for span in rebuilt.spans:
            wanted = flags.get(span.key, 0)
            assert span.flags & wanted == wanted
            if tree is not None and span.key not in flags:
                assert not span.flags & (Flag.CYCLE_CUT | Flag.SELF_PARENT | Flag.OUTSIDE_PARENT)


def test_a_phantom_is_as_long_as_the_hull_of_its_children():
    phantom = by_key(whole(1, 9, at=3, ms=2), whole(2, 9, at=20))[9]
    assert (phantom.start_ns, phantom.duration_ns) == (T0 + 3 * MS, 27 * MS)
    assert (phantom.start, phantom.end, phantom.fragment) == (HULL, HULL, None)


def test_a_phantom_of_children_without_times_has_none():
    phantom = by_key(lines(record(1, at=None, parent=9)))[9]
    assert (phantom.start_ns, phantom.duration_ns, phantom.start) == (None, None, UNKNOWN)


def test_bounds_that_lines_only_suggest_grow_over_the_children():
    """
    lines  |--|
    child     |-------|     the span lasts as long as both
    """
    span = by_key(points(1, 2, 5, parent=0), whole(2, 1, at=1, ms=10))[1]
    assert (span.start_ns, span.duration_ns, span.start, span.end) == (T0 + MS, 10 * MS, HULL, HULL)
    assert span.flags & Flag.LOWER_BOUND


def test_they_grow_over_grandchildren_too():
    found = by_key(points(1, 0, 1, parent=0), points(2, 1, 2, parent=1), whole(3, 2, at=2, ms=50))
    assert [found[key].end_ns for key in (1, 2)] == [T0 + 52 * MS] * 2


def test_observed_bounds_never_move():
    found = by_key(whole(1, ms=10), whole(2, 1, at=-5, ms=30))
    assert (found[1].start_ns, found[1].duration_ns) == (T0, 10 * MS)


def test_an_observed_end_stays_where_a_start_is_inferred():
    end_only = lines(record(1, Role.END, 10, parent=0))
    span = by_key(end_only, whole(2, 1, at=4, ms=30))[1]
    assert (span.start_ns, span.end_ns, span.start) == (T0 + 4 * MS, T0 + 10 * MS, HULL)


def test_an_open_span_ends_with_its_last_child():
    span = by_key(lines(record(1, Role.START, 0, parent=0)), whole(2, 1, at=4, ms=30))[1]
    assert (span.start_ns, span.duration_ns) == (T0, 34 * MS)
    assert span.flags & Flag.OPEN
    assert span.flags & Flag.LOWER_BOUND


def test_a_span_of_one_line_lasts_until_it():
    """
    line             |
    child   |---|          the span lasts from where the child starts to its own line
    """
    span = by_key(points(1, 50, parent=0), whole(2, 1, at=4, ms=30))[1]
    assert (span.start_ns, span.duration_ns, span.start, span.end) == (T0 + 4 * MS, 46 * MS, HULL, LAST_LINE)
    assert span.flags & Flag.LOWER_BOUND


def test_a_span_without_times_takes_those_of_its_children():
    span = by_key(lines(record(1, at=None, parent=0)), whole(2, 1, at=4, ms=30))[1]
    assert (span.start_ns, span.duration_ns) == (T0 + 4 * MS, 30 * MS)


def test_work_after_the_end_that_was_only_guessed_is_not_outside():
    span = by_key(points(1, 0, 5, parent=0), lines(record(2, at=None, parent=1)), whole(3, 1, at=6, ms=1))[3]
    assert not span.flags & Flag.OUTSIDE_PARENT
    assert span.evidence is EXPLICIT


def test_the_parent_beside_oneself_is_as_good_as_any_that_lines_name():
    assert by_key(whole(5), whole(3, 5, at=1, ms=2), whole(3, 3, at=1, ms=2))[3].evidence is EXPLICIT
