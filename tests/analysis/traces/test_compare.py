from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from logtrace.analysis.traces import compare as module
from logtrace.analysis.traces.align import align
from logtrace.analysis.traces.compare import (
    ADDED,
    ATTRIBUTES,
    ERROR_LINE,
    FAILED,
    FASTER,
    MOVED,
    NO_ERROR_LINE,
    OTHER_ERROR,
    RECOVERED,
    REMOVED,
    REORDERED,
    SLOWER,
    Comparison,
    compare,
)  # fmt: skip
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Span, Trace
from tests.analysis.traces.test_critical_path import traces
from tests.builders import MS, broken_pipe, slow_task, span, throttled, trace
from tests.strategies import examples


def kinds(found: Comparison) -> list[tuple[str, str]]:
    return [(change.kind, change.node.span.name) for change in found.changes]


def test_a_trace_with_itself() -> None:
    for made in (slow_task(), broken_pipe(), throttled(), Trace("x", ())):
        found = compare(made, made, {})
        assert (found.changes, found.first, found.missing, found.new) == ((), None, (), ())
        assert found.common == len(made.spans)


def test_two_that_have_nothing_in_common() -> None:
    found = compare(slow_task(), broken_pipe(), {})
    assert found.common == 0
    assert (found.count(REMOVED), found.count(ADDED)) == (6, 7)
    assert kinds(found) == [(REMOVED, "POST /api/v1/tasks"), (ADDED, "HandleWebSocketMessage")]


def test_the_delivered_and_the_lost_message() -> None:
    root = span("HandleWebSocketMessage", ms=120)
    route, send = span("RouteTask", parent=root, at=15, ms=50), span("SendMessage", parent=root, at=65, ms=55)
    good = trace(
        root, span("ParseMessage", parent=root, ms=5), span("ValidateAgent", parent=root, at=5, ms=10), route,
        span("SelectAgent", parent=route, at=15, ms=30), span("AssignTask", parent=route, at=45, ms=20), send,
        span("CompressPayload", parent=send, at=65, ms=10), span("WriteToConnection", parent=send, at=75, ms=45),
    )  # fmt: skip
    found = compare(good, broken_pipe(), {})
    assert found.missing == (("edge-mcp", "CompressPayload"), ("edge-mcp", "WriteToConnection"))
    assert kinds(found) == [(REMOVED, "CompressPayload"), (FAILED, "SendMessage"), (REMOVED, "WriteToConnection")]
    assert found.first is not None
    assert (found.first.kind, found.first.node.span.name) == (REMOVED, "CompressPayload")


def test_a_leaf_that_gains_a_child_is_the_same_leaf() -> None:
    root = span("root", ms=100)
    leaf = span("leaf", parent=root, ms=50)
    found = compare(trace(root, leaf), trace(root, leaf, span("new", parent=leaf, ms=5)), {})
    assert kinds(found) == [(ADDED, "new")]


def test_a_span_put_in_between_moves_what_is_under_it() -> None:
    root, leaf = span("root", ms=100), span("leaf", ms=50)
    between = span("between", parent=root, ms=60)
    a = trace(root, replace(leaf, parent_key=root.key))
    b = trace(root, between, replace(leaf, parent_key=between.key))
    assert sorted(kinds(compare(a, b, {}))) == [(ADDED, "between"), (MOVED, "leaf")]
    assert sorted(kinds(compare(b, a, {}))) == [(MOVED, "leaf"), (REMOVED, "between")]


def test_what_fails_is_slower_too_by_what_is_under_it_but_not_faster() -> None:
    """Of many calls each took a little longer; what failed may just have stopped earlier."""

    def made(each: float, error: str | None) -> Trace:
        root = span("POST", ms=40 * each + 1, error=error)
        return trace(root, *(span("GET", parent=root, at=number * each, ms=each) for number in range(40)))

    assert kinds(compare(made(1, None), made(2, "refused"), {})) == [(SLOWER, "POST"), (FAILED, "POST")]
    assert kinds(compare(made(2, None), made(1, "refused"), {})) == [(FAILED, "POST")]


