from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from logtrace.ids import TraceId
from logtrace.model import Flag, Link, LogLine, Trace
from logtrace.views.json.shapes import log_line_json, summary_json, trace_json
from logtrace.views.json.text import json_parts
from tests.builders import MS, T0, TRACE_ID, log, span, trace
from tests.views.lists.test_tables import summary

SPAN_KEYS = (
    "trace_id span_id parent_span_id parent_source parent_confidence service operation kind start_ns start_time duration_ns "
    "duration_ms status error error_type error_message attributes warnings"
)


def read_back(shown: Trace) -> dict[str, Any]:
    """What a program reads of a trace."""
    found: dict[str, Any] = json.loads("".join(json_parts(trace_json(shown))))
    return found


def test_a_trace() -> None:
    root = span("root", ms=5.2)
    unseen = span("", "", parent=root, phantom=True, ms=None)
    child = span(
        "child", parent=unseen, inferred=60, error="no", flags=Flag.UNIT_ASSUMED | Flag.OPEN, at=None, ms=None,
        attributes={"n": 1, "deep": {"a": [None]}}, conflicts={"n": (2,)}, links=[Link(TraceId(7, 0), 0)],
    )  # fmt: skip
    shape = read_back(trace(root, unseen, child, lines=[log("loose")], warnings=["odd"]))
    assert (shape["version"], shape["trace_id"], shape["start_ns"], shape["inferred"]) == (1, TRACE_ID, T0, 1)
    assert (shape["start_time"], shape["duration_ns"], shape["duration_ms"]) == ("2024-01-10T14:30:00.000Z", 5_200_000, 5.2)
    assert (shape["roots"], shape["missing_parents"], shape["warnings"]) == ([root.span_id], [unseen.span_id], ["odd"])
    assert shape["lines"][0]["body"] == "loose"
    found = shape["spans"][-1]
    assert set(SPAN_KEYS.split()) <= set(found)
    assert (found["error"], found["status"], found["error_message"], found["operation"]) == (1, "error", "no", "child")
    assert (found["parent_source"], found["parent_confidence"], found["parent_span_id"]) == ("contain", 60, unseen.span_id)
    assert found["warnings"] == ["unit_assumed", "open"]
    assert found["attributes"] == {"n": 1, "deep": {"a": [None]}}
    assert found["links"] == [{"trace_id": "0" * 31 + "7", "span_id": None}]
    assert [found[key] for key in ("start_ns", "start_time", "duration_ns", "duration_ms")] == [None] * 4


def test_findings_are_by_one_clock_and_spans_as_logged() -> None:
    root = span("root", ms=100)
    behind = replace(span("call", "worker", parent=root, at=-50, ms=40), skew_ns=60 * MS)
    shape = read_back(trace(root, behind))
    assert [section["duration_ns"] // MS for section in shape["critical_path"]["sections"]] == [10, 40, 50]
    own = {each["operation"]: (each["start_ns"], each["self_ns"]) for each in shape["spans"]}
    assert own == {"root": (T0, 60 * MS), "call": (T0 - 50 * MS, 40 * MS)}


def test_soft_errors_are_not_errors() -> None:
    found = read_back(trace(span(soft="line")))["spans"][0]
    assert (found["error"], found["error_line"], found["status"]) == (0, 1, "unset")


def test_summaries_and_lines() -> None:
    assert summary_json(summary())["root_operation"] == "POST /api/v1/tasks"
    assert summary_json(summary(start_ns=None))["start_time"] is None
    line = LogLine(TRACE_ID, "", "s", T0 + MS, 9, "b", "\x1bt", "p", 3)
    assert log_line_json(line)["time"] == "2024-01-10T14:30:00.001Z"
    assert log_line_json(line)["text"] == "\x1bt"
