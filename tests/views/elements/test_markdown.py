from __future__ import annotations

import re
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logtrace.analysis.traces.bottlenecks as bottleneck_module
import logtrace.views.tree.waterfall as waterfall_module
from logtrace.analysis.traces.incident import Incident, LeftOut
from logtrace.model import LogLine, Trace
from logtrace.store.upkeep.notes import Note
from logtrace.views.elements.markdown import code, defused, fenced
from logtrace.views.requests.report import report
from logtrace.views.requests.snippet import MOST_LINES, snippet
from logtrace.views.tree.options import WaterfallOptions
from tests.builders import T0, TRACE_ID, slow_task, span, throttled, trace
from tests.views.tree.test_waterfall import traces

HOSTILE = "@channel <!here> <@U123> ```\n~~~ `x` [a](javascript:1) <script> \x1b[2J \u202e |"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@here and a@b.c", "@\u200bhere and a@\u200bb.c"),
        ("<!channel> <@U1> <#C1>", "<\u200b!channel> <\u200b@\u200bU1> <\u200b#C1>"),
        ("```", "`\u200b`\u200b`"),
        ("one ` tick", "one ` tick"),
        ("a < b @ c", "a < b @ c"),
    ],
)
def test_mentions_and_fences_mean_nothing(text: str, shown: str) -> None:
    assert defused(text) == shown
    assert defused(shown) == shown or text.startswith("<@") or "<@" in text


@given(st.text(alphabet="`~@<!#a \u200b", max_size=40))
def test_no_text_ends_a_block_or_calls_anybody(text: str) -> None:
    found = defused(text)
    assert "``" not in found
    assert "~~" not in found
    assert not re.search(r"@\w|<[!@#]", found)
    assert "`" not in code(text)[1:-1]
    assert fenced([text])[0] == "```text"


def blocks(lines: list[str]) -> list[list[str]]:
    """The fenced blocks; fails where one is left open."""
    found: list[list[str]] = []
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append([])
        elif inside:
            found[-1].append(line)
    assert not inside
    return found


def test_a_short_block_for_a_chat() -> None:
    lines = snippet(throttled(), {}, UTC)
    assert (lines[0], lines[-1]) == ("```text", "```")
    assert len(blocks(lines)) == 1
    assert "cause     worker: CallBedrock: ThrottlingException: Rate exceeded" in lines
    assert not any("more spans" in line for line in lines)


def test_of_many_spans_errors_and_the_path_come_first_and_the_rest_is_counted() -> None:
    root = span("root", ms=10_000)
    quick = [span(f"op {n}", parent=root, at=n, ms=1) for n in range(300)]
    last = span("the long one", parent=root, at=1000, ms=9000)
    failed = span("the failed one", parent=last, at=1000, ms=10, error="boom")
    lines = snippet(trace(root, *quick, last, failed), {}, UTC)
    assert len(lines) <= MOST_LINES
    text = "\n".join(lines)
    assert "the long one" in text
    assert "the failed one" in text
    assert re.search(r"2\d\d more spans: logtrace show", text)


@pytest.mark.slow
@settings(max_examples=40)
@given(traces())
def test_any_trace_fits_and_holds_together(made: Trace) -> None:
    lines = snippet(made, {}, UTC)
    assert len(lines) <= MOST_LINES
    assert len(blocks(lines)) == 1
    assert all(line.replace("\u200b", "").replace("\u3000", "").isprintable() for line in lines)
    blocks(list(report(Incident(made, {}, None, (), ()), WaterfallOptions())))


def test_notes_stand_in_the_block_and_many_are_counted() -> None:
    told = [Note(TRACE_ID, f"known {n} @here", T0) for n in range(5)]
    lines = snippet(throttled(), {}, UTC, told)
    assert [line for line in lines if line.startswith("note ")] == [
        f"note      known {n} @\u200bhere (2024-01-10)" for n in (2, 3, 4)
    ]
    assert "and 2 older notes" in lines
    assert len(snippet(trace(span("root"), *(span(f"op {n}") for n in range(90))), {}, UTC, told)) <= MOST_LINES


def test_a_report_holds_hostile_text() -> None:
    made = trace(span(HOSTILE, HOSTILE, error=HOSTILE, error_type="`E`", attributes={"db.statement": HOSTILE}))
    line = LogLine(TRACE_ID, "", HOSTILE, T0, 17, HOSTILE, HOSTILE, "p", 1)
    lines = list(report(Incident(made, {}, None, [line], [Note(TRACE_ID, HOSTILE, T0)]), WaterfallOptions()))
    found = blocks(lines)
    assert len(found) == 6
    assert not re.search(r"@\w|<[!@#/]", "\n".join(lines))
    outside = [text for text in lines if not any(text in block for block in found)]
    assert not any("<script>" in re.sub(r"`[^`]*`", "", text) for text in outside)
    assert all("\n" not in text and "\x1b" not in text for text in lines)


def test_a_report_says_what_is_known() -> None:
    lines = list(report(Incident(slow_task(), {}, None, (), ()), WaterfallOptions()))
    assert lines[0] == "# `POST /api/v1/tasks`"
    assert "- no span failed, and no line of level error was logged" in lines
    assert "- 92 % of `edge-mcp: POST /api/v1/tasks`, which took 5.2s: `edge-mcp: CreateTask`, 4.8s" in lines
    assert [line for line in lines if line.startswith("## ")] == ["## What happened", "## Where the time went", "## Again"]
    assert next(report(Incident(Trace("x", ()), {}, None, (), ()), WaterfallOptions())) == "# A request without spans"


def test_a_report_of_a_request_that_may_go_on_says_at_least() -> None:
    lines = list(report(Incident(trace(span("open", ms=None)), {}, None, (), ()), WaterfallOptions()))
    assert any(line.endswith("(UTC), took ≥ 0ns") for line in lines)


def test_a_report_looks_once_for_where_the_time_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a very large request that takes seconds."""
    looked: list[str] = []
    looking = bottleneck_module.findings
    for module in (bottleneck_module, waterfall_module):
        monkeypatch.setattr(module, "findings", lambda *a, **k: looked.append("once") or looking(*a, **k))
    list(report(Incident(slow_task(), {}, None, (), ()), WaterfallOptions()))
    assert looked == ["once"]


def test_a_report_counts_the_lines_that_it_has_no_room_for() -> None:
    lines = [LogLine(TRACE_ID, "", "s", T0, 17, "line", "", "p", 1)]
    for left_out, told in (((520, 0), "and 520 more lines below warning"), ((1, 0), "and 1 more line below warning"),
                           ((520, 7), "and 520 more lines, 7 of them of level warning or above")):  # fmt: skip
        assert told in list(report(Incident(slow_task(), {}, None, lines, (), LeftOut(*left_out)), WaterfallOptions()))
