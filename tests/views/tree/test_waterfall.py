"""The look at fixed widths, and the laws that hold at any width for any tree."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logtrace.model import ErrorLevel, Flag, Span, Trace
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.rows import spans_of
from logtrace.views.tree.waterfall import Waterfall, waterfall
from tests.builders import broken_pipe, log, slow_task, span, throttled, trace
from tests.strategies import examples
from tests.views.show import lines_of

WIDTHS = (40, 60, 80, 120, 200)
NAMES = ("GET /v1/tasks/{id}", "你好世界 📦 処理", "db.query", "x" * 200, "[bold]a\x1b[31m\nb[/]", "")


def shown(made: Trace, width: int = 80, **options: Any) -> list[str]:
    return lines_of(waterfall(made, {}, WaterfallOptions(**options)), width)


def tree(made: Trace, width: int = 80, **options: Any) -> list[str]:
    """The lines under the header, without the findings under the tree."""
    lines = shown(made, width, **options)
    return without_findings(lines[lines.index("") + 1 :])


def without_findings(lines: list[str]) -> list[str]:
    """The lines without the block of `path`, `shape`, `N+1` and `gap`, and the blank line before it."""
    first = next((n for n, line in enumerate(lines) if re.match(r"(path .|shape|N\+1|gap) ", line)), len(lines) + 1)
    after = next((n for n in range(first, len(lines)) if not lines[n]), len(lines))
    return lines[: first - 1] + lines[after:]


def test_the_slow_insert_at_80_columns() -> None:
    assert shown(slow_task()) == [
        "trace     4bf92f3577b34da6a3ce929d0e0e4736",
        "request   POST /api/v1/tasks, edge-mcp",
        "start     2024-01-10T14:30:00.000Z (UTC), took 5.2s",
        "spans     6, no errors, 1 service: edge-mcp",
        "",
        "                                      0       1s      2s      3s      4s      5s",
        "edge-mcp: POST /api/v1/tasks  5.2s ✓  ──────────────────────────────────────────",
        "├── ValidateRequest           10ms ✓  ╸",
        "├── AuthorizeUser            200ms ✓  ━━",
        "├── CreateTask                4.8s ⚠   ╺━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸",
        "│     slow: 92 % of the trace, 4.8s of its own",
        "│     db.statement: INSERT INTO tasks (id, type, payload, embedding_vector) VAL…",
        "│     embedding.size: 1536  ·  payload.size_bytes: 524MB (524288000)",
        "├── PublishToQueue           150ms ✓                                          ━━",
        "└── NotifyAgents              40ms ✓                                           ╺",
        "",
        "path ━    CreateTask 4.8s (92 %) · AuthorizeUser 200ms (4 %) · PublishToQueue",
        "          150ms (3 %) · 2 more 50ms (<1 %)",
        "shape     sequential: POST /api/v1/tasks (100 % covered)",
    ]


def test_an_error_that_goes_up_is_told_where_it_began() -> None:
    assert [line[:60].rstrip() for line in tree(throttled(), 120)] == [
        "                                   self          0",
        "edge-mcp: POST /api/v1/tasks 900ms 25ms ✗ ERROR  ╾────━───╾─",
        "├── CreateTask                60ms      ✓        ━━━━━╸",
        "├── PublishToQueue            45ms      ✓             ╺━━━╸",
        "└── worker: ProcessTask      770ms 13ms ✗ ERROR           ━╼",
        "    ├── FetchFromQueue        15ms      ✓                 ╺━",
        "    ├── ExecuteTask          730ms 30ms ✗ ERROR",
        "    │   │ error: task failed after 3 attempts",
        "    │   ├── CallBedrock      200ms      ✗ ERROR",
        "    │   │     error: ThrottlingException: Rate exceeded",
        "    │   │     slow: 22 % of the trace, 200ms of its own",
        "    │   │     retry.attempt: 3  ·  retry.max: 3",
        "    │   └── Retry            500ms      ✗ ERROR",
        "    │         error: ThrottlingException: Rate exceeded",
        "    │         slow: 55 % of the trace, 500ms of its own",
        "    │         3 attempts",
        "    └── PublishError          12ms      ✓",
    ]


def test_ascii_is_ascii() -> None:
    lines = shown(throttled(), ascii=True)
    assert all(line.isascii() for line in lines)
    assert "    `-- PublishError          12ms ok" in "\n".join(lines)
    assert tree(broken_pipe(), 50, ascii=True)[-4:] == [
        "`-- SendMessage                  10ms ERR",
        "      error: write tcp",
        "      10.0.1.5:8080->10.0.2.10:54321: write:",
        "      broken pipe",
    ]


def test_what_is_not_observed_looks_different() -> None:
    root = span("root", ms=None, flags=Flag.OPEN)
    unseen = span("", "", parent=root, at=1, ms=50, phantom=True, key=0xABC)
    sure = span("sure", "worker", parent=unseen, at=1, ms=40, inferred=85, lower_bound=True)
    made = trace(root, unseen, sure, span("log text", parent=root, at=9, ms=5, inferred=55, guessed=True))
    lines = [re.sub(r"[━╸╺┄]+$", "", line).rstrip() for line in tree(made, 60)[1:5]]
    assert lines == [
        "edge-mcp: root               open",
        "├── (not logged) 00000000… ≥ 50ms",
        "│   └╌╌ worker: sure       ≥ 40ms ✓",
        "└╌? ~log text                 5ms ✓",
    ]
    header = "\n".join(shown(made, 120))
    assert "spans     3, 1 more not logged" in header
    assert "2 parents named by no line (├╌╌), 1 below 80 % confidence (├╌?)" in header
    assert "1 parent span named but never logged: 0000000000000abc" in header
    assert "took ≥ 51ms" in header


def test_soft_errors_are_told_apart() -> None:
    lines = shown(trace(span("a", soft="retrying"), span("b", error="gave up")))
    assert "errors    1 span failed, 1 span with error-level lines only" in lines
    assert "  error line: retrying" in lines
    assert [line.split()[3] for line in lines if line.startswith("edge-mcp:")] == ["!", "✗"]


def test_lines_alone_are_listed_and_the_missing_times_said() -> None:
    lines = shown(trace(lines=[log("Request processed", None), log("a\tb\x1b[2J", None, 17)]))
    assert lines[1] == "start     no times were logged; shown in file order"
    assert lines[-2:] == ["INFO Request processed", r"ERROR a\tb\x1b[2J"]


def test_a_trace_without_times_has_no_axis() -> None:
    root = span("root", at=None, ms=None)
    assert tree(trace(root, span("child", parent=root, at=None, ms=None))) == ["edge-mcp: root ?", "└── child      ?"]


def test_spans_without_a_time_come_last_with_a_note() -> None:
    root = span("root")
    assert tree(trace(root, span("untimed", parent=root, at=None, ms=None), span("timed", parent=root)))[-2:] == [
        "└── untimed       ?",
        "      no time was logged for this span",
    ]


def test_runs_fold_unless_all_is_asked() -> None:
    root = span("root", ms=6000)
    made = trace(root, *(span("query", parent=root, at=i, ms=1 + i % 9) for i in range(4312)))
    assert tree(made)[3].startswith("└── query × 4,312  p50 5ms  max 9ms")
    assert tree(made)[-1] == "4,312 spans folded into one row of like siblings; --all shows each."
    assert len(tree(made, all=True)) == 4315


def test_logs_are_in_time_order_with_the_children() -> None:
    root = span("root", lines=[log("first", 1), log("second", 6, 17)])
    lines = tree(trace(root, span("child", parent=root, at=3, ms=2, lines=[log("inside", 4)])), logs=True)
    assert [lines[i].strip() for i in (2, 4, 5)] == ["│ +1ms INFO first", "+4ms INFO inside", "+6ms ERROR second"]


def test_an_untimed_span_comes_after_the_log_lines() -> None:
    root = span("root", lines=[log("said", 5)])
    lines = tree(trace(root, span("untimed", parent=root, at=None, ms=None)), logs=True)
    assert [line.split()[-1] for line in lines[2:4]] == ["said", "?"]


def test_lines_without_a_span_come_with_the_logs_alone() -> None:
    made = trace(span("root"), lines=[log("loose", 3)])
    assert not any("loose" in line for line in shown(made))
    assert shown(made, logs=True)[-2:] == ["log lines without a span", "+3ms INFO loose"]


def test_crowded_labels_keep_their_column() -> None:
    chain = [span("top", "a-long-service", ms=9)]
    for level in range(2000):
        chain.append(span("n", f"service-{level}", parent=chain[-1], ms=9, error="e" if level > 1990 else None))
    kids = [span(f"k{i}", parent=chain[-1], ms=9) for i in range(3000)]
    lines = shown(trace(*chain, *kids), 40, max_rows=30)
    assert max(map(cell_len, lines)) <= 40
    assert sum(line.endswith(("9ms ✓", "9ms ✗")) for line in lines) == 30


def test_filters_keep_ancestors_and_say_what_is_hidden() -> None:
    lines = tree(throttled(), service="worker", depth=3)
    assert [line.split()[1] for line in lines[1:5]] == ["POST", "worker:", "error:", "FetchFromQueue"]
    assert lines[-1] == "4 of 9 spans hidden by --depth, --service."
    errors = "\n".join(tree(throttled(), errors_only=True))
    assert "CallBedrock" in errors
    assert "FetchFromQueue" not in errors
    assert [line.split()[1] for line in tree(slow_task(), min_duration_ns=10**9)[1:3]] == ["POST", "CreateTask"]


def test_a_message_shows_above_where_its_origin_is_hidden() -> None:
    assert "  error: ThrottlingException: Rate exceeded" in "\n".join(tree(throttled(), depth=2))


def test_over_the_row_limit_errors_and_the_top_come_first() -> None:
    root = span("root", ms=900)
    branches = [span(f"branch {i}", parent=root, at=i, ms=1) for i in range(50)]
    leaves = [span(f"leaf {i}", parent=branches[i], at=i, ms=1, error="boom" if i == 49 else None) for i in range(50)]
    lines = tree(trace(root, *branches, *leaves), max_rows=20)
    text = "\n".join(lines)
    assert "leaf 49" in text
    assert "branch 16" in text
    assert "branch 17" not in text
    assert "branch 0 (+1)" in text
    assert " ".join(lines[-3:]).startswith("81 rows left out (81 spans): the limit is 20 rows")


def test_a_very_deep_error_is_shown_with_the_levels_left_out() -> None:
    chain = [span("top", ms=9)]
    for level in range(3000):
        chain.append(span("down", parent=chain[-1], ms=9, error="bottom" if level == 2999 else None))
    text = "\n".join(tree(trace(*chain), max_rows=200))
    assert "error: bottom" in text
    assert "2801… down" in text


def test_colours_and_no_control_codes_without() -> None:
    made = trace(span("\x1b]0;title\x07", "s\u202evc", error="\x9b31m\r\nsecond", attributes={"error.\x1b": "\x1b[2J\t"}))
    plain = "\n".join(shown(made))
    assert plain.replace("\n", "").isprintable()
    coloured = "\n".join(lines_of(waterfall(made), 80, colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31m" in coloured


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Trees with everything that may be odd about a span."""
    spans: list[Span] = []
    for number in range(draw(st.integers(1, 25))):
        parent = draw(st.sampled_from([None, *spans, *spans[-1:] * 5])) if spans else None
        text = draw(st.sampled_from([None, "boom", "word " * 60, "very" * 75 + f" {number} end\nat main.go:7", "你好 " * 40]))
        spans.append(
            span(
                draw(st.sampled_from(NAMES)),
                draw(st.sampled_from(["edge-mcp", "worker", "サービス" * 5, ""])),
                parent=parent,
                at=draw(st.none() | st.integers(0, 5000)),
                ms=draw(st.none() | st.integers(0, 5000)),
                error=text if number % 2 else None,
                soft=text,
                inferred=draw(st.none() | st.integers(0, 100)) if parent else None,
                phantom=draw(st.integers(0, 9)) == 0,
                lower_bound=draw(st.booleans()),
                attributes={"db.statement": draw(st.sampled_from(["SELECT 1", "SELECT " * 40, "\x1b\n你好" * 30]))},
                lines=[log("line " * 50, number), log("\tx", None, 17)],
            )
        )
    return trace(*spans, lines=[log("loose " * 60)], warnings=["odd " * 60])


