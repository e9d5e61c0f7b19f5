from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.reconstruct.choice.decide import BORNE_OUT, decide
from logtrace.reconstruct.evidence.nesting import UNTOLD_GATE
from logtrace.reconstruct.evidence.priors import NOTHING, Model, Told
from logtrace.reconstruct.evidence.scorer import AFTER_COST, weigh
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import HELD, TOGETHER, candidates
from logtrace.reconstruct.forest.columns import LATE_NS, NO_PARENT, UNKNOWN_PARENT, Forest, Spans, forest_of
from logtrace.reconstruct.learning.lessons import learned

MS = 1_000_000
OPERATIONS = [("api", "GET", ""), ("db", "read", ""), ("db", "write", ""), ("mail", "send", "")]


def forest(*traces, grain_ms: int = 0, open_end: bool = False) -> Forest:
    """Traces of spans (operation, start ms, end ms)."""
    rows = [(number, *span) for number, trace in enumerate(traces) for span in trace]
    trace, operation, start, end = np.array(rows, np.int64).T
    none, no = np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
    key = np.arange(1, len(rows) + 1)
    return forest_of(
        Spans(
            trace,
            start * MS,
            end * MS,
            key,
            operation,
            none,
            no,
            no | open_end,
            no,
            none + grain_ms * MS,
            none - 1,
            none - 1,
            none,
            none,
            none,
        ),
        OPERATIONS,
    )[0]


def beside(number: int):
    """A request whose read and write run side by side; either may hold the other by accident, or they cut each other."""
    shapes = [((10, 60), (20, 50)), ((20, 50), (10, 60)), ((10, 40), (20, 60)), ((20, 60), (10, 40))]
    (a, b), (c, d) = shapes[number % 4]
    return [(0, 0, 100), (1, a, b), (2, c, d)]


def test_what_runs_side_by_side_does_not_call_each_other():
    found = forest(*(beside(number) for number in range(40)))
    decision = decide(found, Tables(learned(found)))
    roots = np.flatnonzero(found.operation == 0)
    assert (found.operation[decision.parent[found.operation > 0]] == 0).all()
    assert (decision.parent[roots] == -1).all()


def test_what_always_holds_another_calls_it():
    found = forest(*([(0, 0, 100), (1, 10, 60 + number % 9), (2, 20 + number % 7, 50)] for number in range(40)))
    decision = decide(found, Tables(learned(found)))
    assert (found.operation[decision.parent[found.operation == 2]] == 1).all()
    assert (decision.confidence[found.operation == 2] >= 80).all()


def test_what_holds_all_spans_of_an_operation_called_it_though_another_holds_most_more_tightly():
    traces = [
        [(0, 0, 100), (1, 5, 90), (2, 30, 50), (3, 20 + (14 if number % 5 == 0 else number % 9), 55)] for number in range(40)
    ]
    found = forest(*traces)
    decision = decide(found, Tables(learned(found)))
    assert (found.operation[decision.parent[found.operation == 2]] == 1).all()


def test_calls_that_begin_at_once_do_not_call_each_other():
    found = forest(
        *([(0, 0, 100), *((1, 10, 20 + 5 * (number % 3) + other) for other in range(3))] for number in range(30)), grain_ms=1
    )
    decision = decide(found, Tables(learned(found)))
    assert (found.operation[decision.parent[found.operation == 1]] == 0).all()


@pytest.mark.parametrize("end", [5, 9])
def test_times_that_are_the_same_tell_no_parent_for_sure(end: int):
    (sure,) = decide(forest([(0, 5, 10), (1, 6, end)]), Tables(NOTHING)).confidence[1:]
    decision = decide(forest([(0, 5, end), (1, 5, end)]), Tables(NOTHING))
    assert sorted(decision.parent.tolist()) == [-1, 0]
    assert decision.confidence[1] <= 30 < 60 < sure


@pytest.mark.parametrize(("ends", "left"), [(55, False), (70, True)])
def test_what_often_ends_before_what_it_calls_does_not_wait_for_it(ends: int, left: bool):
    found = forest(*([(0, 0, 200), (1, 10, 60), (3, 20 + n % 10, 40 + n % 10), (3, 50, ends + n % 4)] for n in range(20)))
    assert learned(found).pairs[OPERATIONS[1], OPERATIONS[3]].left == left


