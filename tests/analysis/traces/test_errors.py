from __future__ import annotations

from hypothesis import given

from logtrace.analysis.traces.errors import LOOSE, ORIGIN, PROPAGATED, SOFT, clock_doubt_ns, error_time_ns, trace_errors
from logtrace.analysis.traces.retries import retries
from logtrace.model import ErrorLevel, Failure, Span, Trace
from tests.analysis.traces.test_critical_path import traces
from tests.builders import MS, T0, broken_pipe, log, slow_task, span, throttled, trace


def causes(made: Trace) -> list[str]:
    return [cause.span.name for cause in trace_errors(made).causes]


def test_without_errors_there_is_nothing() -> None:
    found = trace_errors(slow_task())
    assert (found.timeline, found.causes, found.root_cause) == ((), (), None)


def test_the_throttled_call_is_the_root_cause() -> None:
    cause = trace_errors(throttled()).root_cause
    assert cause is not None
    assert cause.span.name == "CallBedrock"
    assert [s.name for s in cause.chain] == ["CallBedrock", "ExecuteTask", "ProcessTask", "POST /api/v1/tasks"]
    assert (cause.reaches_root, cause.stopped_at, cause.time_ns) == (True, None, T0 + 350 * MS)


def test_an_error_that_nobody_passed_on() -> None:
    cause = trace_errors(broken_pipe()).root_cause
    assert cause is not None and cause.stopped_at is not None
    assert (cause.span.name, cause.reaches_root, cause.stopped_at.name) == ("SendMessage", False, "HandleWebSocketMessage")


def wrapped(last: str | None = "no") -> Trace:
    """A call that failed, and a Retry with two more of them."""
    root = span("task", ms=100, error="gave up")
    first = span("call", parent=root, at=1, ms=5, error="no")
    again = span("Retry", parent=root, at=6, ms=90, error=last)
    second, third = span("call", parent=again, at=16, ms=5, error="no"), span("call", parent=again, at=41, ms=5, error=last)
    return trace(root, first, again, second, third)


def test_attempts_are_one_trouble_with_their_wrapper() -> None:
    (group,) = retries(wrapped())
    assert group.wrapper is not None
    assert (group.wrapper.name, len(group.attempts), group.failures, group.recovered) == ("Retry", 3, 3, False)
    assert group.waits_ns == (10 * MS, 20 * MS)
    found = trace_errors(wrapped())
    assert causes(wrapped()) == ["call"]
    assert [(mark.span.name, mark.attempt) for mark in found.timeline if mark.span and mark.attempt] == [
        ("call", (1, 3)), ("call", (2, 3)), ("call", (3, 3))
    ]  # fmt: skip


def test_an_attempt_that_went_well_makes_the_others_harmless() -> None:
    root = span("task", ms=100, error="bad input")
    parent = span("read", parent=root, ms=20)
    made = trace(
        root, parent, span("call", parent=parent, ms=5, error="reset"), span("call", parent=parent, at=6, ms=5),
        span("validate", parent=root, at=50, ms=5, error="bad input"),
    )  # fmt: skip
    assert causes(made) == ["validate", "call"]
    (group,) = retries(made)
    assert group.recovered
    assert not group.told
    assert trace_errors(made).causes[1].recovered


def test_calls_side_by_side_are_no_retries() -> None:
    root = span("task", ms=100, error="x")
    assert retries(trace(root, *(span("call", parent=root, at=n, ms=50, error="x") for n in range(3)))) == []
    told = [span("call", parent=root, at=20 * n, ms=5, error="x", attributes={"retry.attempt": n}) for n in range(3)]
    assert retries(trace(root, *told))[0].told


def test_attempts_before_calls_side_by_side_are_retries_all_the_same() -> None:
    root = span("task", ms=100, error="x")
    calls = [span("call", parent=root, at=at, ms=ms, error="x") for at, ms in ((0, 5), (10, 5), (20, 50), (30, 50))]
    (group,) = retries(trace(root, *calls))
    assert len(group.attempts) == 3


