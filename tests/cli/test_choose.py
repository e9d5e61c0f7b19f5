from __future__ import annotations

import pytest

from logtrace.cli.choose import require_service, spans_named
from logtrace.errors import NotFoundError, UsageError
from tests.builders import slow_task, span, throttled, trace

ROOT = span("POST /tasks", key=0x00F0_67AA_0BA9_02B7)
CHILD = span("CreateTask", parent=ROOT, key=0x1234_5678_9ABC_DEF0)
TRACE = trace(ROOT, CHILD)


@pytest.mark.parametrize("text", ["00f067aa0ba902b7", "00F067AA0BA902B7", "f067aa0ba902b7", "00f067", "post /tasks"])
def test_a_span_by_id_beginning_or_operation(text: str):
    assert spans_named(TRACE, text) == [ROOT]


def test_an_operation_may_mean_several():
    spans = [ROOT, *(span("GetUser", parent=ROOT) for _ in range(3))]
    assert spans_named(trace(*spans), "GetUser") == sorted(spans[1:], key=lambda each: each.span_id)


def test_too_many_are_no_answer():
    many = trace(ROOT, *(span("GetUser", parent=ROOT) for _ in range(11)))
    with pytest.raises(UsageError, match="11 spans answer to 'GetUser'") as caught:
        spans_named(many, "GetUser")
    assert many.spans[1].span_id in caught.value.hint


def test_none_offers_near_ones():
    with pytest.raises(NotFoundError) as caught:
        spans_named(slow_task(), "CreateTsk")
    assert "CreateTask" in caught.value.hint


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_means_nothing(text: str):
    with pytest.raises(NotFoundError):
        spans_named(TRACE, text)


def test_services_have_to_be_there():
    require_service([slow_task(), throttled()], "worker")
    require_service([slow_task()], None)
    with pytest.raises(UsageError) as caught:
        require_service([throttled()], "wrker")
    assert caught.value.hint == "there is: edge-mcp, worker"
