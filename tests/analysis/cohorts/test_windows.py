"""Two populations of hand-built requests compared: the right thing is named, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logtrace.analysis.cohorts import significance
from logtrace.analysis.cohorts.attributes import Carried
from logtrace.analysis.cohorts.measured import ATTRIBUTE, CALLS, EDGE, ERRORS, NODE, PRESENCE, TOTAL, Cohorts
from logtrace.analysis.cohorts.windows import CohortComparison, Side, compare_cohorts, unknown_lengths
from logtrace.model import Trace
from tests.analysis.columns import columns_of
from tests.builders import span, trace

SIDE = Side("", None, None, 1, 1, 0.0)
Make = Callable[[int, bool], Trace]


def compared(make: Make, sizes: tuple[int, int] = (60, 60), excluded: tuple[str, ...] = ()) -> CohortComparison:
    """make: (number, whether it is of the second population) → a request."""
    made = [make(number, after) for after in (False, True) for number in range(sizes[after])]
    spans = [each for one in made for each in one.spans]
    pairs: dict[str, tuple[str, object]] = {}
    carried = [
        (place, repr(item))
        for place, each in enumerate(spans)
        for item in each.attributes.items()
        if pairs.setdefault(repr(item), item)
    ]
    numbers = {text: number for number, text in enumerate(pairs)}
    place, code = (
        np.array(column, np.int64)
        for column in (zip(*((p, numbers[t]) for p, t in carried), strict=True) if carried else ((), ()))
    )
    is_after = {number: number > sizes[0] for number in range(1, len(made) + 1)}
    return compare_cohorts(
        SIDE, SIDE, Cohorts(columns_of(made), is_after), Carried(place, code, list(pairs.values())), excluded, ()
    )


def jitter(number: int) -> float:
    """-8 to 8, the same for both populations."""
    return number * 7 % 17 - 8


def request(
    number: int, *, load: float = 100, way: float = 1, name: str = "GET /", calls: int = 1, failing: bool = False, **tags: object
) -> Trace:
    root = span(name, ms=load + 2 * way + 300 + jitter(number))
    loaded = span("Load", parent=root, at=10, ms=load + jitter(number), attributes=tags, error="boom" if failing else None)
    far = [
        span("Store", "db", parent=root, at=20 + load + jitter(number) + way + 25 * call, ms=20 + jitter(number * 3) / 10)
        for call in range(calls)
    ]  # fmt: skip
    return trace(root, loaded, *far)


def told(found: CohortComparison) -> list[tuple[str, str]]:
    return [(each.kind, each.operation.name) for each in found.found.findings]


def test_nothing_differs():
    found = compared(lambda number, _: request(number, tier=number % 3))
    assert (told(found), found.values, found.mix) == ([], (), ())
    assert found.found.tests > 3
    assert found.found.power is not None


def test_an_operation_that_is_new_is_told_as_such():
    found = compared(lambda number, after: request(number, calls=int(after)))
    assert {each.kind for each in found.found.findings} & {CALLS, PRESENCE}
    assert found.found.power is not None


def test_a_kind_of_request_that_is_gone_has_no_share_of_failures():
    found = compared(lambda number, after: request(number, name="GET /" if after or number else "OLD", failing=not after))
    kept = [*found.found.findings, *found.found.untested]
    assert [each for each in kept if each.kind == ERRORS and each.root.name == "OLD"] == []


def test_what_got_slower_is_named_with_its_share():
    found = compared(lambda number, after: request(number, load=200 if after else 100))
    (finding,) = found.found.findings
    assert (finding.kind, finding.operation.name, finding.worse) == (NODE, "Load", True)
    assert (finding.before, finding.after) == (100e6, 200e6)
    assert finding.interval.low < 2 < finding.interval.high
    assert finding.per_request_ns == pytest.approx(100e6, rel=0.02)
    assert finding.share == pytest.approx(1, abs=0.05)


def test_a_median_that_falls_beside_a_mean_that_rises_is_a_tail():
    def load(number: int, after: bool) -> float:
        return 100 if not after else 2000 if number % 10 == 0 else 60

    (finding,) = compared(lambda number, after: request(number, load=load(number, after)), (100, 100)).found.findings
    assert (finding.kind, finding.operation.name, finding.worse, finding.after < finding.before) == (NODE, "Load", True, True)
    assert finding.per_request_ns == pytest.approx(154e6, rel=0.02)
    assert finding.tail[4:] == (0.1, 1999e6, True)
    assert (finding.tail.p95_before, finding.tail.p99_after) == (108e6, 2006e6)


def test_a_tail_that_went_is_an_improvement_though_the_median_rose():
    def load(number: int, after: bool) -> float:
        return 150 if after else 2000 if number % 10 == 0 else 100

    (finding,) = compared(lambda number, after: request(number, load=load(number, after)), (100, 100)).found.findings
    assert (finding.worse, finding.after > finding.before, finding.tail.sure) == (False, True, True)
    assert finding.tail.share == 0.1


def test_more_calls_that_are_faster_are_no_tail():
    """Twice as many calls of half the time: faster calls, and more of them."""

    def make(_: int, after: bool) -> Trace:
        root = span("GET /", ms=500)
        calls = [span("Query", parent=root, at=50 * at, ms=20 if after else 30) for at in range(4 if after else 1)]
        return trace(root, *calls)

    (faster,) = (each for each in compared(make).found.findings if (each.kind, each.operation.name) == (NODE, "Query"))
    assert (faster.worse, faster.tail, faster.per_request_ns) == (False, None, -10e6)


def test_time_on_the_way_is_not_blamed_on_who_was_called():
    found = compared(lambda number, after: request(number, way=40 if after else 1))
    assert found.found.findings[0][:4] == (EDGE, ("edge-mcp", "GET /"), ("edge-mcp", "GET /"), ("db", "Store"))
    assert not [each for each in found.found.findings if each.operation.name == "Store"]


def test_errors_are_counted_where_they_began():
    def make(number: int, after: bool) -> Trace:
        root = span("GET /", ms=100, error="boom" if after and number % 4 == 0 else None)
        return trace(root, span("Load", parent=root, ms=50, error="boom" if after and number % 4 == 0 else None))

    (finding,) = compared(make).found.findings
    assert (finding.kind, finding.operation.name, finding.before, finding.after) == (ERRORS, "Load", 0, 0.25)


@pytest.mark.parametrize("every", [61, 15], ids=["never before", "seldom before"])
def test_failures_of_calls_that_are_logged_only_where_they_fail_are_told_of_the_caller(every: int):
    """Requests that failed four times as often, and a finding that says nothing of failures: `Charge` has no other share."""

    def make(number: int, after: bool) -> Trace:
        failing = "timed out" if number % (3 if after else every) == 1 else None
        root = span("POST /pay", ms=100 + jitter(number), error=failing)
        wrapped = span("Pay", parent=root, ms=90 + jitter(number), error=failing)
        return trace(root, wrapped, *([span("Charge", "bank", parent=wrapped, ms=30, error=failing)] if failing else []))

    (finding,) = (each for each in compared(make).found.findings if each.kind == ERRORS)
    assert (finding.operation.name, round(finding.after, 2)) == ("Pay", 0.33)


def test_calls_that_multiply_and_calls_that_stop():
    more = compared(lambda number, after: request(number, calls=5 + number % 2 if after else 1 + number % 2))
    assert (CALLS, "GET /") in told(more)
    gone = compared(lambda number, after: request(number, calls=0 if after else 1))
    assert [(each.kind, each.other.name, each.after) for each in gone.found.findings if each.kind == PRESENCE] == [
        (PRESENCE, "Store", 0)
    ]


def test_calls_add_what_is_waited_for_them_and_are_ordered_by_it():
    """Query is called twice more (20ms each), Audit (30ms) is new, Save (5ms) is gone, Load takes 10ms longer."""

    def make(number: int, after: bool) -> Trace:
        queries, load = 3 if after else 1, (60 if after else 50) + jitter(number) / 8
        root = span("GET /", ms=load + 20 * queries + (30 if after else 5))
        inside = [
            span("Load", parent=root, ms=load),
            *(span("Query", parent=root, at=load + 20 * n, ms=20) for n in range(queries)),
        ]
        last = ("Audit", 30) if after else ("Save", 5)
        return trace(root, *inside, span(last[0], parent=root, at=load + 20 * queries, ms=last[1]))

    found = compared(make).found.findings
    assert [(each.kind, (each.other or each.operation).name, round(each.per_request_ns / 1e6, 3)) for each in found] == [
        (CALLS, "Query", 40), (PRESENCE, "Audit", 30), (NODE, "Load", 10), (PRESENCE, "Save", -5)
    ]  # fmt: skip
    assert [round(each.share, 2) for each in found] == [0.53, 0.4, 0.13, -0.07]


def test_calls_beside_one_another_or_after_their_caller_add_no_time():
    def make(_: int, after: bool) -> Trace:
        root = span("GET /", ms=100)
        queries = [span("Query", parent=root, at=10, ms=20) for _ in range(10 if after else 1)]
        return trace(root, *queries, *([span("Notify", parent=root, at=200, ms=500)] if after else []))

    added = {(each.kind, each.other.name): each.per_request_ns for each in compared(make).found.findings}
    assert added == {(PRESENCE, "Notify"): 0, (CALLS, "Query"): 0}


def test_more_requests_that_call_more_often_add_both():
    def make(number: int, after: bool) -> Trace:
        root = span("GET /", ms=100)
        queries = 3 if after else number % 2
        return trace(root, *(span("Query", parent=root, at=20 * n, ms=10) for n in range(queries)))

    parts = {each.kind: each.per_request_ns for each in compared(make).found.findings if each.other}
    assert parts == {PRESENCE: 10e6, CALLS: 15e6}  # from half a call a request to three


def test_what_clocks_do_not_tell_is_no_finding():
    def make(number: int, after: bool) -> Trace:
        between = (0.0007 if after else 0.0003) + number % 5 / 1e5
        root = span("GET /", ms=50 + between)
        return trace(root, span("Load", parent=root, ms=50))

    assert compared(make).found.findings == ()


def test_other_traffic_is_not_a_slowdown():
    def make(number: int, after: bool) -> Trace:
        slow = number % 10 < (7 if after else 2)
        return request(number, load=2000, name="POST /") if slow else request(number)

    found = compared(make, (100, 100))
    assert told(found) == []
    assert {mix.root.name: (mix.before, mix.after) for mix in found.mix} == {"POST /": (0.2, 0.7), "GET /": (0.8, 0.3)}


def test_what_grew_goes_with_what_got_slower_and_values_are_told():
    found = compared(
        lambda number, after: request(
            number,
            load=900 if after else 100,
            **{"context.size_bytes": (50 if after else 1) * (1000 + number), "cache.hit": not after and number % 3 > 0},
        )
    )
    first = found.found.findings[0]
    assert (first.kind, first.operation.name) == (TOTAL, "Load")
    assert [(each.kind, each.key, round(each.ratio)) for each in first.related] == [(ATTRIBUTE, "context.size_bytes", 50)]
    assert [(each.key, each.value, round(each.before, 2), each.after) for each in found.values] == [("cache.hit", False, 0.33, 1)]


def test_values_that_differ_by_chance_are_not_told():
    """Of many keys one or the other differs: 33 of 60 beside 24 of 60, which alone would be told of one in ten."""

    def made(number: int, after: bool) -> Trace:
        return request(number, **{f"flag{key}": (number * 7 + key) % 60 < (33 if after else 24) for key in range(8)})

    assert not compared(made).values


def test_a_key_that_came_is_news_and_its_values_are_not():
    found = compared(lambda number, after: request(number, **({"region": f"eu-{number % 2}"} if after else {})))
    assert [(each.key, each.value, each.before, each.after) for each in found.values] == [("region", None, 0, 1)]


def test_what_populations_were_chosen_by_is_no_finding():
    found = compared(lambda number, after: request(number, version=f"1.{int(after)}"), excluded=("version",))
    assert found.values == ()


def test_few_requests_are_not_tested_and_it_is_said():
    found = compared(lambda number, after: request(number, load=900 if after else 100), (19, 60))
    assert (found.found.findings, found.found.tests, found.found.power) == ((), 0, None)
    assert [(each.operation.name, each.q) for each in found.found.untested] == [("Load", None)]


def test_without_the_library_nothing_is_tested(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(significance, "can_test", lambda: False)
    found = compared(lambda number, after: request(number, load=900 if after else 100, tier="gold" if after else "free"))
    assert (found.tested, found.found.findings, found.found.tests) == (False, (), 0)
    assert [each.operation.name for each in found.found.untested] == ["Load"]
    assert [each.q for each in found.values] == [None]


def test_spans_of_unknown_length_are_counted_on_each_side():
    def made(number: int, after: bool) -> Trace:
        root = span("GET /", ms=100)
        return trace(root, span("Load", parent=root, ms=50, lower_bound=after and number < 3))

    is_after = dict(zip(range(1, 9), [False] * 4 + [True] * 4, strict=True))
    columns = columns_of([made(number, after) for after in (False, True) for number in range(4)])
    (told,) = unknown_lengths(Cohorts(columns, is_after))
    assert told.startswith("0 of 8 spans before and 3 of 8 after are of unknown length")
    assert not list(unknown_lengths(Cohorts(columns.where(columns.closed), is_after)))


def test_constant_and_odd_values():
    values = [1, "2", None, [3], {"a": 1}, True, float(1 << 70)]
    found = compared(lambda number, after: request(number, same=7, odd=values[number % 7], **{"user.id": f"{after}{number}"}))
    assert (told(found), found.values) == ([], ())


def test_values_of_several_kinds_under_a_key_are_told():
    def made(number: int, after: bool) -> Trace:
        size: object = f"{number} MB" if number % 10 == 0 else float(number + 100 * after)
        return request(number, size=size, state="ok" if number % 2 else 1, user_id=number if number % 2 else "x")

    notes = compared(made).notes
    assert "size is a number in 108 spans and something else in 12, such as 0 MB: numbers alone are compared as amounts" in notes
    assert [note.split()[0] for note in notes] == ["state", "size"]
    assert not compared(lambda number, _: request(number, size=str(number))).notes


def moved(key: str, before: object, after: object) -> CohortComparison:
    """Load takes nine times as long, and each request has one value under a key, and another after."""
    return compared(
        lambda number, is_after: request(number, load=900 if is_after else 100, **{key: after if is_after else before})
    )


@pytest.mark.parametrize(("before", "after"), [(10_485_760, 524_288_000), (0, 1)])
def test_an_amount_that_is_one_number_and_then_another_grew(before: int, after: int):
    found = moved("size_bytes", before, after)
    first = found.found.findings[0]
    assert (first.kind, first.operation.name, [each.key for each in first.related]) == (TOTAL, "Load", ["size_bytes"])
    assert (first.related[0].before, first.related[0].after) == (before, after)
    assert [each.key for each in found.found.findings] == [""]
    assert found.values == ()


def test_a_number_without_a_unit_moves_beside_the_time_of_the_operation_and_is_no_reason():
    first = moved("shards", 3, 7).found.findings[0]
    assert (first.kind, first.operation.name, [each.key for each in first.related]) == (NODE, "Load", ["shards"])


def test_what_shrank_is_no_reason_for_more_time():
    first = moved("free_bytes", 9_000, 3_000).found.findings[0]
    assert (first.kind, [(each.key, each.worse) for each in first.related]) == (NODE, [("free_bytes", False)])


def test_numbers_told_as_an_amount_leave_the_values_to_others():
    sizes = {False: (3, 5, 7, 9), True: (303, 505, 707, 909)}
    found = compared(
        lambda number, after: request(
            number, **{"a.bytes": sizes[after][number % 4], "cache.hit": number % 10 < (4 if after else 7)}
        )
    )
    assert [(each.kind, each.key) for each in found.found.findings] == [(ATTRIBUTE, "a.bytes")]
    assert [(each.key, each.value) for each in found.values] == [("cache.hit", False)]


def test_an_amount_that_came_is_told_as_a_key():
    found = compared(lambda number, after: request(number, **({"a.bytes": number} if after else {})))
    assert [(each.key, each.value) for each in found.values] == [("a.bytes", None)]


def test_a_flag_is_a_value_and_no_amount():
    found = moved("beta", 0, 1)
    assert found.found.findings[0].related == ()
    assert [(each.key, each.value) for each in found.values] == [("beta", 1)]


def test_two_numbers_that_both_sides_have_are_values():
    found = compared(lambda number, after: request(number, zone=5 if number % 10 < (8 if after else 3) else 9))
    assert told(found) == []
    assert [(each.key, each.value) for each in found.values] == [("zone", 5)]
