from __future__ import annotations

from hypothesis import given

from logtrace.analysis.traces.similar import SpanFacts, main_root, match, profile, profile_of
from logtrace.model import Trace, TraceSummary
from tests.analysis.traces.test_critical_path import traces
from tests.builders import broken_pipe, slow_task, span, throttled, trace

SUMMARY = TraceSummary("t", "a", "b", 0, 1, 2, 3, 4, 5, 6, False)


def likeness(one: Trace, other: Trace, **options: bool) -> float:
    return match(profile(one, **options), profile(other), SUMMARY).likeness


def test_the_same_is_wholly_alike_and_another_hardly() -> None:
    assert likeness(slow_task(), slow_task()) == 1
    assert likeness(slow_task(), throttled()) < 0.3


def test_the_status_of_a_path_counts_unless_health_is_asked_for() -> None:
    root = span("root", ms=10)
    good, bad = trace(root, span("call", parent=root)), trace(root, span("call", parent=root, error="boom"))
    assert likeness(bad, good) < likeness(bad, bad)
    assert likeness(bad, good, errors=False) == 1


def test_errors_are_alike_by_what_they_say() -> None:
    first, second, third = (trace(span("a", error=text)) for text in ("user 1 unknown", "user 2 unknown", "quota"))
    assert likeness(first, second) == 1
    assert likeness(first, third) == 0.75


def test_durations_count_a_little() -> None:
    assert likeness(trace(span(ms=10)), trace(span(ms=20))) == 0.85 + 0.15 / 2
    assert likeness(trace(span(ms=10)), trace(span(at=None, ms=None))) == 0.85


def test_circles_and_missing_parents_end() -> None:
    facts = [SpanFacts.of(1, 2, "s", "a", False, "", ""), SpanFacts.of(2, 1, "s", "b", False, "", "")]
    assert len(profile_of(facts, 1).paths) == 2
    assert (
        profile_of([SpanFacts.of(1, 9, "s", "a", False, "", "")], 1).paths
        == profile_of([SpanFacts.of(1, 0, "s", "a", False, "", "")], 1).paths
    )


def test_the_root_that_names_a_request() -> None:
    assert main_root(Trace("x", ())) is None
    unseen = span("", phantom=True)
    root = main_root(trace(unseen, span("seen", parent=unseen, at=1)))
    assert root is not None and root.name == "seen"
    found = main_root(broken_pipe())
    assert found is not None and found.name == "HandleWebSocketMessage"


@given(traces(), traces())
def test_likeness_is_symmetric_and_between_0_and_1(one: Trace, other: Trace) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == 1
