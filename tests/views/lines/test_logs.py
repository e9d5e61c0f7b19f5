from __future__ import annotations

from datetime import UTC

from logtrace.model import LogLine
from logtrace.views.lines.logs import log_lines
from tests.builders import T0, TRACE_ID

LINES = [
    LogLine(TRACE_ID, "00f067aa0ba902b7", "edge-mcp", T0, 9, "started", '{"msg":"started"}', "a.log", 1),
    LogLine(TRACE_ID, "", "worker\x1b", None, 0, "", "panic:\t\x1b[31mboom", "b.log", 2),
]


def test_service_and_span_beside_each_line() -> None:
    assert [text.plain for text in log_lines(LINES, UTC, raw=False)] == [
        "2024-01-10T14:30:00.000Z edge-mcp 00f067aa0ba902b7 INFO  started",
        r"(no time)                worker\x1b -                      panic:\t\x1b[31mboom",
    ]


def test_raw_is_the_line_as_kept_but_for_what_a_terminal_obeys() -> None:
    assert [text.plain for text in log_lines(iter(LINES), UTC, raw=True)] == ['{"msg":"started"}', r"panic:\t\x1b[31mboom"]
