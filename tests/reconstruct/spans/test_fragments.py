from __future__ import annotations

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import TraceId
from logtrace.model import BODY_CHARS, Attribute, ErrorLevel, LineRef, Rank, Role
from logtrace.reconstruct.spans import fragments as module
from logtrace.reconstruct.spans.fragments import (
    FIELD_END,
    FIELD_START,
    Entry,
    Fragment,
    Mark,
    fragment_of_entries,
    line_order,
    merged,
    without_untimed_copies,
)
from tests.strategies import MS, T0, TRACE, record, records


def entries(found, chunk=1) -> list[Entry]:
    return [(each, chunk, line) for line, each in enumerate(found)]


def fragment(*found) -> Fragment:
    return fragment_of_entries(entries(found))


same_place = st.lists(records(), min_size=2, max_size=8).map(entries)
some = st.lists(records(), min_size=1, max_size=6)


def fragments(chunk: int) -> st.SearchStrategy[Fragment]:
    """Fragments of one span; those of different chunks share no place in a log."""
    return some.map(lambda found: fragment_of_entries(entries(found, chunk)))


@given(fragments(1), fragments(2), fragments(3))
def test_a_merge_is_associative_commutative_and_idempotent(a, b, c):
    assert merged(a, b) == merged(b, a)
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, a) == a


@given(fragments(1), fragments(2))
def test_a_merge_changes_neither_side(a, b):
    before = (repr(a), repr(b))
    merged(a, b)
    assert (repr(a), repr(b)) == before


@given(same_place, st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_split_and_repetition_of_records_gives_one_fragment(found, random: Random, parts):
    shuffled = found + random.choices(found, k=2)
    random.shuffle(shuffled)
    heaps = [heap for heap in (shuffled[n::parts] for n in range(parts)) if heap]
    assert reduce(merged, [fragment_of_entries(heap) for heap in heaps]) == fragment_of_entries(found)


@given(same_place)
def test_many_records_are_collected_as_few_are(found):
    few = fragment_of_entries(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TOGETHER", 1)
        many = fragment_of_entries(found)
    assert many == few
    assert list(many.lines.values()) == list(few.lines.values())
    assert many.attributes == few.attributes, "in the order of lines"


def test_fragments_that_say_different_things_are_not_equal():
    base = record(1, Role.END, 5, 5, parent=3, name="op", body="x", attributes=(Attribute("a", "1"),))
    others = [
        base._replace(**change)
        for change in ({"parent": 4}, {"name": "other"}, {"kind": "server"}, {"severity": 17}, {"error": 2}, {"flags": 1},
                       {"duration_ns": 1}, {"attributes": ()}, {"text_hash": 1}, {"time_ns": T0})
    ]  # fmt: skip
    assert all(fragment(base) != fragment(other) for other in others)
    assert fragment(base) != "fragment"


def test_marks_tell_what_was_observed():
    assert fragment(record(1, Role.START, 1)).marks == (Mark(Role.START, T0 + MS, None, None),)
    assert fragment(record(1, Role.END, 9, 5)).marks == (Mark(Role.END, None, T0 + 9 * MS, 5 * MS),)
    assert fragment(record(1, Role.COMPLETE, 9, 5, start=4)).marks == (
        Mark(Role.COMPLETE, T0 + 4 * MS, None, 5 * MS, FIELD_START),
    )
    assert fragment(record(1, Role.COMPLETE, 10, start=4, end=9)).marks == (
        Mark(Role.COMPLETE, T0 + 4 * MS, T0 + 9 * MS, None, FIELD_START | FIELD_END),
    )
    assert fragment(record(1, Role.POINT, 1)).marks == ()


def test_the_better_known_name_wins_then_the_earlier_of_weak_ones():
    weak = [record(name="late", name_rank=Rank.WEAK, at=2), record(name="early", name_rank=Rank.WEAK, at=1)]
    assert fragment(*weak).name == "early"
    assert fragment(*weak, record(name="op", at=3)).name == "op"
    assert fragment(record(name=""), record(name="b"), record(name="a")).name == "a"
    assert fragment(record()).name == ""


def test_lines_without_a_name_leave_no_trace_of_it():
    """In one go or one by one: a fragment that knows no name has no time of a name."""
    one, two = ([(record(at=at, text=at), 1, at)] for at in (3, 5))
    assert merged(fragment_of_entries(one), fragment_of_entries(two)) == fragment_of_entries(one + two)


def test_the_worst_and_first_failure_counts():
    soft = record(error=ErrorLevel.SOFT, error_message="soft", at=0)
    late, early = (record(error=ErrorLevel.HARD, error_message=str(at), at=at) for at in (5, 3))
    assert fragment(soft, late, early).failure == (-2, T0 + 3 * MS, "", "3")
    assert fragment(record()).failure is None


def test_attributes_are_kept_by_what_kind_of_record_gave_them():
    a, b, c = (Attribute("k", value) for value in "123")
    found = fragment(
        record(role=Role.POINT, attributes=(a,)), record(role=Role.START, attributes=(b,)), record(role=Role.END, attributes=(c,))
    )
    assert found.attributes == [(c,), (b,), (a,)]


def test_a_repeated_line_is_there_once_where_it_came_first():
    line = record(text=7)
    found = fragment_of_entries([(line, 2, 0), (line, 1, 5), (line, 1, 3)])
    assert [(ref.chunk, ref.line) for ref in found.lines.values()] == [(1, 3)]
    assert fragment(line, line._replace(time_ns=T0 + MS)).lines.keys() == {(T0, 7), (T0 + MS, 7)}


def test_a_long_message_is_cut_with_an_ellipsis():
    (ref,) = fragment(record(body="x" * 500)).lines.values()
    assert ref.body == "x" * (BODY_CHARS - 1) + "…"


def test_the_long_form_of_an_id_wins():
    short, long = (fragment(record(text=text, trace=TraceId(TRACE.low, high))) for text, high in ((1, 0), (2, TRACE.high)))
    assert merged(short, long) == merged(long, short)
    assert merged(short, long).trace == TRACE


def test_a_line_without_a_time_gives_way_to_its_copy_with_one():
    def line(time_ns, text, place):
        return LineRef(time_ns, text, 1, place, 9, "")

    found = {
        (ref.time_ns, ref.text_hash): ref for ref in (line(None, 1, 0), line(None, 2, 1), line(T0 + 9, 3, 2), line(T0, 1, 3))
    }
    assert [(ref.time_ns, ref.text_hash) for ref in without_untimed_copies(found)] == [(T0, 1), (T0 + 9, 3), (None, 2)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 2), st.integers(0, 9))))
def test_lines_with_times_are_in_the_order_of_all_lines(told):
    found = {(T0 + ns, text): LineRef(T0 + ns, text, chunk, place, 9, "") for ns, text, chunk, place in told}
    assert without_untimed_copies(found) == sorted(found.values(), key=line_order)
