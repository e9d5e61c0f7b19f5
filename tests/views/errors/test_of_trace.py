from __future__ import annotations

from datetime import UTC

from logtrace.analysis.traces.errors import trace_errors
from logtrace.model import Failure, LineRef, Trace
from logtrace.views.elements.glyphs import ASCII, UNICODE
from logtrace.views.errors.of_trace import trace_errors_view
from tests.builders import MS, T0, broken_pipe, slow_task, span, throttled, trace
from tests.views.show import lines_of


def shown(made: Trace, width: int = 100, everything: bool = False) -> list[str]:
    return lines_of(trace_errors_view(trace_errors(made), UTC, UNICODE, everything), width)


def test_the_cause_its_way_up_and_all_errors_in_time_order() -> None:
    lines = shown(throttled())
    assert "cause     worker: CallBedrock: ThrottlingException: Rate exceeded" in lines
    assert "passed on worker: ExecuteTask +870ms: task failed after 3 attempts" in lines
    assert any("edge-mcp: POST /api/v1/tasks, the caller in edge-mcp +900ms" in line for line in lines)
    assert "ends      edge-mcp: POST /api/v1/tasks is the request itself: it failed" in lines
    assert [line.split()[0] for line in lines[lines.index("") + 2 :]] == ["+350ms", "+860ms", "+870ms", "+890ms", "+900ms"]


def test_a_swallowed_error() -> None:
    lines = shown(broken_pipe())
    assert "ends      edge-mcp: HandleWebSocketMessage tells no error: it handled this one, or swallowed it" in lines


def test_who_did_not_wait_for_a_call_did_not_swallow_its_error() -> None:
    root = span("POST", ms=10)
    sent = span("Publish", parent=root, ms=5, kind="producer")
    for late in (span("Process", parent=sent, at=2, ms=9, kind="consumer", error="x"), span("go", parent=root, at=10, error="x")):
        assert any("did not wait for it, and could not know" in line for line in shown(trace(root, sent, late)))
    awaited = span("go", parent=root, at=9, ms=2, error="x")
    assert any("handled this one, or swallowed it" in line for line in shown(trace(root, awaited)))


def test_a_line_without_a_span_has_its_time() -> None:
    lines = (LineRef(T0, 1, 0, 1, 9, "fine"), LineRef(T0 + 20 * MS, 2, 0, 2, 17, "boom at…"))
    loose = Trace("x", (), lines=lines, failures=(Failure("api", 2, "Panic", "boom at the end"),))
    assert shown(loose)[-1].split()[0] == "+20ms"


def test_no_errors_is_an_answer() -> None:
    assert shown(slow_task())[-1] == "cause     none: no span failed, and no line of level error was logged"
    assert shown(trace(span(soft="x")))[3].startswith("cause     none: no span failed; there are lines of level error")
    loose = Trace("x", (), failures=(Failure("api", 2, "Panic", "boom"),))
    assert shown(loose)[1] == "cause     no span failed; lines without a span tell errors"
    assert shown(loose)[-1].endswith("api, without a span  a line  Panic: boom")


def test_attempts() -> None:
    root = span("root", error="x")
    calls = [span("call", parent=root, at=20 * n, ms=10, error="no") for n in range(3)]
    text = "\n".join(shown(trace(root, *calls)))
    assert "attempts  3, all failed; waited 10ms, 10ms between them; that they are retries is inferred" in text
    well = [*calls[:1], span("call", parent=root, at=20, ms=10)]
    assert "2, 1 failed, then it went well; waited 10ms" in "\n".join(shown(trace(root, *well)))


def test_an_unseen_caller_a_silent_callee_and_handled_errors() -> None:
    unseen = span("", phantom=True)
    text = "\n".join(shown(trace(unseen, span("call", parent=unseen, kind="client", error="refused"))))
    assert "the caller of edge-mcp: call was never logged" in text
    assert "callee    left no log" in text
    root = span("root", error="x", ms=100)
    parent = span("read", parent=root, ms=50)
    made = trace(root, parent, span("c", parent=parent, ms=5, error="e"), span("c", parent=parent, at=6, ms=5))
    assert "handled   edge-mcp: c: e; a later attempt went well: edge-mcp: read did not fail" in shown(made)


def test_hostile_text_and_many_errors() -> None:
    root = span("a\x1b[2J", error="\u202eboom\n")
    made = trace(root, *(span(f"call {n}", parent=root, error="x" * 500) for n in range(60)))
    for width in (40, 80, 200):
        lines = shown(made, width)
        assert all(line.isprintable() for line in lines)
    assert lines[-1] == "21 more errors: --all shows them"
    assert not any("more errors" in line for line in shown(made, everything=True))
    assert all(line.isascii() for line in lines_of(trace_errors_view(trace_errors(throttled()), UTC, ASCII), 80))