def passed_on(number: int) -> list[tuple[int, int, int]]:
    """A gateway (0) passes a request on (1); both end in one millisecond, and at times begin in one: then either is the first."""
    both = [(0, 0, 50), (1, number % 4 > 0, 50)]
    return [*(both if number % 8 else both[::-1]), (2, 9, 40)]


def test_of_two_that_end_in_one_millisecond_the_first_is_the_root_though_at_times_it_is_the_second():
    found = forest(*(passed_on(number) for number in range(40)), grain_ms=1)
    decision = decide(found, Tables(learned(found)))
    before = np.flatnonzero((found.operation == 1) & (found.start % (10 * MS) == MS)) - 1
    assert (decision.parent[before] == -1).all()
    assert (decision.parent[before + 1] == before).all()


def test_what_is_known_is_stronger_than_what_is_tighter():
    read, write = OPERATIONS[1], OPERATIONS[2]
    known = Model.of({(OPERATIONS[0], write): Told(known=20), (OPERATIONS[0], read): Told(known=20),
                      (read, write): Told(held=20, around=0)})  # fmt: skip
    found = forest([(0, 0, 100), (1, 10, 60), (2, 20, 50)])
    assert decide(found, Tables(NOTHING)).parent.tolist() == [-1, 0, 1]
    assert decide(found, Tables(known)).parent.tolist() == [-1, 0, 0]


@pytest.mark.parametrize(("caller", "sure"), [(0, True), (3, False)])
def test_a_caller_that_never_called_what_has_known_callers_is_not_sure(caller: int, sure: bool):
    found = forest([(1, 0, 100), (0, 10, 60), (2, 20, 50)])
    known = Model.of({(OPERATIONS[caller], OPERATIONS[2]): Told(known=20, held=20, around=20)})
    decision = decide(found, Tables(known))
    assert decision.parent.tolist() == [-1, 0, 1]
    assert (decision.confidence[2] >= 80) == sure


spans = st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 30)).map(lambda s: (s[0], s[1], s[1] + s[2]))
trees = st.lists(st.lists(spans, min_size=1, max_size=8), min_size=1, max_size=5)


def assert_alone_as_together(traces, grain_ms, tables):
    """Each trace gets what it gets among others."""
    together = decide(forest(*traces, grain_ms=grain_ms), tables)
    apart = [decide(forest(trace, grain_ms=grain_ms), tables) for trace in traces]
    offsets = np.cumsum([0, *(len(trace) for trace in traces)])[:-1]
    moved = [np.where(one.parent >= 0, one.parent + first, -1) for one, first in zip(apart, offsets, strict=True)]
    assert together.parent.tolist() == np.concatenate(moved).tolist()
    assert together.confidence.tolist() == np.concatenate([one.confidence for one in apart]).tolist()


@given(trees, st.sampled_from([0, 1, 4]))
def test_what_a_trace_gets_does_not_depend_on_its_neighbours(traces, grain_ms):
    tables = Tables(learned(forest(*traces, grain_ms=grain_ms)))
    assert_alone_as_together(traces, grain_ms, tables)


@given(trees)
def test_a_parent_comes_before_its_child_and_confidences_are_shares(traces):
    found = forest(*traces)
    decision = decide(found, Tables(NOTHING))
    assert (decision.parent < np.arange(len(decision.parent))).all()
    assert ((decision.confidence >= 1) & (decision.confidence <= 99)).all()


def ends_at_roots(above: list[int]) -> bool:
    """Whether whoever goes up from any place, -1 being above roots, comes to an end."""
    places = list(range(len(above)))
    for _ in above:
        places = [above[place] if place >= 0 else -1 for place in places]
    return set(places) <= {-1}


@given(trees, st.sampled_from([1, 4, 20]))
def test_no_parent_lies_below_its_child_where_times_are_coarse(traces, grain_ms):
    found = forest(*traces, grain_ms=grain_ms)
    assert ends_at_roots(decide(found, Tables(learned(found))).parent.tolist())


def test_of_two_that_look_alike_the_known_caller_is_the_parent():
    taught = Model.of({(OPERATIONS[2], OPERATIONS[1]): Told(known=10), (OPERATIONS[0], OPERATIONS[2]): Told(known=10)})
    found = forest([(0, 0, 10), (1, 3, 5), (2, 3, 5)], grain_ms=1)
    assert found.operation[decide(found, Tables(taught)).parent[1:]].tolist() == [2, 0]
    exact = forest([(0, 0, 10), (1, 3, 5), (2, 3, 5)])
    assert found.operation[decide(exact, Tables(taught)).parent[1:]].tolist() == [0, 0], "the order of equals is that of ids"


