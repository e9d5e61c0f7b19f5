from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from rich.cells import cell_len

from logtrace.ids import TraceId
from logtrace.model import Flag, Link, LogLine
from logtrace.views.tree.evidence import flag_texts
from logtrace.views.tree.span import span_detail
from tests.builders import MS, T0, TRACE_ID, slow_task, span, trace
from tests.views.show import lines_of

ROOT = span("POST /tasks", ms=5200, key=1)
DEEP = span(
    "CreateTask",
    parent=ROOT,
    at=210,
    ms=4800,
    key=2,
    error="no space left\non device",
    inferred=70,
    flags=Flag.UNIT_ASSUMED | Flag.OUTSIDE_PARENT,
    attributes={"db.rows_affected": 1, "a\x1b": "x\ny", "size_bytes": 524_288_000},
    conflicts={"db.rows_affected": (2, 3)},
    links=[Link(TraceId(7, 0), 0), Link(TraceId(8, 0), 9)],
)
LINES = [LogLine(TRACE_ID, DEEP.span_id, "edge-mcp", T0 + 300 * MS, 17, "insert\tfailed", "{…}", "/var/log/edge\x1b.log", 42)]


def test_all_that_is_known_is_there() -> None:
    assert lines_of(span_detail(trace(ROOT, DEEP), DEEP, LINES, UTC), 80) == [
        "span      0000000000000002",
        "trace     4bf92f3577b34da6a3ce929d0e0e4736",
        "operation CreateTask",
        "service   edge-mcp",
        "kind      internal",
        "parent    0000000000000001, POST /tasks",
        "start     2024-01-10T14:30:00.210000Z (UTC), 210ms into the trace",
        "duration  4.8s (4,800,000,000 ns)",
        "path      4.8s of it on the critical path (92 % of that)",
        "status    error: no space left",
        "          on device",
        "",
        "evidence",
        "  start: a field of that meaning (observed)",
        "  end: a field of that meaning (observed)",
        "  parent: a span around it in time (inferred, 70 %)",
        "  name: a line names it (observed)",
        "  the duration had no unit anywhere; one was assumed",
        "  it lies outside its parent in time",
        "",
        "attributes",
        r"  a\x1b: x\ny",
        "  db.rows_affected: 1",
        "    also logged as: 2, 3",
        "  size_bytes: 524MB (524288000)",
        "",
        "links",
        "  00000000000000000000000000000007",
        "  00000000000000000000000000000008, span 0000000000000009",
        "",
        "1 log line",
        r"  2024-01-10T14:30:00.300Z ERROR /var/log/edge\x1b.log:42",
        r"    insert\tfailed",
    ]


@pytest.mark.parametrize("width", [40, 60, 120])
def test_nothing_is_cut_or_too_wide(width: int) -> None:
    long = span("x" * 200, "你好" * 30, parent=ROOT, attributes={"k" * 90: "v" * 300}, error="e" * 300)
    lines = lines_of(span_detail(trace(ROOT, long), long, LINES, UTC), width)
    assert max(map(cell_len, lines)) <= width
    letters = "".join(lines).replace(" ", "")
    assert all(run in letters for run in ("x" * 200, "你好" * 30, "v" * 300, "e" * 300))


def test_every_flag_has_its_sentence() -> None:
    statuses = {Flag.STATUS_OK, Flag.STATUS_UNSET}  # shown as the status
    assert len(flag_texts(sum(Flag))) == len(set(Flag) - statuses)


def test_what_it_did_with_its_time() -> None:
    made = slow_task()
    text = "\n".join(lines_of(span_detail(made, made.roots[0], (), UTC), 100))
    assert "self      0ns; its children: sequential, 100 % covered" in text
    (insert,) = [s for s in made.spans if s.name == "CreateTask"]
    text = "\n".join(lines_of(span_detail(made, insert, (), UTC), 100))
    assert "path      4.8s of it on the critical path (92 % of that)" in text
    assert "self " not in text


def test_a_span_by_one_clock_tells_its_logged_start_and_how_sure_that_is() -> None:
    early = replace(span("call", "worker", parent=ROOT, at=-50, ms=40, key=2), skew_ns=60 * MS, skew_unsure_ns=3 * MS)
    made = trace(ROOT, early)
    line = [LogLine(TRACE_ID, early.span_id, "worker", T0, 9, "done", "done", "a.log", 1)]
    text = "\n".join(lines_of(span_detail(made.adjusted, made.adjusted.by_key[2], line, UTC), 200))
    assert "start     2024-01-10T14:30:00.010000Z (UTC), 10ms into the trace" in text
    assert "60ms (plus or minus 3ms) are added to its times" in text
    assert "logged start: 2024-01-10T14:29:59.950000Z" in text
    assert "1 log line, times as logged" in text
    raw = "\n".join(lines_of(span_detail(made, early, line, UTC), 200))
    assert "start     2024-01-10T14:29:59.950000Z (UTC)" in raw
    assert "times are as logged; to meet the clocks of other services, 60ms (plus or minus 3ms) were to be added" in raw
