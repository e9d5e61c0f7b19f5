from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Rank, Role
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.store.rows.partial import partial_rows
from tests.reconstruct.runs import run_of
from tests.store.columns import encoder, general, of_columns, placed
from tests.strategies import MS, TWISTS, attribute_lists, record, records


@st.composite
def partial_spans(draw):
    """The records of a span that lacks its start, its end, or both; now and then with one twist."""
    name, rank = draw(st.sampled_from([("op", Rank.OBSERVED), ("", Rank.NONE), ("logger", Rank.WEAK)]))
    common = {"parent": draw(st.sampled_from([None, NO_SPAN, 3])), "kind": draw(st.sampled_from(["", "server"]))}
    at, found = 0, []
    roles = [Role.START] * draw(st.booleans()) + [Role.POINT] * draw(st.integers(0, 4))
    roles += draw(st.sampled_from([[], [Role.END], [Role.COMPLETE]]))
    for number, role in enumerate(roles or [Role.POINT]):
        at += draw(st.integers(0, 3))
        mine = draw(st.sampled_from([name, "another"])) if rank == Rank.WEAK else name
        own = {"name": mine, "name_rank": rank} if draw(st.integers(0, 4)) else {}
        took = draw(st.sampled_from([at, at, 2, 0.5, None])) if role in (Role.END, Role.COMPLETE) else None
        body = draw(st.sampled_from(["", "x", "took 7 steps", "y" * 300]))
        severity = draw(st.sampled_from([9, 17]))
        attributes = draw(st.just((Attribute("a", '"x"'),)) | attribute_lists)
        found.append(record(1, role, at, took, text=number, body=body, severity=severity, attributes=attributes, **own, **common))
    odd = draw(st.integers(0, len(found) - 1))
    found[odd] = found[odd]._replace(**draw(st.sampled_from([{}] * 12 + TWISTS)))
    return found


any_span = partial_spans() | st.lists(records(), min_size=1, max_size=4)


@given(any_span.flatmap(placed), st.integers(0, 2))
def test_a_row_is_the_row_of_its_fragment(entries, split):
    found = of_columns(partial_rows, entries, split)
    event("of columns" if found else "of the fragment")
    assert found is None or found == general(entries)


def is_partial(*found) -> bool:
    entries = [(each, 1, number) for number, each in enumerate(found)]
    made = of_columns(partial_rows, entries)
    assert made is None or made == general(entries)
    return made is not None


START = record(1, Role.START, 0, name="op", parent=0, text=1)
POINT = record(1, Role.POINT, 4, name="op", parent=0, text=2)
LATER = record(1, Role.POINT, 5, name="op", parent=0, text=4)
END = record(1, Role.END, 9, 9, name="op", parent=0, text=3)
FAILED = {"error": 1, "error_type": "E", "error_message": 'it "broke"'}


def test_what_is_partial():
    assert is_partial(START)
    assert is_partial(START, POINT, LATER)
    assert is_partial(POINT)
    assert is_partial(POINT, LATER)
    assert is_partial(POINT, END)
    assert is_partial(POINT, END._replace(role=int(Role.COMPLETE)))
    assert is_partial(START, POINT, LATER, END)
    assert is_partial(START, POINT, LATER, END._replace(duration_ns=None))
    assert is_partial(*(each._replace(parent=None) for each in (START, POINT)))
    assert is_partial(*(each._replace(name="", name_rank=9, body="took 7 steps") for each in (POINT, LATER)))
    assert is_partial(*(each._replace(name="logger", name_rank=2) for each in (POINT, LATER)))
    assert is_partial(*(each._replace(name=name, name_rank=2) for each, name in ((POINT, "one"), (LATER, "another"))))
    assert is_partial(*(POINT._replace(name=name, name_rank=2, text_hash=len(name)) for name in ("one", "another")))
    assert is_partial(START, POINT._replace(name="", name_rank=9))
    assert is_partial(POINT._replace(**FAILED), LATER._replace(error=2))
    assert is_partial(START, POINT._replace(**FAILED), LATER, END._replace(**FAILED))


def test_what_is_left_to_the_fragment():
    assert not is_partial(START, START._replace(text_hash=9))
    assert not is_partial(POINT, POINT)
    assert not is_partial(LATER, POINT)
    assert not is_partial(POINT, START._replace(time_ns=POINT.time_ns))
    assert not is_partial(POINT, END._replace(duration_ns=None))
    assert not is_partial(START, POINT, LATER, END._replace(duration_ns=1 * MS))
    assert not is_partial(POINT, LATER._replace(parent=7))
    assert not is_partial(POINT, LATER._replace(service="other"))


def test_spans_side_by_side():
    collector = RunCollector()
    collector.add_run(run_of([each._replace(span=span) for each in (START, POINT) for span in (3, 4, 5)], range(6)), 1)
    names = encoder()
    made = partial_rows(collector, collector.spans().order.tolist(), names)
    assert [(each[2], each[11]) for each in made.ready] == [(3, 2), (4, 2), (5, 2)]


@pytest.mark.parametrize("twist", TWISTS, ids=str)
def test_whatever_is_odd_about_one_record_the_row_is_right(twist):
    for records_of in ((START,), (START, POINT), (POINT, LATER), (POINT, END), (START, POINT, LATER, END)):
        for odd in range(len(records_of)):
            found = [each._replace(**twist) if number == odd else each for number, each in enumerate(records_of)]
            is_partial(*found)
