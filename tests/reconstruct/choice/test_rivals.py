"""Where times leave another explanation, no parent is told for sure."""

from __future__ import annotations

import numpy as np
import pytest

from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.choice.rivals import blurred, outlasted, rivalled
from logtrace.reconstruct.evidence.priors import NOTHING, ROOT, Model, Told
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.learning.selftaught import taught
from logtrace.reconstruct.pace.paces import BEHIND, CALLS, ITSELF, Pace, Turn
from tests.reconstruct.evidence.test_scorer import OPERATIONS, forest

API, READ, WRITE, SEND = OPERATIONS


def handled(number: int, gap_ms: int):
    """A read (1) with a short write (2) of its service, and a mail (3) so long behind that; it works 20 ms or so before."""
    begins = 20 + number % 7
    return [(1, 0, 200), (2, begins, begins + 2), (3, begins + 2 + gap_ms, 150)]


@pytest.mark.parametrize(("gap_ms", "sure"), [(1, False), (25, True)])
def test_what_comes_too_soon_behind_an_inner_span_may_be_called_by_that(gap_ms: int, sure: bool):
    found = forest(*(handled(number, gap_ms) for number in range(40)))
    model = taught(found)
    decision = decide(found, Tables(model))
    mails = found.operation == 3
    assert (found.operation[decision.parent[mails]] == 1).all(), "it is what holds them all, so or so"
    assert ((decision.confidence[mails] >= 80) == sure).all()
    assert ((ROOT, SEND) in model.pairs and model.pairs[ROOT, SEND].doubted) != sure


def test_what_is_called_beside_an_inner_span_comes_soon_behind_it_by_chance():
    found = forest(*(handled(number, -1 if number % 3 == 0 else 1) for number in range(40)))
    assert not taught(found).pairs.get((ROOT, SEND), Told()).doubted


def test_what_begins_within_a_span_that_had_an_answer_may_be_its_next_call():
    above = np.array([-1, 0, 1, 0])
    for answers, could in ((50, True), (70, False)):
        found = forest([(0, 0, 200), (1, 10, 150), (2, 20, answers), (3, 60, 90)])
        marked = rivalled(found, weigh(found, Tables(NOTHING)), above)
        assert marked.tolist() == [False, False, False, could]


@pytest.mark.parametrize(
    ("of_read", "left", "could"), [(20, 0, True), (10, 0, True), (9, 0, False), (2, 0, False), (2, 1, True), (0, 9, False)]
)
def test_what_calls_most_of_them_or_does_not_wait_may_have_called_what_begins_behind_it(of_read: int, left: int, could: bool):
    told = {(API, READ): Told(seen=20.0), (API, WRITE): Told(seen=20.0 - of_read), (READ, WRITE): Told(seen=float(of_read))}
    turn = Turn(READ, ITSELF, (), False, CALLS, WRITE, BEHIND)
    tables = Tables(Model.of(told, (), {turn: Pace(5, 80.0, 1285.0, left)}))
    found = forest([(0, 0, 200), (1, 10, 40), (2, 60, 90)], [(0, 0, 200), (2, 60, 90), (1, 100, 140)])
    marked = rivalled(found, weigh(found, tables), np.array([-1, 0, 0, -1, 3, 3]))
    assert marked.tolist() == [False, False, could, False, False, False], "what begins after it did not call it"


@pytest.mark.parametrize(("ends", "left", "could"), [(40, True, True), (40, False, False), (75, True, True), (75, False, False)])
def test_what_calls_some_of_them_and_does_not_wait_may_have_called_what_it_does_not_hold(ends: int, left: bool, could: bool):
    told = {(API, WRITE): Told(seen=20.0), (READ, WRITE): Told(seen=5.0, left=left)}
    found = forest([(0, 0, 200), (1, 10, ends), (2, 60, 90)])
    assert rivalled(found, weigh(found, Tables(Model.of(told))), np.array([-1, 0, 0])).tolist() == [False, False, could]


@pytest.mark.parametrize(("regular", "could"), [(False, True), (True, False)])
def test_what_always_holds_such_a_call_beside_a_parent_that_makes_them_by_no_rule_may_be_the_caller(regular: bool, could: bool):
    found = forest([(0, 0, 200), (1, 10, 150), (3, 12, 160), (2, 60, 90)])
    scored = weigh(found, Tables(NOTHING))
    read, send = (scored.pairs.parent == place for place in (1, 2))
    scored = scored._replace(doubted=send, regular=read & regular)
    assert rivalled(found, scored, np.array([-1, 0, 0, 1])).tolist() == [False, False, False, could]
    assert not rivalled(found, scored, np.array([-1, 0, 1, 2])).any(), "what it hangs under is no rival"