def test_slower_is_said_of_what_is_the_cause() -> None:
    def made(insert: float) -> Trace:
        root = span("POST", ms=90 + insert)
        return trace(root, span("check", parent=root, ms=80), span("INSERT", parent=root, at=85, ms=insert))

    assert kinds(compare(made(45), made(4800), {})) == [(SLOWER, "INSERT")]
    assert kinds(compare(made(4800), made(45), {})) == [(FASTER, "INSERT")]
    assert compare(made(45), made(46), {}).changes == ()
    timing = compare(made(45), made(90), {}).nodes[-1].timing
    assert timing is not None
    assert (timing.ratio, timing.beyond_p99) == (2.0, None)


def test_what_the_operation_has_always_been_like_is_not_slower() -> None:
    a, b = trace(span("op", ms=100)), trace(span("op", ms=900))
    assert compare(a, b, {("edge-mcp", "op"): (500, 1000 * MS)}).changes == ()
    (change,) = compare(a, b, {("edge-mcp", "op"): (500, 800 * MS)}).changes
    assert change.node.timing is not None and change.node.timing.beyond_p99 is True
    (change,) = compare(a, b, {("edge-mcp", "op"): (99, 1000 * MS)}).changes
    assert change.node.timing is not None and change.node.timing.beyond_p99 is None


def test_many_small_delays_add_up() -> None:
    def made(ms: float) -> Trace:
        root = span("List", ms=100 * ms)
        return trace(root, *(span("SELECT", parent=root, at=n * ms, ms=ms) for n in range(100)))

    assert kinds(compare(made(1), made(3), {})) == [(SLOWER, "List")]


def test_lower_bounds_are_not_compared() -> None:
    found = compare(trace(span("op", ms=1)), trace(span("op", ms=900, lower_bound=True)), {})
    assert found.changes == ()
    assert found.nodes[0].timing is None


def test_status() -> None:
    def status(one: Span, other: Span) -> list[str]:
        return [kind for kind, _ in kinds(compare(trace(one), trace(other), {}))]

    fine, hard, soft = span("op"), span("op", error="boom 1"), span("op", soft="hm")
    assert status(fine, hard) == [FAILED]
    assert status(hard, fine) == [RECOVERED]
    assert status(hard, span("op", error="boom 2")) == []
    assert status(hard, span("op", error="bang")) == [OTHER_ERROR]
    assert status(fine, soft) == [ERROR_LINE]
    assert status(soft, fine) == [NO_ERROR_LINE]


@pytest.mark.parametrize(
    ("a", "b", "minor"),
    [
        ({"size": 10_485_760}, {"size": 524_288_000}, False),
        ({"size": 798}, {"size": 812}, True),
        ({"size": "798"}, {"size": "812"}, True),
        ({"size": "7e+02"}, {"size": "2e+03"}, False),
        ({"http.status_code": 200}, {"http.status_code": 201}, False),
        ({"user.id": "a"}, {"user.id": "b"}, True),
        ({"requestId": "a"}, {"requestId": "b"}, True),
        ({"x": "8f14e45f-ceea-467d-9f36-e2a7c0d1b3f4"}, {"x": "1f0e3dad-9990-8345-f743-9f8ffabdffc4"}, True),
        ({"user.id": "a"}, {}, False),
        ({"cache.hit": True}, {"cache.hit": False}, False),
        ({"one": 1}, {"one": True}, False),
        ({"zero": 0}, {"zero": 5}, False),
        ({}, {"error.type": "Timeout"}, True),
    ],
)
def test_attributes(a: dict[str, Any], b: dict[str, Any], minor: bool) -> None:
    (change,) = compare(trace(span("op", attributes=a)), trace(span("op", attributes=b)), {}).nodes[0].attributes
    assert change.minor == minor


def test_which_of_like_siblings_is_missing_is_told_by_what_tells_them_apart() -> None:
    root = span("root", ms=100)
    calls = [span("call", parent=root, at=n, ms=1, attributes={"n": n, "user": "x"}) for n in range(30)]
    found = compare(trace(root, *calls), trace(root, *calls[:11], *calls[12:]), {})
    ((kind, node, _),) = found.changes
    assert (kind, node.span.attributes["n"]) == (REMOVED, 11)


def test_large_groups_stay_cheap() -> None:
    root = span("root", ms=10_000)
    calls = [span("call", parent=root, at=n, ms=1, attributes={"n": n % 7}) for n in range(5_000)]
    found = compare(trace(root, *calls), trace(root, *calls[1:]), {})
    assert (found.count(REMOVED), found.count(ADDED)) == (1, 0)


