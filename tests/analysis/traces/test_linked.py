from __future__ import annotations

from dataclasses import replace

from logtrace.analysis.traces.linked import Tie, joined
from logtrace.ids import NO_SPAN
from logtrace.model import Span, Trace
from tests.builders import span, trace


def named(trace_id: str, *spans: Span) -> Trace:
    return replace(trace(*(replace(s, trace_id=trace_id) for s in spans)), trace_id=trace_id)


def edges(made: Trace) -> dict[str, str]:
    """Operation → that of its parent."""
    return {s.name: made.by_key[s.parent_key].name if s.parent_key else "" for s in made.spans}


def test_a_trace_hangs_under_the_span_that_its_line_names() -> None:
    root = span("POST", ms=50)
    publish = span("Publish", parent=root, at=10)
    upper, lower = named("up", root, publish), named("low", span("Process", "worker", at=30))
    found = joined(upper, [lower], [Tie("low", "up", "link", True, publish.key)])
    assert edges(found.trace) == {"POST": "", "Publish": "POST", "Process": "Publish"}
    assert (found.trace.trace_id, len(found.trace.roots)) == ("up", 1)
    assert found.trace.spans[-1].parent.observed
    assert edges(joined(lower, [upper], [Tie("low", "up", "link", True, NO_SPAN)]).trace)["Process"] == "POST"


def test_a_shared_id_joins_by_inference_under_what_ran_then() -> None:
    root = span("POST", ms=50, attributes={"request_id": "r"})
    call = span("Call", parent=root, at=10, ms=30, attributes={"request_id": "r"})
    upper, lower = named("up", root, call), named("low", span("Serve", at=15, ms=5, attributes={"request.id": "r"}))
    found = joined(upper, [lower], [Tie("low", "up", "requestid", False, NO_SPAN)])
    assert edges(found.trace)["Serve"] == "Call"
    assert not found.trace.spans[-1].parent.observed
    assert found.trace.spans[-1].parent.confidence < 80


def test_what_is_observed_counts_before_what_is_inferred_and_no_circle_closes() -> None:
    a, b, c = named("a", span("A")), named("b", span("B", at=1)), named("c", span("C", at=2))
    ties = [
        Tie("c", "a", "requestid", False, NO_SPAN), Tie("c", "b", "link", True, NO_SPAN),
        Tie("b", "c", "link", True, NO_SPAN), Tie("b", "a", "link", True, NO_SPAN), Tie("x", "a", "link", True, NO_SPAN),
    ]  # fmt: skip
    found = joined(a, [b, c], ties)
    assert [(join.lower, join.upper) for join in found.joins] == [("b", "a"), ("c", "b")]
    assert edges(found.trace) == {"A": "", "B": "A", "C": "B"}


def test_spans_with_the_same_id_stay_two() -> None:
    root, other = span("one", key=7), span("two", key=7, at=1)
    child = span("child", parent=other, at=2)
    found = joined(named("a", root), [named("b", other, child)], [Tie("b", "a", "link", True, NO_SPAN)])
    assert edges(found.trace) == {"one": "", "two": "one", "child": "two"}
    assert len(found.trace.by_key) == 3


def test_a_trace_without_spans_and_none_at_all() -> None:
    lone = named("a", span("one"))
    assert joined(lone, [], []).trace.spans == lone.spans
    found = joined(Trace("empty", ()), [lone], [Tie("a", "empty", "link", True, NO_SPAN)])
    assert found.joins[0].span is None
    assert len(found.trace.roots) == 1