def at_once(number: int):
    """A request calls a write and a read at once, the read a write of its own, now sooner and now later."""
    begins = 30 + number * 7 % 60
    return [(0, 0, 200), (2, 9, 20 + number % 9), (1, 10, 150), (2, begins, begins + 15)]


def test_an_accident_that_each_holder_has_may_be_the_call():
    found = forest(*(at_once(number) for number in range(40)))
    model = taught(found)
    assert model.pairs[READ, WRITE].gate < 0.5, "it is taken for an accident, as the other write lies across the read"
    decision = decide(found, Tables(model))
    assert (decision.confidence[3::4] < 80).all()


NONE_CHOSEN = np.full(2, -1)


@pytest.mark.parametrize(("took_ms", "grain_ms", "unsure"), [(1, 1, True), (0, 1, True), (2, 1, False), (1, 0, False)])
def test_a_span_that_takes_no_longer_than_its_times_are_exact_may_lie_anywhere(took_ms: int, grain_ms: int, unsure: bool):
    found = forest([(0, 0, 200), (1, 10, 10 + took_ms)], grain_ms=grain_ms)
    assert blurred(found, weigh(found, Tables(NOTHING)), NONE_CHOSEN, np.array([-1, 0])).tolist() == [False, unsure]


def test_whole_milliseconds_leave_open_which_of_two_that_look_alike_called():
    spans = [(0, 0, 200), (1, 10, 150), (3, 10, 151), (2, 60, 90)]
    above = np.array([-1, 0, 1, 2])
    for grain_ms, unsure in ((0, False), (1, True)):
        found = forest(spans, grain_ms=grain_ms)
        marked = blurred(found, weigh(found, Tables(NOTHING)), np.full(4, -1), above)
        assert marked.tolist() == [False, unsure, unsure, unsure], "the inner two may have called each other, and the last"


def proxied(number: int) -> list[tuple[int, int, int]]:
    """A request that is passed on: of four, one shows in whole milliseconds which of both was first, and one which was last."""
    return [(0, 0, 60), (1, 10, 40), (2, 10 + (number % 4 == 0), 40 - (number % 4 == 1))]


@pytest.mark.parametrize(("many", "sure"), [(40, True), (4, False)])
def test_where_enough_other_traces_tell_the_order_of_a_pair_whole_milliseconds_leave_it_no_more_open(many: int, sure: bool):
    found = forest(*(proxied(number) for number in range(many)), grain_ms=1)
    decision = decide(found, Tables(taught(found)))
    apart = found.operation == 2
    apart &= (found.start > found.start[decision.parent]) | (found.end < found.end[decision.parent])
    assert ((decision.confidence[apart] >= 80) == sure).all()


@pytest.mark.parametrize(("open_end", "seen", "could"), [(True, 5.0, True), (False, 5.0, False), (True, 0.0, False)])
def test_a_caller_may_have_run_on_where_lines_alone_tell_its_end(open_end: bool, seen: float, could: bool):
    model = Model.of({(READ, WRITE): Told(seen=seen), (API, WRITE): Told(seen=10.0), (API, READ): Told(seen=60.0)})
    found = forest([(0, 0, 200), (1, 10, 20), (2, 30, 60)])
    found = found._replace(open_end=(found.operation == 1) & open_end)
    scored = weigh(found, Tables(model))
    assert rivalled(found, scored, np.array([-1, 0, 0])).tolist() == [False, False, could]
    before = forest([(1, 0, 5), (0, 10, 200), (2, 30, 60)])
    before = before._replace(open_end=(before.operation == 1) & open_end)
    assert not rivalled(before, weigh(before, Tables(model)), np.array([-1, -1, 1])).any(), "it began before the parent"


@pytest.mark.parametrize(("ends", "doubted"), [(99, False), (102, True)])
def test_what_runs_within_a_span_that_outlives_its_caller_may_be_a_call_of_either(ends: int, doubted: bool):
    own = [("api", name, "") for name in ("handle", "find", "update", "insert")]
    found = forest([(0, 0, 100), (1, 1, ends), (2, 20, 40), (3, 60, 101)])._replace(operations=own)
    above = np.array([-1, 0, 1, 1])
    assert outlasted(found, above).tolist() == [False, False, doubted, False], "what ends behind the caller is no call of it"
    elsewhere = [own[0], ("db", "find", ""), *own[2:]]
    assert not outlasted(found._replace(operations=elsewhere), above).any(), "a server ends when its answer is out"
