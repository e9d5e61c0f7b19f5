"""Where clocks differ, parents are no surer than what is known of that."""

from __future__ import annotations

import numpy as np
import pytest

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.adrift import adrift, numbered_domains
from logtrace.reconstruct.evidence.priors import NOTHING, Model, Told
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import Forest
from logtrace.reconstruct.learning.lessons import learned
from logtrace.reconstruct.spans.clocks import UNBOUNDED_NS, Clock, Clocks, unknown
from tests.reconstruct.evidence.test_scorer import MS, OPERATIONS, forest

CALLS = [(0, 0, 100), (1, 10, 30), (1, 50, 70), (2, 55, 65)]
"""Two reads, and a write within the second; the first is 35 ms before it."""


def unsure(found: Forest, of_ms: list[int], clocks: list[int]) -> Forest:
    """By operation: how unsure its clock is, and which that is."""
    return found._replace(unsure=np.array(of_ms)[found.operation] * MS, clock=np.array(clocks)[found.operation])


@pytest.mark.parametrize(
    ("of_ms", "clocks", "marked"),
    [
        ([0, 0, 40, 0], [0, 0, 1, 0], True),
        ([0, 20, 20, 0], [0, 1, 2, 0], True),
        ([0, 0, 30, 0], [0, 0, 1, 0], False),
        ([0, 40, 40, 0], [0, 1, 1, 0], False),
        ([0, 0, 0, 0], [0, 0, 1, 0], False),
    ],
    ids=["as far as clocks are known", "both of two", "too far", "one clock", "all are known"],
)
def test_what_another_as_long_holds_had_less_been_added(of_ms: list[int], clocks: list[int], marked: bool):
    found = unsure(forest(CALLS, CALLS), of_ms, clocks)
    above = np.array([-1, 0, 0, 2, -1, 4, 4, 6])
    assert adrift(found, above, Tables(NOTHING)).tolist() == [False, False, False, marked] * 2


def test_what_is_longer_or_too_short_is_no_other_parent():
    longer, short = [(0, 0, 100), (1, 10, 40), *CALLS[2:]], [(0, 0, 100), (1, 20, 29), *CALLS[2:]]
    found = unsure(forest(longer, short), [0, 0, 90, 0], [0, 0, 1, 0])
    assert not adrift(found, np.array([-1, 0, 0, 2, -1, 4, 4, 6]), Tables(NOTHING)).any()


@pytest.mark.parametrize(("of_ms", "sure"), [(10, True), (40, False)])
def test_such_a_parent_is_not_sure(of_ms: int, sure: bool):
    found = unsure(forest(*([CALLS] * 20)), [0, 0, of_ms, 0], [0, 0, 1, 0])
    decision, writes = decide(found, Tables(learned(found))), found.operation == 2
    assert (found.start[decision.parent[writes]] % (1000 * MS) == 50 * MS).all()
    assert ((decision.confidence[writes] >= 80) == sure).all()


def test_a_clock_of_which_nothing_is_known_may_be_off_by_anything_where_others_are():
    moved, agrees = (Clock(name, ((0, shift),), 3 * MS, 20, "a", True) for name, shift in (("b", MS), ("c", 0)))
    clocks = Clocks([moved, agrees, unknown("d", True)])
    assert [clocks.unsure_ns(name) for name in "abcd"] == [0, 3 * MS, 3 * MS, UNBOUNDED_NS]
    assert [Clocks([agrees, unknown("d", True)]).unsure_ns(name) for name in "acd"] == [0, 0, 0]


def test_equal_domains_have_one_number():
    assert numbered_domains(["b", "a", "b", ""]).tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("caller", ["read", "send"])
def test_where_callers_are_known_another_of_these_may_be_the_parent(caller: str):
    found = unsure(forest(CALLS), [0, 0, 40, 0], [0, 0, 1, 0])
    reads, sends = OPERATIONS[1], OPERATIONS[3]
    model = Model.of({(reads if caller == "read" else sends, OPERATIONS[2]): Told(known=10)})
    assert adrift(found, np.array([-1, 0, 0, 2]), Tables(model))[3] == (caller == "read")


def test_of_a_large_trace_those_are_looked_at_that_begin_nearest():
    many = 40_000
    beside = [(2, 20 + 2 * at, 21 + 2 * at) for at in range(many)]
    found = unsure(forest([(0, 0, 3 * many), *CALLS[1:2], *beside]), [0, 0, 40, 0], [0, 0, 1, 0])
    above = np.zeros(many + 2, np.int64)
    above[0] = -1
    assert not adrift(found, above, Tables(NOTHING))[1]