def test_large_traces_have_few_candidates_each():
    wide = [(0, 0, 10**6), *((1, at, at + 2) for at in range(1, TOGETHER + 40))]
    found = candidates(forest(wide))
    assert np.bincount(found.child).max() < TOGETHER
    assert decide(forest(wide), Tables(NOTHING)).parent.tolist() == [-1] + [0] * (len(wide) - 1)


def test_a_model_is_its_content():
    pairs = {(OPERATIONS[0], OPERATIONS[1]): Told(known=3), (OPERATIONS[1], OPERATIONS[2]): Told(seen=1.25, gate=0.5)}
    model = Model.of(pairs)
    assert Model.of_text(model.text()) == model == Model.of(dict(reversed(pairs.items())))
    assert model.version != Model.of({**pairs, (OPERATIONS[0], OPERATIONS[2]): Told(known=1)}).version


def test_a_child_that_is_known_to_follow_its_parent_is_its_own_though_another_holds_it():
    taught = Model.of({(OPERATIONS[1], OPERATIONS[2]): Told(known=10, followed=10)})
    held = Model.of({(OPERATIONS[1], OPERATIONS[2]): Told(known=10)})
    found = forest([(0, 0, 100), (1, 10, 20), (2, 30, 60)])
    assert decide(found, Tables(taught)).parent.tolist() == [-1, 0, 1]
    assert decide(found, Tables(held)).parent.tolist() == [-1, 0, 0], "nothing says that calls of this pair outlive it"


@pytest.mark.parametrize(("known", "open_end", "caller"), [(20, True, 1), (0, True, 0), (20, False, 0)])
def test_a_known_caller_whose_lines_have_ended_is_likelier_than_one_never_heard_of_that_runs(
    known: int, open_end: bool, caller: int
):
    get, read, write = OPERATIONS[:3]
    edges = {(get, read): Told(known=20, held=20, around=20), (get, write): Told(held=20, around=20)}
    model = Model.of({**edges, (read, write): Told(known=known, held=20, around=20)})
    found = forest([(0, 0, 100), (1, 10, 20), (2, 30, 60)])
    found = found._replace(open_end=(found.operation == 1) & open_end)
    assert decide(found, Tables(model)).parent.tolist() == [-1, 0, caller]


def test_of_two_never_heard_of_the_one_whose_service_is_known_to_call_is_likelier():
    get, _, write, send = OPERATIONS
    other = ("mail", "receive", "")
    tables = Tables(Model.of({(send, write): Told(known=2), (get, other): Told(known=20)}))
    number, service = tables.numbers([get, other, write]), tables.services([get, other, write])
    told = tables.of(number[:2], number[[2]], service[:2], service[[2]])
    assert told.beside[1] > told.beside[0]
    assert (told.beside < told.prior).all(), "beside a known caller they are all less likely than where there is none"


@pytest.mark.parametrize(("edges", "often"), [((2, 2), False), ((3, 1), True)])
def test_where_callers_came_once_others_come(edges: tuple[int, int], often: bool):
    get, read, write, send = OPERATIONS
    known = dict(zip([(read, write), (send, write)], (Told(known=many) for many in edges), strict=True))
    tables = Tables(Model.of({**known, (get, read): Told(known=20)}))
    number, service = tables.numbers([get, write]), tables.services([get, write])
    told = tables.of(number[[0]], number[[1]], service[[0]], service[[1]])
    assert (np.exp(told.beside[0]) > 0.05) == often


def test_to_follow_a_known_caller_costs_less_where_lines_alone_tell_its_end():
    get, read, write = OPERATIONS[:3]
    tables = Tables(Model.of({(get, read): Told(known=20), (read, write): Told(known=20)}))
    found, costs = forest([(0, 0, 100), (1, 10, 20), (2, 30, 120)]), []
    for each in (found, found._replace(open_end=found.operation == 1)):
        scored = weigh(each, tables)
        costs += scored.cost[(scored.pairs.child == 2) & (scored.pairs.parent == 1)].tolist()
    assert costs[0] > AFTER_COST > costs[1]


