from __future__ import annotations

from pathlib import Path

from logtrace import api
from logtrace.analysis.traces.errors import trace_errors
from logtrace.analysis.traces.fingerprints import span_fingerprint
from tests.jobs.stores import TRACES, line, story, write


def errors(tmp_path: Path, lines: list[str]):
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as opened:
        return opened.errors()


def test_every_error_of_a_store_by_kind(tmp_path: Path):
    found = errors(tmp_path, story())
    began = [(g.service, g.operation, g.messages, g.count, g.examples) for g in found.groups if g.count]
    assert began == [("db", "Insert", ("no room",), 2, (TRACES[1], TRACES[0]))]
    assert (found.origins, found.passed_on, found.requests) == (2, 2, 2)


def test_fingerprints_are_those_that_one_trace_shows(tmp_path: Path):
    stack = "E: x\n  at f (/app/a.js:{0}:1)"
    lines = [
        line(trace, "a" * 16, n, "failed", event="span_end", duration_ms=5, operation="f", error=f"no {n}",
             **{"exception.stacktrace": stack.format(n), "exception.type": "E"})
        for n, trace in enumerate(TRACES)
    ]  # fmt: skip
    (group,) = errors(tmp_path, [*lines, line(TRACES[0], "", 90, "panic", level="error", error="boom")]).groups[:1]
    assert group.count == 2
    with api.open(tmp_path / "s.db") as opened:
        for trace in TRACES:
            cause = trace_errors(opened.trace(trace)).root_cause
            assert cause is not None
            assert span_fingerprint(cause.span) == group.fingerprint


def test_errors_of_lines_without_a_span_count_too(tmp_path: Path):
    found = errors(tmp_path, [line(TRACES[0], "", 0, "panic", level="error", error="boom"), *story()[6:]])
    assert any(not group.operation and group.messages == ("boom",) for group in found.groups)


def test_opaque_ids(tmp_path: Path):
    found = errors(tmp_path, [line("order no. 7", "", 0, "x", level="error", error="boom")])
    assert found.groups[0].examples == ("order no. 7",)
