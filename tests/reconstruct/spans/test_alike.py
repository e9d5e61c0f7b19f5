from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN, TraceId
from logtrace.model import Attribute, Link, Role
from logtrace.reconstruct.spans import alike
from logtrace.reconstruct.spans.alike import Alike, has_columns
from tests.strategies import T0, record, records

ONE = record(3, Role.END, 4, 2.5, parent=7, name="op", body="done", attributes=(Attribute("a", "1"),))
PLAIN = records(st.integers(1, 3), service=None).map(lambda each: each._replace(links=()))
SOME = st.lists(PLAIN, min_size=1, max_size=8)


@given(st.lists(SOME, min_size=1, max_size=3))
def test_a_run_gives_the_records_that_it_was_made_of(found):
    made = Alike()
    for each in found:
        assert all(map(has_columns, each))
        run = made.run(each, range(5, 5 + len(each)))
        assert list(run.records()) == each
        assert run.indexes.tolist() == list(range(5, 5 + len(each)))


def test_ids_that_are_no_numbers_come_back():
    opaque = ONE._replace(trace=TraceId(5, 6, "req-1"))
    run = Alike().run([ONE, opaque], [0, 1])
    assert (list(run.records()), run.opaque) == ([ONE, opaque], {(5, 6): "req-1"})


def test_what_records_have_in_common_is_remembered(monkeypatch):
    made = Alike()
    first = made.run([ONE, ONE._replace(span=4, body="else"), ONE._replace(name="other")], range(3))
    again = made.run([ONE._replace(time_ns=T0)], [0])
    assert first.templates[0] is first.templates[1] is again.templates[0] is not first.templates[2]
    assert first.bundles[0] is again.bundles[0]
    monkeypatch.setattr(alike, "_TEMPLATES", 0)
    monkeypatch.setattr(alike, "_BUNDLES", 0)
    assert list(made.run([ONE], [0]).records()) == [ONE], "also where it is forgotten"


@pytest.mark.parametrize(
    "odd",
    [{"trace": None}, {"span": NO_SPAN}, {"links": (Link(TraceId(1, 2), 0),)}],
    ids=str,
)  # fmt: skip
def test_what_has_no_columns(odd):
    assert has_columns(ONE)
    assert not has_columns(ONE._replace(**odd))