@settings(max_examples=examples(60))
@given(traces(), st.sampled_from(WIDTHS), st.booleans(), st.booleans(), st.booleans())
def test_no_line_is_too_wide_and_no_error_is_cut(made: Trace, width: int, logs: bool, all_rows: bool, ascii_signs: bool) -> None:
    view = Waterfall(made, {}, WaterfallOptions(logs=logs, all=all_rows, ascii=ascii_signs))
    lines = [line.plain for line in view.lines(width)]
    assert max(map(cell_len, lines)) <= width
    assert lines_of(view, width) == [line.rstrip() for line in lines]
    assert "\x1b" not in "".join(lines)
    letters = re.sub(r"[│├└─╌|`?.\s-]", "", "".join(lines))
    for failed in made.errors:
        assert re.sub(r"[.\s-]", "", failed.error_message) in letters
    assert sum(spans_of(row.item) for row in view.rows) == len(made.spans)


@settings(max_examples=examples(30))
@given(traces(), st.integers(1, 30), st.booleans())
def test_every_span_is_shown_or_counted(made: Trace, limit: int, errors_only: bool) -> None:
    view = Waterfall(made, {}, WaterfallOptions(max_rows=limit, errors_only=errors_only))
    text = " ".join(line.plain for line in view.lines(200))
    assert max(cell_len(line.plain) for line in view.lines(40)) <= 40
    count = sum(spans_of(row.item) for row in view.rows)
    for number in re.findall(r"(\d+) of \d+ spans hidden", text) + re.findall(r"rows? left out \((\d+) spans?", text):
        count += int(number)
    assert count == len(made.spans)
    assert len(view.rows) <= limit


def test_errors_fill_the_limit_before_anything_else() -> None:
    root = span("root", ms=900)
    made = trace(root, *(span(f"s{i}", parent=root, at=i, error="e" if i > 60 else None) for i in range(70)))
    rows = Waterfall(made, {}, WaterfallOptions(max_rows=12)).rows
    assert sum(row.item.error == ErrorLevel.HARD for row in rows if isinstance(row.item, Span)) == 9
