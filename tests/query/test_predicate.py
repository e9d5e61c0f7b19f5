"""The predicate on hand-built traces; that SQL says the same is tests/store/search/test_traces.py."""

from __future__ import annotations

import pytest

from logtrace.query.grammar import parse
from logtrace.query.predicate import matching_spans, predicate
from tests.builders import broken_pipe, slow_task, span, throttled, trace


@pytest.mark.parametrize(
    ("expression", "slow", "lost", "failed"),
    [
        ("duration > 4000 and db.system = 'postgresql'", True, False, False),
        ("duration > 5s and db.system = 'postgresql'", False, False, False),
        ("any.duration > 5s and any.db.system = 'postgresql'", True, False, False),
        ("error and error.message ~ 'broken pipe$'", False, True, False),
        ("error = true and service = 'worker'", False, False, True),
        ("any.error and root.operation = 'HandleWebSocketMessage'", False, True, False),
        ("root.error", False, False, True),
        ("not any.error", True, False, False),
        ("all.service = 'edge-mcp'", True, True, False),
        ("count(error) >= 3", False, False, True),
        ("count(error and operation in ('CallBedrock', 'Retry')) = 2", False, False, True),
        ("trace.span_count = 6", True, False, False),
        ("trace.service_count > 1", False, False, True),
        ("trace.error_count = 1", False, True, False),
        ("retry.attempt != 1", False, False, True),
        ("not retry.attempt = 1", True, True, True),
        ("start < '2024-01-10T14:30:00.002Z' and duration > 5s", True, False, False),
        ("payload_size_bytes > 500mb", True, False, False),
        ("kind = 'server'", True, False, False),
    ],
)
def test_of_three_requests(expression: str, slow: bool, lost: bool, failed: bool):
    holds = predicate(parse(expression))
    assert (holds(slow_task()), holds(broken_pipe()), holds(throttled())) == (slow, lost, failed)


def test_soft_errors():
    soft = trace(span("root"), span("child", soft="a line of level error"))
    for expression, expected in (("error", True), ("error = 'span'", False), ("error = 'line'", True), ("error != 'line'", True)):
        assert predicate(parse(expression))(soft) is expected
    assert [found.name for found in matching_spans(parse("error != 'line'"), soft)] == ["root"]


def test_a_parent_that_was_never_logged_is_no_span():
    unseen = span("", "", phantom=True, ms=None)
    found = trace(unseen, span("child", parent=unseen))
    assert predicate(parse("trace.span_count = 1 and count(duration exists or not duration exists) = 1"))(found)
    assert predicate(parse("root.operation = 'child'"))(found)


def test_nothing_is_known_of_a_trace_without_spans():
    empty = trace()
    for expression in ("error = false", "any.service exists", "all.service exists", "root.service exists", "trace.duration >= 0"):
        assert not predicate(parse(expression))(empty)
    assert predicate(parse("trace.span_count = 0"))(empty)
