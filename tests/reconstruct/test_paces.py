"""The paces of operations: what they are made of, and that trees which fit them are found where times alone leave a choice."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.decide import decide
from logtrace.reconstruct.forest import NO_PARENT, Forest
from logtrace.reconstruct.paces import ANSWERED, BEGINS, CALLS, ENDS, ITSELF, Pace, Paces, joined, paces
from logtrace.reconstruct.priors import Model, lesson
from logtrace.reconstruct.selftaught import taught
from logtrace.reconstruct.swaps import own_share
from logtrace.reconstruct.tables import Tables
from tests.reconstruct.test_scorer import OPERATIONS, assert_alone_as_together, ends_at_roots, forest, trees

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


def test_the_steps_of_a_timeline_with_their_gaps():
    found = forest([(0, 0, 100), (1, 10, 60), (2, 20, 50)])
    steps = paces(found, np.array([-1, 0, 0]))
    assert [step[1:] for step in steps if step[0] == API] == [
        ((BEGINS, ITSELF), (CALLS, READ)), ((CALLS, READ), (CALLS, WRITE)), ((CALLS, WRITE), (ANSWERED, WRITE)),
        ((ANSWERED, READ), (ENDS, ITSELF)), ((ANSWERED, WRITE), (ANSWERED, READ)),
    ]  # fmt: skip
    many, total, squares = steps[API, (BEGINS, ITSELF), (CALLS, READ)]
    assert many == 1
    assert abs(np.exp(total) - 10_005_000) < 10_000
    assert abs(squares - total**2) < 0.1


def test_what_is_usual_is_likelier():
    table = Paces(lesson_of(40))
    read, write = table.numbers([READ, WRITE]).tolist()

    def likely(called: int, gap_ms: float) -> float:
        at = np.array([int(gap_ms * 1e6)])
        return float(table.likelihood(np.array([read]), np.array([table.begins]), table.calls(np.array([called])), at)[0])

    assert likely(write, 30) > likely(write, 3) + 2
    assert likely(write, 30) > likely(read, 30) + 2


def lesson_of(many: int):
    found = named(forest(*(known(number) for number in range(many))))
    return paces(found, np.maximum(found.named, -1))


def test_of_two_alike_the_one_that_keeps_the_pace_is_the_parent():
    asked = forest(TWINS)
    model = taught(asked, [lesson(named(forest(*(known(number) for number in range(40)))))])
    decision = decide(asked, Tables(model))
    assert decision.parent.tolist() == [-1, 0, 0, 1, 2]
    assert (decision.confidence[1:] >= 80).all()
    assert decide(asked, Tables(model._replace(steps={}))).parent[3] == 2


def test_a_store_without_any_known_parent_teaches_itself():
    asked = forest(*(known(number) for number in range(40)), *([TWINS] * 4))
    assert decide(asked, Tables(taught(asked))).parent[-5:].tolist() == [-1, 135, 135, 136, 137]


def test_what_could_be_changed_over_is_not_sure():
    table = Paces(lesson_of(40))
    for lag_ms, sure in ((0, False), (30, True)):
        found = forest([(0, 0, 200), (1, 10, 100), (1, 10 + lag_ms, 101 + lag_ms), (2, 40, 70), (2, 40 + lag_ms, 71 + lag_ms)])
        above = np.where(found.operation == 0, -1, 0)
        reads, writes = np.flatnonzero(found.operation == 1), np.flatnonzero(found.operation == 2)
        above[writes] = reads
        assert ((own_share(found, table, above)[reads] > 0.8) == sure).all()


@given(trees, st.sampled_from([0, 1, 4]))
def test_what_a_trace_gets_by_paces_does_not_depend_on_its_neighbours(traces, grain_ms):
    tables = Tables(taught(forest(*traces, grain_ms=grain_ms), [lesson(named(forest(*traces)))]))
    assert_alone_as_together(traces, grain_ms, tables)


@given(trees, st.sampled_from([0, 1, 4]))
def test_no_parent_by_paces_lies_below_its_child(traces, grain_ms):
    found = forest(*traces, grain_ms=grain_ms)
    assert ends_at_roots(decide(found, Tables(taught(found))).parent.tolist())


def test_a_model_keeps_its_steps_and_a_text_of_before_has_none():
    step = (API, (BEGINS, ITSELF), (CALLS, READ))
    model = Model.of({}, (), {step: Pace(3, 41.5, 574.25)})
    assert Model.of_text(model.text()) == model != Model.of({})
    assert Model.of_text("[]") == Model.of({})
    assert joined([model.steps, model.steps]) == {step: Pace(6, 83.0, 1148.5)}
