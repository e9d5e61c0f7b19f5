from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.model import Attribute, Role
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.store.rows.linerefs import chunks_of_lines
from logtrace.store.rows.packed import unpacked
from logtrace.store.rows.usual import usual_rows
from tests.reconstruct.runs import run_of
from tests.store.columns import collected, encoder, general, placed, spelled
from tests.strategies import TWISTS, record, records, usual_spans


def of_columns(entries, split=0):
    """The row of the one span of some lines; None where it is not usual."""
    names = encoder()
    made = usual_rows(collected(entries, split), names)
    rows = [*unpacked(made.ready), *made.failed, *made.pending]
    assert len(rows) + bool(made.odd) == 1
    return spelled(rows[0], names) if rows else None


single = st.builds(
    lambda role, took, parent: [record(1, role, 9, took, parent=parent, name="op", text=1)],
    st.sampled_from([Role.COMPLETE, Role.END]), st.none() | st.integers(-1, 9), st.sampled_from([None, 0, 7]),
)  # fmt: skip
any_span = usual_spans() | usual_spans(parent=None) | usual_spans(parent=3) | st.lists(records(), min_size=1, max_size=4) | single


@given(any_span.flatmap(placed), st.integers(0, 2))
def test_a_usual_row_is_the_row_of_its_fragment(entries, split):
    found = of_columns(entries, split)
    event("usual" if found else "unusual")
    assert found is None or found == general(entries)


def usual(*found) -> bool:
    return of_columns([(each, 1, number) for number, each in enumerate(found)]) is not None


START = record(1, Role.START, 0, name="op", parent=0, text=1)
POINT = record(1, Role.POINT, 4, name="op", parent=0, text=2)
END = record(1, Role.END, 9, 9, name="op", parent=0, text=3)


def test_most_spans_are_usual():
    assert usual(START, END)
    assert usual(START, POINT, END)
    assert usual(END)
    assert usual(END._replace(role=int(Role.COMPLETE)))
    assert usual(START, END._replace(duration_ns=8_500_000)), "a duration that is rounded"
    assert usual(START, END._replace(duration_ns=None)), "it took from one line to the other"
    assert usual(START, POINT, END._replace(duration_ns=None))


def test_the_error_of_a_span_is_the_first_and_worst_of_its_lines():
    soft, hard = ({"error": level, "error_type": "E", "error_message": f'level "{level}"'} for level in (1, 2))
    failed = [START, POINT._replace(**soft), END._replace(**hard)]
    others = [each._replace(span=9) for each in (START, POINT._replace(**soft), END)]
    collector = RunCollector()
    unusual = START._replace(span=5, **hard)
    collector.add_run(run_of([*others, unusual, *failed], range(7)), 1)
    made = usual_rows(collector, encoder())
    assert [(row[2], row[9]) for row in made.failed] == [(1, 2), (9, 1)]
    for row, of_span in zip(made.failed, (failed, others), strict=True):
        assert row[14] == general([(each, 1, at) for at, each in enumerate(of_span)])[14]


def test_a_new_name_is_no_reason_to_go_the_long_way():
    assert usual(*(each._replace(name="new") for each in (START, END)))


def test_what_is_unusual():
    assert not usual(START)
    assert not usual(POINT)
    assert not usual(END._replace(duration_ns=None)), "nothing tells how long it took"
    assert not usual(START, START)
    assert not usual(START, END._replace(duration_ns=1))
    assert not usual(START, POINT, POINT, END)


def test_two_traces_on_one_span_id_are_two_spans():
    collector = RunCollector()
    collector.add_run(run_of([START, END._replace(trace=START.trace._replace(high=0))], [0, 1]), 1)
    assert usual_rows(collector, encoder()).odd == [0, 1]


def test_spans_side_by_side_each_get_their_own_row():
    found = [each._replace(span=span, duration_ns=each.duration_ns and 9_000_000) for span in (3, 4, 5) for each in (START, END)]
    collector = RunCollector()
    collector.add_run(run_of([found[at] for at in (0, 2, 4, 1, 5, 3)], range(6)), 1)
    rows = [*unpacked(usual_rows(collector, encoder()).ready)]
    assert [(each[2], each[11]) for each in rows] == [(3, 2), (4, 2), (5, 2)]
    assert [chunks_of_lines(each[13]) for each in rows] == [[1, 1]] * 3


def test_two_values_of_one_key_in_one_record_are_unusual():
    twice = (Attribute("a", "1"), Attribute("a", "2"))
    for split in (0, 1):
        for odd in ((START, END._replace(attributes=twice)), (START._replace(attributes=twice), END)):
            assert of_columns([(each, 1, number) for number, each in enumerate(odd)], split) is None


@pytest.mark.parametrize("twist", TWISTS, ids=str)
def test_whatever_is_odd_about_one_record_the_row_is_right(twist):
    for records_of in ((START, END), (START, POINT, END), (END,)):
        for odd in range(len(records_of)):
            found = [each._replace(**twist) if number == odd else each for number, each in enumerate(records_of)]
            entries = [(each, 1, number) for number, each in enumerate(found)]
            assert of_columns(entries) in (None, general(entries))