def test_the_earliest_is_first_but_only_where_the_clocks_can_tell() -> None:
    root = span("root", "api", ms=100, error="x")
    step = span("step", "worker", parent=root, at=10, ms=50, error="x")
    deep = span("deep", "worker", parent=step, at=12, ms=40.5, error="x")  # ends at 52.5
    soon = span("soon", "api", parent=root, at=20, ms=30.3, error="x")  # ends at 50.3
    assert causes(trace(root, step, deep, soon)) == ["soon", "deep"]
    early = span("early", "worker", parent=root, at=-3, ms=5)  # the worker's clock is 3 ms behind
    assert clock_doubt_ns(trace(root, early)) == 3 * MS
    assert causes(trace(root, step, deep, soon, early)) == ["deep", "soon"]
    unsure = trace_errors(trace(root, step, deep, soon), 3 * MS)
    assert [cause.span.name for cause in unsure.causes] == ["deep", "soon"]


def test_a_call_whose_other_side_left_no_log() -> None:
    root = span("root", error="x")
    (cause,) = trace_errors(trace(root, span("GET /x", parent=root, kind="client", error="refused"))).causes
    assert cause.no_callee
    assert not trace_errors(trace(span("GET /x", error="x"))).causes[0].no_callee


def test_soft_errors_and_lines_without_a_span_are_shown_and_never_a_cause() -> None:
    made = trace(span("a", soft="retrying", lines=[log("retrying", 3, 17)]))
    made = Trace(made.trace_id, made.spans, failures=(Failure("api", 2, "Panic", "boom"),))
    found = trace_errors(made)
    assert [(mark.what, mark.time_ns) for mark in found.timeline] == [(SOFT, T0 + 3 * MS), (LOOSE, None)]
    assert found.root_cause is None


def test_when_an_error_was_told() -> None:
    assert error_time_ns(span(error="x", lines=[log("a", 1), log("b", 4, 17), log("c", 6, 21)])) == T0 + 4 * MS
    assert error_time_ns(span(error="x", at=2, ms=None)) == T0 + 2 * MS
    assert error_time_ns(span(error="x", at=None, ms=None)) is None


def test_all_without_times() -> None:
    root = span("root", at=None, ms=None, error="x")
    made = trace(root, span("child", parent=root, at=None, ms=None, error="x"))
    assert causes(made) == ["child"]
    assert [mark.what for mark in trace_errors(made).timeline] == [ORIGIN, PROPAGATED]


def test_two_calls_that_call_what_the_other_is_are_no_retries_of_each_other() -> None:
    root = span("root", ms=100)
    one, other = span("A", parent=root, ms=10, error="x"), span("B", parent=root, at=10, ms=10, error="x")
    inside = [span("B", parent=one, at=21, ms=5, error="x"), span("A", parent=other, at=14, ms=5, error="x")]
    assert causes(trace(root, one, other, *inside)) == ["B"]


def test_a_call_that_calls_its_like_is_no_retry_of_itself() -> None:
    root = span("root", ms=100, error="x")
    one = span("A", parent=root, ms=10, error="x")
    outer = span("B", parent=one, ms=0, error="x")
    inner = span("B", parent=outer, at=1, ms=0, error="x")
    found = trace_errors(trace(root, one, outer, inner, span("A", parent=root, at=11, ms=5, error="x")))
    assert [cause.span for cause in found.causes] == [inner]


@given(traces())
def test_each_error_is_in_the_timeline_and_has_a_cause(made: Trace) -> None:
    spans = [_failing(s, index) for index, s in enumerate(made.spans)]
    made = trace(*spans)
    found = trace_errors(made)
    assert {mark.span.key for mark in found.timeline if mark.span} == {s.key for s in made.errors}
    reached = {s.key for cause in found.causes for s in cause.chain}
    grouped = {s.key for group in retries(made) for s in group.attempts}
    wrappers = {group.wrapper.key for group in retries(made) if group.wrapper}
    origins = {mark.span.key for mark in found.timeline if mark.what == ORIGIN and mark.span}
    assert origins <= reached | grouped | wrappers
    assert bool(found.causes) == any(s.error == ErrorLevel.HARD for s in made.spans)


def _failing(s: Span, index: int) -> Span:
    from dataclasses import replace

    return replace(s, error=ErrorLevel.HARD if index % 3 else ErrorLevel.NONE, name=f"op{index % 2}")
