from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.jobs.work import Encoder
from logtrace.model import Attribute, Role
from logtrace.reconstruct.fragments import fragment_of_entries
from logtrace.reconstruct.naming import operation_of
from logtrace.store.rows import row, shown_alone
from logtrace.store.usual import usual_row
from tests.strategies import TWISTS, record, records, usual_spans


def encoder() -> Encoder:
    """An encoder that knows some names already, and keeps the values of one key inline."""
    made = Encoder()
    made.learn({("api", "op", ""): 7}, {("a", '"x"'): 3, ("b", "1"): 4})
    made.unique.add("http.status")
    return made


def general(entries):
    names = encoder()
    fragment = fragment_of_entries(entries)
    operation, rank = operation_of(fragment)
    return row(fragment, shown_alone(fragment), names.operation(operation), rank, names.attribute)


@st.composite
def placed(draw, found):
    """Records with places: mostly in order, of one chunk or two."""
    lines = draw(st.permutations(range(len(found))) | st.just(range(len(found))))
    cut = draw(st.integers(0, len(found)))
    entries = [(each, 1 if line < cut else 2, line) for each, line in zip(found, lines, strict=True)]
    return draw(st.permutations(entries) | st.just(entries))


groups = (usual_spans() | usual_spans(parent=None) | usual_spans(parent=3)).flatmap(placed)


@given(groups | st.lists(records(), min_size=1, max_size=4).flatmap(placed))
def test_a_usual_row_is_the_row_of_its_fragment(entries):
    found = usual_row(list(entries), encoder())
    event("usual" if found else "unusual")
    assert found is None or found == general(entries)


def usual(*found) -> bool:
    entries = [(each, 1, number) for number, each in enumerate(found)]
    return usual_row(entries, encoder()) is not None


START = record(1, Role.START, 0, name="op", parent=0, text=1)
POINT = record(1, Role.POINT, 4, name="op", parent=0, text=2)
END = record(1, Role.END, 9, 9, name="op", parent=0, text=3)


def test_most_spans_are_usual():
    assert usual(START, END)
    assert usual(START, POINT, END)
    assert usual(START, *(POINT._replace(text_hash=n) for n in range(10, 14)), END)


def test_a_new_name_is_no_reason_to_go_the_long_way():
    assert usual(*(each._replace(name="new") for each in (START, END)))


def test_what_is_unusual():
    assert not usual(START)
    assert not usual(START, START)
    assert not usual(START, END._replace(duration_ns=1))
    assert not usual(START, POINT, POINT, END)
    assert not usual(START._replace(span=0), END._replace(span=0)), "lines of no span"
    assert not usual(START, *(POINT._replace(text_hash=n) for n in range(10, 15)), END)


def test_two_values_of_one_key_in_one_record_are_unusual():
    twice = (Attribute.of("a", "1"), Attribute.of("a", "2"))
    assert not usual(START, END._replace(attributes=twice))
    assert not usual(START._replace(attributes=twice), END)


@pytest.mark.parametrize("twist", TWISTS, ids=str)
def test_whatever_is_odd_about_one_record_the_row_is_right(twist):
    for records_of in ((START, END), (START, POINT, END)):
        for odd in range(len(records_of)):
            found = [each._replace(**twist) if number == odd else each for number, each in enumerate(records_of)]
            entries = [(each, 1, number) for number, each in enumerate(found)]
            assert usual_row(list(entries), encoder()) in (None, general(entries))