@pytest.mark.parametrize(("open_end", "known", "caller"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_a_known_caller_may_tell_of_itself_a_moment_after_what_it_called(open_end: bool, known: bool, caller: int):
    get, read, write = OPERATIONS[:3]
    model = Model.of({(get, read): Told(known=20), (read if known else get, write): Told(known=20)})
    found = forest([(0, 0, 100), (2, 20, 40), (1, 21, 30)], grain_ms=2)
    found = found._replace(open_end=(found.operation == 1) & open_end)
    (child,) = np.flatnonzero(found.operation == 2)
    assert found.operation[decide(found, Tables(model)).parent[child]] == caller
    pairs = weigh(found, Tables(model)).pairs
    assert (found.operation[pairs.parent[pairs.child == child]] == 1).any() == (caller == 1), "others are not even weighed"


def test_where_ends_that_lines_tell_are_too_early_what_they_hold_is_not_sure():
    clean = [[(0, 0, 100), (1, 10, 60), (2, 20, 50)] for _ in range(40)]
    ragged = [[(0, 0, 100), (1, 10, 60 if number % 4 else 30), (2, 20, 50)] for number in range(40)]
    for traces, open_end, sure in ((clean, True, True), (ragged, True, False), (clean, False, True)):
        found = forest(*traces, open_end=open_end)
        decision = decide(found, Tables(learned(found)))
        held = (found.operation == 2) & (found.end[decision.parent] >= found.end)
        assert ((decision.confidence[held] >= 80) == sure).all()


def test_a_parent_has_no_more_children_of_an_operation_than_it_ever_had():
    told = Told(known=20, most=1, held=20, around=20)
    taught = Model.of({(OPERATIONS[0], OPERATIONS[1]): told._replace(most=2), (OPERATIONS[1], OPERATIONS[2]): told})
    spans = [(0, 0, 100), (1, 10, 50), (1, 11, 80), (2, 20, 40), (2, 21, 41)]
    decision = decide(forest(spans), Tables(taught))
    assert sorted(decision.parent[3:].tolist()) == [1, 2]
    apart = decide(forest(spans[:4]), Tables(taught))
    assert apart.parent.tolist() == [-1, 0, 0, 1]
    assert apart.confidence[3] > decision.confidence[3]
    free = Model.of({pair: told._replace(most=2) for pair, told in taught.pairs.items()})
    assert decide(forest(spans), Tables(free)).parent.tolist() == [-1, 0, 0, 1, 1]


def test_what_nothing_else_can_have_called_is_its_callers_though_it_never_called_so_many():
    told = Told(known=20, most=1, held=20, around=20)
    model = Model.of({(OPERATIONS[0], OPERATIONS[1]): told})
    found = forest([(0, 0, 900), *((1, 100 * number, 100 * number + 100) for number in range(1, 8))])
    assert decide(found, Tables(model)).parent.tolist() == [-1, *(0 for _ in range(7))]


def test_a_caller_that_no_lesson_has_met_is_judged_by_times():
    known = {(OPERATIONS[0], OPERATIONS[2]): Told(known=10)}
    seen = {(OPERATIONS[3], OPERATIONS[2]): Told(seen=30.0, gate=0.98), (OPERATIONS[0], OPERATIONS[2]): Told(known=10, seen=5.0)}
    found = forest([(0, 0, 100), (3, 10, 80), (2, 30, 60)])
    assert decide(found, Tables(Model.of(known))).parent.tolist() == [-1, 0, 0]
    assert decide(found, Tables(Model.of(seen))).parent.tolist() == [-1, 0, 1]


def test_what_follows_a_short_span_at_once_is_not_held_by_it():
    found = forest([(0, 0, 100), (1, 10, 20), (2, 20, 30)])
    hurried = found._replace(start=found.start // 1000, end=found.end // 1000)
    rows = candidates(hurried)
    of = {(int(c), int(p)): int(r) for c, p, r in zip(rows.child, rows.parent, rows.relation, strict=True)}
    assert of[1, 0] == of[2, 0] == HELD
    assert of[2, 1] != HELD, "it ends 10 µs after the other, which is as long as it takes"


@pytest.mark.parametrize(("gate", "regular", "sure"), [(0.98, 0.0, True), (0.68, 0.0, False), (0.68, 0.99, True)])
def test_what_holds_many_by_accident_is_not_sure_unless_by_a_rule(gate: float, regular: float, sure: bool):
    found = forest([(0, 0, 100), (1, 10, 60), (2, 20, 50)])
    told = Told(seen=60, gate=gate, regular=regular)
    model = Model.of({(OPERATIONS[1], OPERATIONS[2]): told, (OPERATIONS[0], OPERATIONS[1]): Told(seen=60)})
    decision = decide(found, Tables(model))
    assert decision.parent.tolist() == [-1, 0, 1]
    assert (decision.confidence[2] >= 80) == sure


@pytest.mark.parametrize("open_end", [True, False])
def test_an_end_that_lines_alone_tell_cuts_nothing(open_end: bool):
    found = forest(*([(0, 0, 100), (1, 10, 60 if number % 4 else 30), (2, 20, 55)] for number in range(40)))
    found = found._replace(open_end=(found.operation == 1) & open_end)
    gate = learned(found).pairs[OPERATIONS[1], OPERATIONS[2]].gate
    assert (gate > 0.5) == open_end, "a span that was told to end within another holds none of its operation by call"


def test_what_began_at_all_before_a_start_that_is_told_is_not_called_by_it_and_late_first_lines_tell_little():
    """Lines alone tell of a write, now and then only when the read that it called has begun."""
    tenths = forest(*([(0, 0, 100), (1, 10, 60), (2, *write)] for write in [(8, 50), (17, 50)] * 20))
    lines = tenths.operation == 2
    found = tenths._replace(
        start=tenths.start // 10, end=tenths.end // 10, open_end=lines, grain=np.where(lines, LATE_NS, 0).astype(np.int64)
    )
    read, write = OPERATIONS[1:3]
    told = learned(found).pairs
    assert told[read, write].gate < UNTOLD_GATE
    assert told.get((write, read), Told()).gate >= UNTOLD_GATE


def test_what_cuts_itself_at_times_tells_enough_of_an_operation_that_calls_itself():
    tables = Tables(Model.of({(of, OPERATIONS[1]): Told(seen=20, gate=0.67) for of in OPERATIONS[:2]}))
    parent, child = tables.numbers(OPERATIONS[:2]), tables.numbers([OPERATIONS[1]] * 2)
    told = tables.of(parent, child, child, child)
    assert told.gate.tolist() == pytest.approx([0.65 * 0.67, 0.65])
    assert told.by_call.tolist() == [0.67, 0.67]


@pytest.mark.parametrize(("around", "sure"), [(17, False), (20, True)])
def test_sure_is_what_nearly_all_say(around: int, sure: bool):
    told = Told(known=10, held=20, around=20)
    model = Model.of({(OPERATIONS[1], OPERATIONS[2]): told._replace(around=around), (OPERATIONS[0], OPERATIONS[2]): told})
    found = forest([(0, 0, 100), (1, 10, 60), (2, 20, 50)])
    decision, scored = decide(found, Tables(model)), weigh(found, Tables(model))
    assert decision.parent[2] == 1
    (share,) = scored.share[(scored.pairs.child == 2) & (scored.pairs.parent == 1)]
    assert share > 0.8
    assert decision.confidence[2] == (round(100 - 100 * (1 - share) / BORNE_OUT) if sure else 79)


@pytest.mark.parametrize(("later", "caller"), [(1, 0), (-1, 2)])
def test_what_begins_behind_another_by_rule_does_not_call_it(later: int, caller: int):
    """Both are told by lines alone, within the grain of one another, and end as they were called."""
    traces = [[(0, 0, 100), (1, 20, 23), (2, 20 + later, 60 + number % 9)] for number in range(40)]
    found = forest(*traces, grain_ms=2, open_end=True)
    decision = decide(found, Tables(learned(found)))
    assert (found.operation[decision.parent[found.operation == 1]] == caller).all()


@pytest.mark.parametrize(
    ("whole", "other", "most"),
    [([[0], [0]], [], 1), ([[0]], [0, 0, -1], 2), ([], [0, 0, -1], 0), ([[0, 0]], [0, -1], 2)],
)
def test_traces_known_in_part_tell_how_many_children_a_parent_has_at_least(whole: list[list[int]], other: list[int], most: int):
    """Each trace is a request with reads below it, -1: those that name no parent."""
    traces = [*whole, other]
    found = forest(*([(0, 0, 100), *((1, 10 * at, 10 * at + 5) for at in range(1, len(reads) + 1))] for reads in traces))
    first = np.flatnonzero(found.operation == 0)
    named = np.concatenate(
        [[NO_PARENT, *(at if read == 0 else UNKNOWN_PARENT for read in reads)] for at, reads in zip(first, traces, strict=True)]
    )
    told = learned(found._replace(named=named)).pairs
    assert told.get((OPERATIONS[0], OPERATIONS[1]), Told()).most == most