@settings(max_examples=examples(60))
@given(traces(), traces())
def test_every_span_is_in_it_once_and_counts_are_symmetric(a: Trace, b: Trace) -> None:
    a, b = (trace(*(replace(s, name=f"op{index % 4}") for index, s in enumerate(made.spans))) for made in (a, b))
    there, back = compare(a, b, {}), compare(b, a, {})
    assert sorted(node.a.key for node in there.nodes if node.a) == sorted(s.key for s in a.spans)
    assert sorted(node.b.key for node in there.nodes if node.b) == sorted(s.key for s in b.spans)
    for place, node in enumerate(there.nodes):
        assert node.parent < place
    assert there.count(ADDED) == back.count(REMOVED)
    assert there.count(REMOVED) == back.count(ADDED)
    assert (there.missing, there.new) == (back.new, back.missing)
    assert compare(a, a, {}).changes == ()


def shop(random: Random) -> Trace:
    """A made-up request: some levels of calls one after the other, with attributes."""
    root = span("POST /orders", "gateway", ms=1000, attributes={"http.route": "/orders"})
    spans = [root]
    at = 5.0
    for service in ("cart", "stock", "billing"):
        top = span(f"Handle{service}", service, parent=root, at=at, ms=280, attributes={"region": "eu"})
        spans.append(top)
        spans += [
            span(
                f"step{number}", service, parent=top, at=at + 5 + 60 * number, ms=random.randint(10, 40),
                attributes={"db.rows": random.randint(1, 9), "mode": "safe"},
            )
            for number in range(4)
        ]  # fmt: skip
        at += 300
    return trace(*spans)


MUTATIONS = [ADDED, REMOVED, MOVED, SLOWER, FAILED, ATTRIBUTES, REORDERED]


def mutated(kind: str, made: Trace, random: Random) -> tuple[Trace, str]:
    """The trace with one thing changed, and the name of the span it was done to."""
    spans = [s for s in made.spans if s.parent_key != NO_SPAN]
    leaves = [s for s in spans if s.key not in made.children]
    chosen = random.choice(leaves)
    others = [s for s in made.spans if s is not chosen]
    match kind:
        case module.ADDED:
            return trace(*made.spans, span("audit", chosen.service, parent=random.choice(spans), at=30, ms=1)), "audit"
        case module.REMOVED:
            return trace(*others), chosen.name
        case module.MOVED:
            parents = [s for s in made.spans if s.key not in (chosen.key, chosen.parent_key) and s.service != chosen.service]
            return trace(*others, replace(chosen, parent_key=random.choice(parents).key)), chosen.name
        case module.SLOWER:
            return trace(*others, replace(chosen, duration_ns=(chosen.duration_ns or 0) + 60 * MS)), chosen.name
        case module.FAILED:
            return trace(*others, replace(chosen, error=ErrorLevel.HARD, error_message="boom")), chosen.name
        case module.ATTRIBUTES:
            return trace(*others, replace(chosen, attributes={**chosen.attributes, "mode": "fast"})), chosen.name
    siblings = made.children[chosen.parent_key]
    first, second = sorted(random.sample(siblings, 2), key=lambda s: s.start_ns or 0)
    swapped = [replace(first, start_ns=second.start_ns), replace(second, start_ns=first.start_ns)]
    return trace(*(s for s in made.spans if s not in (first, second)), *swapped), f"{first.name} {second.name}"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", MUTATIONS)
def test_one_change_is_named_and_nothing_else(kind: str, seed: int) -> None:
    random = Random(f"{kind} {seed}")
    made = shop(random)
    other, name = mutated(kind, made, random)
    found = kinds(compare(made, other, {}))
    assert {kind_found for kind_found, _ in found} == {kind}
    assert {name_found for _, name_found in found} <= set(name.split())
    if kind != REORDERED:
        assert len(found) == 1


def test_the_order_is_that_of_both_trees() -> None:
    root = span("root", ms=100)
    one, two, three = (span(name, parent=root, at=at, ms=5) for name, at in (("one", 0), ("two", 10), ("three", 20)))
    found = align(trace(root, one, two, three), trace(root, one, three, span("four", parent=root, at=40, ms=1)))
    assert [(each.a or each.b).name for each in found if each.a or each.b] == ["root", "one", "two", "three", "four"]  # type: ignore[union-attr]
    assert [each.depth for each in found] == [0, 1, 1, 1, 1]
