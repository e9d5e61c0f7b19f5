"""The paces of operations: what they are made of, and that trees which fit them are found where times alone leave a choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.choice.decide import best, decide, rechosen
from logtrace.reconstruct.evidence.priors import REGULAR, ROOT, Model, Told
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.columns import NO_PARENT, Forest
from logtrace.reconstruct.learning.lessons import lesson
from logtrace.reconstruct.learning.selftaught import EXPECTED, taught
from logtrace.reconstruct.pace.paces import BEHIND, BESIDE, CALLS, ENDS, ITSELF, STOPS, Pace, Turn, joined, paces
from logtrace.reconstruct.pace.swaps import own_share
from logtrace.reconstruct.pace.timelines import Paces
from tests.reconstruct.evidence.test_scorer import OPERATIONS, assert_alone_as_together, ends_at_roots, forest, trees

API, READ, WRITE, _ = OPERATIONS


TWINS = [(0, 0, 200), (1, 10, 110), (2, 40, 80), (1, 38, 100), (2, 68, 70)]
"""Two reads side by side, with a write each, 30 ms from both ends; the first write is nearer to the ends of the second read."""


def known(number: int) -> list[tuple[int, int, int]]:
    """One read around one write, at that pace."""
    return [(0, 0, 200), (1, 10, 100 + number % 9), (2, 40, 70 + number % 9)]


def named(found: Forest) -> Forest:
    """Each span below the one before it in its trace."""
    first = np.diff(found.trace, prepend=-1) != 0
    return found._replace(named=np.where(first, NO_PARENT, np.arange(len(first)) - 1))


def test_the_turns_of_a_timeline_with_their_gaps():
    found = forest([(0, 0, 100), (1, 10, 60), (2, 20, 50)])
    turns = paces(found, np.array([-1, 0, 0]))
    assert {turn[1:] for turn in turns if turn.operation == API} == {
        (ITSELF, (), False, CALLS, READ, BEHIND),
        (READ, ((READ, 1),), False, CALLS, WRITE, BESIDE),
        (WRITE, ((READ, 1), (WRITE, 1)), False, ENDS, ITSELF, BEHIND),
        (WRITE, ((READ, 1), (WRITE, 1)), True, STOPS, ITSELF, BEHIND),
    }
    many, total, squares, alone = turns[Turn(API, ITSELF, (), False, CALLS, READ, BEHIND)]
    assert (many, alone) == (1, 0)
    assert abs(np.exp(total) - 10_005_000) < 10_000
    assert abs(squares - total**2) < 0.1


def test_a_call_that_outlives_its_caller_keeps_nothing_waiting():
    found = forest([(0, 0, 100), (1, 10, 200), (2, 40, 20)])
    turns = paces(found, np.array([-1, 0, 0]))
    second = Turn(API, READ, ((READ, 1),), False, CALLS, WRITE, BEHIND)
    assert abs(np.exp(turns[second].total) - 40_005_000) < 40_000, "it counts from the start, not from the other call"
    assert turns[Turn(API, ITSELF, (), False, CALLS, READ, BEHIND)].alone == 1


def likely(table: Paces, spans: list[tuple[int, list[int]]], what: int, gap_ms: float) -> float:
    """Of what is next in a span of an operation that has called these."""
    (operation, calls), *_ = spans
    state = table.begins(np.array([operation]))
    for call in calls:
        state = table.called(state, np.array([call]))
    no = np.zeros(1, np.int64)
    return float(table.likelihood(2 * state, no + 2 * what + BEHIND, np.array([int(gap_ms * 1e6)]))[0])


def test_what_is_usual_is_likelier():
    table = Paces(lesson_of(40))
    read, write = table.numbers([READ, WRITE]).tolist()
    assert likely(table, [(read, [])], write, 30) > likely(table, [(read, [])], write, 3) + 2
    assert likely(table, [(read, [])], write, 30) > likely(table, [(read, [])], read, 30) + 2


def test_who_has_made_all_its_calls_ends_and_who_has_not_does_not():
    table = Paces(lesson_of(40))
    read, write = table.numbers([READ, WRITE]).tolist()
    assert likely(table, [(read, [write])], table.ends, 30) > likely(table, [(read, [])], table.ends, 30) + 2
    assert likely(table, [(read, [])], write, 30) > likely(table, [(read, [write])], write, 30) + 2


def test_the_chances_of_all_that_may_be_next_add_up_to_one():
    table = Paces(lesson_of(5))
    numbers = table.numbers([API, READ, WRITE, ("", "never", "heard")])
    what, when = (each.ravel() for each in np.meshgrid(np.arange(table.stops + 1), [BEHIND, BESIDE]))
    for first in numbers:
        for calls in ([], [1], [1, 1], [2, 0]):
            state = table.begins(np.array([first]))
            for call in calls:
                state = table.called(state, numbers[[call]])
            for ended in (0, 1):
                states = np.repeat(state, len(what))
                total = np.exp(table.likelihood(2 * states + ended, 2 * what + when, None)).sum()
                assert 0.5 < total < 1.001, (first, calls, ended)


def lesson_of(many: int):
    found = named(forest(*(known(number) for number in range(many))))
    return paces(found, np.maximum(found.named, -1))


def test_of_two_alike_the_one_that_keeps_the_pace_is_the_parent():
    asked = forest(TWINS)
    model = taught(asked, [lesson(named(forest(*(known(number) for number in range(40)))))])
    decision = decide(asked, Tables(model))
    assert decision.parent.tolist() == [-1, 0, 0, 1, 2]
    assert (decision.confidence[1:] >= 80).all()
    assert decide(asked, Tables(model._replace(turns={}))).parent[3] == 2


def test_a_store_without_any_known_parent_teaches_itself():
    asked = forest(*(known(number) for number in range(40)), *([TWINS] * 4))
    assert decide(asked, Tables(taught(asked))).parent[-5:].tolist() == [-1, 135, 135, 136, 137]


@pytest.mark.parametrize("twins", [4, 20])
def test_what_is_taught_last_are_the_paces_of_trees_that_paces_have_put_right(twins: int):
    """Times alone give both writes of twins to one read. No turn is left of that, and none is missing, though the rounds before
    the last look at a part of the traces only."""
    traces = [*(known(number) for number in range(20)), *([TWINS] * twins), *(known(number) for number in range(20))]
    asked, below = forest(*traces), {3: [-1, 0, 1], 5: [-1, 0, 0, 1, 2]}
    first = np.flatnonzero(asked.operation == 0)
    true = np.concatenate([np.maximum(np.add(below[len(trace)], at), at - 1) for at, trace in zip(first, traces, strict=True)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logtrace.reconstruct.learning.selftaught.FIRST_SPANS", 100)
        assert taught(asked).turns == paces(asked, np.where(asked.operation == 0, -1, true))


def test_what_could_be_changed_over_is_not_sure():
    table = Paces(lesson_of(40))
    for lag_ms, sure in ((0, False), (30, True)):
        found = forest([(0, 0, 200), (1, 10, 100), (1, 10 + lag_ms, 101 + lag_ms), (2, 40, 70), (2, 40 + lag_ms, 71 + lag_ms)])
        above = np.where(found.operation == 0, -1, 0)
        reads, writes = np.flatnonzero(found.operation == 1), np.flatnonzero(found.operation == 2)
        above[writes] = reads
        assert ((own_share(found, table, above)[reads] > 0.8) == sure).all()


@pytest.mark.slow
@given(trees, st.sampled_from([0, 1, 4]))
def test_what_a_trace_gets_by_paces_does_not_depend_on_its_neighbours(traces, grain_ms):
    tables = Tables(taught(forest(*traces, grain_ms=grain_ms), [lesson(named(forest(*traces)))]))
    assert_alone_as_together(traces, grain_ms, tables)


@given(trees, st.sampled_from([0, 1, 4]))
def test_no_parent_by_paces_lies_below_its_child(traces, grain_ms):
    found = forest(*traces, grain_ms=grain_ms)
    assert ends_at_roots(decide(found, Tables(taught(found))).parent.tolist())


def test_where_nobody_calls_there_is_no_state_after_a_call():
    alone = Turn(API, ITSELF, (), False, ENDS, ITSELF, BEHIND)
    table = Paces({alone: Pace(3, 41.5, 574.25)})
    of = table.numbers([API])
    assert table.called(table.begins(of), of).shape == (1,)


def _by_paces(asked: Forest, tables: Tables) -> np.ndarray:
    """How sure the parents are before doubts are looked at."""
    scored = weigh(asked, tables)
    return rechosen(asked, scored, best(asked, scored), tables, tables.paces).confidence


def test_calls_that_follow_one_rule_are_surer():
    one, two = [(0, 0, 200), (1, 10, 100), (2, 20, 30)], [(0, 0, 200), (1, 10, 100), (2, 20, 30), (2, 60, 30)]
    asked = forest(*([one] * 12))
    model = taught(asked)
    assert model.pairs[READ, WRITE].regular >= REGULAR
    unruled = {pair: told._replace(regular=0.0) for pair, told in model.pairs.items()}
    ruled, free = (_by_paces(asked, Tables(each)) for each in (model, model._replace(pairs=unruled)))
    assert (ruled[2::3] > free[2::3]).all()
    assert taught(forest(*([one, two] * 6))).pairs[READ, WRITE].regular == 0, "at times once, at times twice"


def test_of_calls_that_always_happen_to_be_held_by_others_as_well_nobody_is_sure():
    """Reads side by side, each of which writes first; the next read begins amid that write."""
    reads = [(1, at, end) for at, end in ((10, 600), (20, 900), (30, 750), (40, 500))]
    asked = forest(*([[(0, 0, 1000), *reads, *((2, at + 2, at + 22) for _, at, _ in reads)]] * 30))
    decision = decide(asked, Tables(taught(asked)))
    assert (decision.confidence[asked.operation == 2] < 80).all()
    assert (decision.confidence[asked.operation == 1] >= 80).all()


def asked_again(apart_ms: int, crossed: bool) -> Told:
    """What known traces teach of two writes below two reads, so far apart, whose parents cross in every second trace."""
    at = apart_ms
    twins = forest(*([[(0, 0, 200), (1, 10, 100), (1, 10 + at, 100 + at), (2, 40, 70), (2, 40 + at, 70 + at)]] * 12))
    first, half = 5 * np.arange(12)[:, None], crossed * (np.arange(12) % 2)[:, None]
    above = np.concatenate([0 * first + NO_PARENT, first, first, first + 1 + half, first + 2 - half], axis=1)
    return taught(twins, [lesson(twins._replace(named=above.ravel()))]).pairs.get((ROOT, WRITE), Told())


def test_what_was_sure_of_known_traces_is_counted_and_of_what_is_mixed_up_all():
    assert asked_again(2, crossed=False)[3:5] == (24 + EXPECTED, 24 + EXPECTED)
    assert asked_again(2, crossed=True)[3:5] == (24, 12)
    assert asked_again(0, crossed=True)[3:5] == (24, 12), "none was sure"


def test_a_parent_that_is_settled_before_paces_is_sure_where_these_are_not_reliable():
    """Two reads that may have made a write, or one; beside the latter a mail that two may have sent."""
    asked = forest(TWINS, [(0, 300, 500), (1, 310, 400), (2, 340, 370), (1, 420, 490), (1, 421, 492), (3, 430, 440)])
    alone, mails = [[(0, 0, 200), (2, 50, 80)]] * 3, [[(1, 10, 90), (3, 20, 30)]] * 5
    lessons = [lesson(named(forest(*traces))) for traces in ([known(number) for number in range(40)], alone, mails)]
    model = taught(asked, lessons)
    unreliable = Told(held=40, around=30)
    decision = decide(asked, Tables(model._replace(pairs={**model.pairs, (ROOT, WRITE): unreliable})))
    writes = asked.operation == 2
    assert (decision.confidence[writes & (asked.trace == 0)] < 80).all()
    assert (decision.confidence[writes & (asked.trace == 1)] >= 80).all()


def test_paces_give_no_parent_more_calls_than_it_ever_made_where_another_is_known_to_make_them():
    """Of two writes, both at the pace of the request's own, one is the read's where a request has but one."""
    spans = [(0, 0, 200), (1, 10, 100), (2, 20, 30), (2, 40, 50)]
    twice = forest(*([spans] * 40))
    twice = twice._replace(named=np.tile([NO_PARENT, 0, 0, 0], 40) + 4 * np.repeat(np.arange(40), 4) * (np.arange(160) % 4 > 0))
    within = named(forest(*([[(1, 0, 90), (2, 60, 80)]] * 5)))
    model = taught(forest(spans), [lesson(twice), lesson(within)])
    assert decide(forest(spans), Tables(model)).parent.tolist() == [-1, 0, 0, 0]
    once = model.pairs[API, WRITE]._replace(most=1)
    decision = decide(forest(spans), Tables(model._replace(pairs={**model.pairs, (API, WRITE): once})))
    assert sorted(decision.parent[2:].tolist()) == [0, 1]
    assert decision.confidence[2:].min() < 80


def test_a_model_keeps_its_turns_and_a_text_of_before_has_none():
    turn = Turn(API, READ, ((READ, 2),), False, CALLS, WRITE, BESIDE)
    model = Model.of({}, (), {turn: Pace(3, 41.5, 574.25, 1)})
    assert Model.of_text(model.text()) == model != Model.of({})
    assert Model.of_text("[]") == Model.of_text('{"pairs": [], "steps": [[1]]}') == Model.of({})
    assert joined([model.turns, model.turns]) == {turn: Pace(6, 83.0, 1148.5, 2)}


def test_a_call_that_nobody_waits_for_is_told_by_its_pace_where_such_calls_are_known():
    behind = [[(0, 0, 200), (1, 10, 20), (2, 25 + number % 3, 60)] for number in range(10)]
    within = [[(0, 0, 200), (2, 100 + number % 9, 150)] for number in range(20)]
    model = taught(forest([(0, 0, 200), (1, 10, 20), (2, 26, 60)]), [lesson(named(forest(*behind, *within)))])
    asked = forest([(0, 0, 200), (1, 10, 20), (2, 26, 60)], [(0, 0, 200), (2, 104, 150)])
    assert decide(asked, Tables(model)).parent.tolist() == [-1, 0, 1, -1, 3], "though most are called by what holds them"
