from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.model import Attribute, Flag, Rank, Role
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.store.rows.bounded import bounded_rows
from tests.reconstruct.runs import run_of
from tests.store.columns import encoder, general, of_columns, placed
from tests.strategies import MS, T0, TWISTS, attribute_lists, record, records


@st.composite
def bounded_spans(draw):
    """The record of a span that tells its start or its end by a field; now and then with one twist."""
    some = st.sampled_from([None, 0, 2, 9, 12])
    role = draw(st.sampled_from([Role.COMPLETE, Role.END, Role.START, Role.POINT]))
    one = record(
        1, role, draw(some), draw(st.sampled_from([None, 7, 9])), start=draw(some), end=draw(some),
        name=draw(st.sampled_from(["op", ""])), parent=draw(st.sampled_from([None, NO_SPAN, 3])),
        kind=draw(st.sampled_from(["", "server"])), body=draw(st.sampled_from(["", 'x "y" \n é', "y" * 300])), text=1,
        attributes=draw(st.just((Attribute("a", '"x"'),)) | attribute_lists),
    )  # fmt: skip
    return [one._replace(**draw(st.sampled_from([{}] * 12 + TWISTS)))]


@given((bounded_spans() | st.lists(records(), min_size=1, max_size=3)).flatmap(placed), st.integers(0, 2))
def test_a_row_is_the_row_of_its_fragment(entries, split):
    found = of_columns(bounded_rows, entries, split)
    event("of columns" if found else "of the fragment")
    assert found is None or found == general(entries)


def is_bounded(*found) -> bool:
    entries = [(each, 1, number) for number, each in enumerate(found)]
    made = of_columns(bounded_rows, entries)
    assert made is None or made == general(entries)
    return made is not None


ONE = record(1, Role.COMPLETE, 9, name="op", parent=0, text=1)


@pytest.mark.parametrize("role", [Role.COMPLETE, Role.END])
@pytest.mark.parametrize(
    "told",
    [
        {"start_ns": T0, "duration_ns": 3 * MS},
        {"start_ns": T0, "end_ns": T0 + 3 * MS},
        {"start_ns": T0, "end_ns": T0 + 3 * MS, "duration_ns": 3 * MS},
        {"end_ns": T0 + 3 * MS, "duration_ns": 3 * MS},
        {"start_ns": T0, "end_ns": T0, "time_ns": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_bounded(role, told):
    one = ONE._replace(role=int(role), **told)
    assert is_bounded(one)
    assert is_bounded(one._replace(name="new", attributes=(Attribute("new", "1"),)))
    assert is_bounded(one._replace(parent=None))


BOTH = ONE._replace(start_ns=T0, end_ns=T0 + 3 * MS)


@pytest.mark.parametrize(
    "odd",
    [
        {"end_ns": None}, {"end_ns": T0 - 1}, {"end_ns": T0 + 25 * 3_600_000 * MS}, {"duration_ns": 9 * MS}, {"duration_ns": -1},
        {"role": int(Role.START)}, {"role": int(Role.POINT)}, {"name": ""}, {"name_rank": int(Rank.WEAK)},
        {"flags": int(Flag.DURATION_COARSE)}, {"flags": int(Flag.INVALID_DURATION)},
        {"attributes": (Attribute("a", "1"), Attribute("a", "2"))},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not(odd):
    assert is_bounded(BOTH)
    assert not is_bounded(BOTH._replace(**odd))
    assert not is_bounded(BOTH, ONE._replace(role=0, text_hash=2)), "it has more lines"
    assert not is_bounded(ONE._replace(duration_ns=MS)), "no field tells a bound"


def test_spans_side_by_side_each_get_their_own_row():
    spans = [BOTH._replace(span=span, start_ns=T0 + span) for span in (3, 4, 5)]
    collector = RunCollector()
    collector.add_run(run_of([spans[2], ONE, spans[0], ONE._replace(text_hash=3), spans[1]], range(5)), 1)
    made = bounded_rows(collector, collector.spans().order.tolist(), encoder())
    assert [(each[2], each[6]) for each in made.ready] == [(3, T0 + 3), (4, T0 + 4), (5, T0 + 5)]
    assert made.odd == [1, 3]
