"""The shapes of --json: every key there is, of the type it is, and no other; and every verb in a pipe that closes early."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from logtrace.cli.help import page
from tests.cli.conftest import FIXTURES, Call

SLOW, THROTTLED = "c81e728d9d4c4f636f067f89cc14862c", "98f13708210194c475687be6106a3b84"
LOST, ANATOMY, DIRTY = "b7d9e1a25c3f48e6a1d20c9f8e7b6a02", "4bf92f3577b34da6a3ce929d0e0e4736", "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8"
CALLS = str(FIXTURES / "throttled-task" / "logs" / "compose.log")
STORIES = (SLOW, THROTTLED, LOST, ANATOMY, DIRTY)

NUMBER = int | float
ANYTHING = object
MAYBE_INT, MAYBE_TEXT = int | None, str | None
REF = {"span_id": str, "service": str, "operation": str}
OPERATION = {"service": str, "operation": str}
SHAPE = {"label": str, "coverage": float, "parallelism": float, "concurrency": int}
FINDINGS = {
    "critical_path": {
        "root": MAYBE_TEXT, "duration_ns": MAYBE_INT, "duration_is_lower_bound": bool,
        "sections": [{"span_id": MAYBE_TEXT, "start_ns": int, "duration_ns": int}],
    },
    "gaps": [{"span_id": str, "start_ns": int, "duration_ns": int, "after": MAYBE_TEXT, "before": MAYBE_TEXT}],
    "repeats": [{"parent_span_id": str, **OPERATION, "calls": int, "covered_ns": int}],
}  # fmt: skip
BOTTLENECKS = {
    "version": int, "trace_id": str, **FINDINGS,
    "bottlenecks": [
        {**REF, "duration_ns": MAYBE_INT, "critical_ns": int, "share": float, "self_ns": MAYBE_INT, "shape": SHAPE,
         "slow": MAYBE_TEXT, "error": MAYBE_TEXT}
    ],
}  # fmt: skip
ATTEMPTS = {"span_ids": [str], "failures": int, "waits_ns": [int], "wrapper": MAYBE_TEXT, "told": bool}
CAUSE = {
    **REF, "error_type": str, "error_message": str, "fingerprint": str, "time_ns": MAYBE_INT, "time": MAYBE_TEXT,
    "chain": [REF], "reaches_root": bool, "stopped_at": (REF, None), "callee_left_no_log": bool, "recovered": bool,
    "attempts": (ATTEMPTS, None),
}  # fmt: skip
ERRORS_OF_ONE = {
    "version": int, "trace_id": str, "root_cause": (CAUSE, None), "causes": [CAUSE],
    "timeline": [
        {"time_ns": MAYBE_INT, "time": MAYBE_TEXT, "what": str, "span_id": MAYBE_TEXT, "service": str, "operation": MAYBE_TEXT,
         "error_type": str, "error_message": str, "attempt": ([int], None)}
    ],
    "clock_doubt_ns": int, "notes": [str],
}  # fmt: skip
ERRORS = {
    "version": int, "since_ns": MAYBE_INT, "until_ns": MAYBE_INT, "errors": int, "passed_on": int, "error_lines": int,
    "requests": int, "notes": [str], "types": [{"error_type": str, "count": int}], "services": [{"service": str, "count": int}],
    "minutes": [[int]],
    "groups": [
        {"fingerprint": str, **OPERATION, "error_type": str, "messages": [str], "error_line": bool, "count": int,
         "passed_on": int, "requests": int, "first_ns": MAYBE_INT, "first_time": MAYBE_TEXT, "last_ns": MAYBE_INT,
         "last_time": MAYBE_TEXT, "seen_ns": MAYBE_INT, "new": bool | None, "minutes": [[int]], "examples": [str],
         "notes": [str]}
    ],
}  # fmt: skip
TRACE_REF = {"trace_id": str, "start_ns": MAYBE_INT, "duration_ns": MAYBE_INT, "spans": int, "failed": int}
CHANGE = {"kind": str, **REF, "at_ns": MAYBE_INT}
SIDE = {"span_id": str, "start_ns": MAYBE_INT, "duration_ns": MAYBE_INT, "status": str,
        "error_type": MAYBE_TEXT, "error_message": MAYBE_TEXT}  # fmt: skip
COMPARE = {
    "version": int, "good": TRACE_REF, "bad": TRACE_REF, "common": int, "missing": [OPERATION], "new": [OPERATION],
    "first": (CHANGE, None), "changes": [CHANGE], "compared_with": [str],
    "agreed": ([{"kind": str, **OPERATION, "requests": int}], None),
    "nodes": [
        {**OPERATION, "good": (SIDE, None), "bad": (SIDE, None), "parent": MAYBE_INT, "depth": int, "changes": [str],
         "ratio": NUMBER | None, "self_delta_ns": MAYBE_INT, "beyond_p99": bool | None,
         "attributes": [{"key": str, "good": object, "bad": object, "in_good": bool, "in_bad": bool, "ratio": NUMBER | None,
                         "minor": bool}]}
    ],
}  # fmt: skip
SUMMARY = {
    "trace_id": str, "root_service": str, "root_operation": str, "start_ns": MAYBE_INT, "start_time": MAYBE_TEXT,
    "duration_ns": MAYBE_INT, "duration_ms": NUMBER | None, "spans": int, "services": int, "errors": int, "inferred": int,
    "lines": int, "partial": bool, "duration_is_lower_bound": bool,
}  # fmt: skip
SIMILAR = {
    "version": int, "looked_at": int, "known": int,
    "similar": [{**SUMMARY, "likeness": NUMBER, "same_paths": NUMBER, "same_errors": NUMBER}],
}  # fmt: skip
NOTES = {"version": int, "notes": [{"subject": str, "text": str, "written_ns": int, "written": str}]}
MARKDOWN = {"version": int, "markdown": [str]}

TIMES = {"start_ns": MAYBE_INT, "start_time": MAYBE_TEXT, "duration_ns": MAYBE_INT, "duration_ms": NUMBER | None}
LINE_OF_SPAN = {"time_ns": MAYBE_INT, "time": MAYBE_TEXT, "severity": int, "body": str}
LINK = {"trace_id": str, "span_id": MAYBE_TEXT}
SPAN = {
    "trace_id": str, **REF, "parent_span_id": MAYBE_TEXT, "parent_source": str, "parent_confidence": int,
    "operation_inferred": bool, "kind": str, **TIMES, "start_source": str, "start_confidence": int, "end_source": str,
    "end_confidence": int, "status": str, "error": int, "error_line": int, "error_type": str, "error_message": str,
    "attributes": ANYTHING, "attribute_conflicts": ANYTHING, "links": [LINK], "attempts": int, "skew_ns": int, "phantom": bool,
    "warnings": [str], "lines": [LINE_OF_SPAN],
}  # fmt: skip
TRACE = {
    "version": int, "trace_id": str, **TIMES, "services": [str], "roots": [str], "inferred": int, "missing_parents": [str],
    "warnings": [str], "links": [LINK], **FINDINGS,
    "spans": [{**SPAN, "self_ns": MAYBE_INT, "critical_ns": MAYBE_INT, "shape": SHAPE}],
    "lines": [LINE_OF_SPAN], "failures": [ANYTHING], "notes": [str],
    "joins": [{"trace_id": str, "under": str, "span_id": MAYBE_TEXT, "how": str, "observed": bool}],
}  # fmt: skip
LOG_LINE = {
    "trace_id": str, "span_id": str, "service": str, "time_ns": MAYBE_INT, "time": MAYBE_TEXT, "severity": int, "body": str,
    "text": str, "path": str, "line": int,
}  # fmt: skip
MATCH = {
    "trace_id": MAYBE_TEXT, "span_id": MAYBE_TEXT, **OPERATION, **TIMES, "error": int, "error_line": int, "path": MAYBE_TEXT,
    "line": MAYBE_INT,
}  # fmt: skip
PAGE = {
    "version": int, "expression": str, "sort": str, "page": int, "more": bool, "notes": [str],
    "traces": [{**SUMMARY, "soft_errors": int, "matched_spans": int, "longest_match": (MATCH, None)}],
}  # fmt: skip
TIMELINE = {"version": int, "expression": str, "more": bool, "notes": [str], "entries": [MATCH]}
SERVICES = {
    "version": int, "notes": [str],
    "services": [
        {"service": str, "spans": int, "operations": int, "errors": int, "first_ns": MAYBE_INT, "last_ns": MAYBE_INT}
    ],
}  # fmt: skip
STATUS = {
    "version": int, "path": str, "size_bytes": int, "traces": int, "spans": int, "lines_read": int, "lines_used": int,
    "lines_without_trace": int, "lines_rejected": int, "rejected_by_reason": ANYTHING, "start_ns": MAYBE_INT,
    "end_ns": MAYBE_INT, "notes": [str],
    "sources": [{"path": str, "bytes_read": int, "lines_read": int, "lines_rejected": int, "newest_ns": MAYBE_INT}],
}  # fmt: skip

VERBS: dict[str, tuple[Any, list[tuple[str, ...]]]] = {
    "bottlenecks": (BOTTLENECKS, [("bottlenecks", trace) for trace in STORIES]),
    "errors of one": (ERRORS_OF_ONE, [("errors", trace) for trace in STORIES]),
    "errors": (ERRORS, [("errors",), ("errors", "--since", "2024-01-10T14:40Z"), ("errors", "--since", "1h")]),
    "compare": (COMPARE, [("compare", SLOW), ("compare", SLOW, THROTTLED), ("compare", LOST), ("compare", SLOW, SLOW)]),
    "similar": (SIMILAR, [("similar", trace) for trace in STORIES]),
    "note": (NOTES, [("note",)]),
    "report": (MARKDOWN, [("report", trace) for trace in STORIES[:3]]),
    "show": (TRACE, [*(("show", trace) for trace in STORIES), ("show", THROTTLED, "--errors"), ("show", LOST, "--linked")]),
    "show a span": ({"version": int, "spans": [{**SPAN, "log": [LOG_LINE]}]}, [("show", THROTTLED, "--span", "CallBedrock")]),
    "show a snippet": ({"version": int, "markdown": [[str]]}, [("show", THROTTLED, "--markdown")]),
    "logs": ({"version": int, "lines": [LOG_LINE]}, [("logs", LOST, "--around", "2s"), ("logs", DIRTY)]),
    "traces": ({"version": int, "traces": [SUMMARY]}, [("traces", "-n", "50"), ("traces", "--since", "2024-01-10T14:40Z")]),
    "search": (PAGE, [("search", "-n", "50"), ("search", "--error"), ("search", "duration > 1s"), ("search", "nope = 1")]),
    "timeline": (TIMELINE, [("timeline", "ws.connection_id = conn-abc123"), ("timeline", "error")]),
    "services": (SERVICES, [("services",)]),
    "status": (STATUS, [("status",)]),
    "rejected": ({"version": int, "rejected": [{"reason": str, "path": str, "line": int}]}, [("status", "--rejected")]),
    "grep": ({"version": int, **LOG_LINE, "hit": bool}, [("grep", "-F", "req-123"), ("grep", "-F", "connection closed")]),
    "grep ids": ({"version": int, "trace_id": str}, [("grep", "-l", "-F", "req-123")]),
    "grep counts": ({"version": int, "path": str, "lines": int}, [("grep", "-c", "-F", "req-123", "--from", CALLS)]),
}


def fits(value: Any, schema: Any, place: str = "") -> None:
    """Fails where a value is not as a schema says: a type, {key: schema}, [schema of each], (schema, …) of which one fits."""
    if isinstance(schema, tuple):
        fits(value, next(one for one in schema if (one is None) == (value is None)), place)
    elif isinstance(schema, dict):
        assert value.keys() == schema.keys(), place
        for key, inner in schema.items():
            fits(value[key], inner, f"{place}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), place
        for number, each in enumerate(value):
            fits(each, schema[0], f"{place}[{number}]")
    elif schema is None:
        assert value is None, place
    else:
        assert isinstance(value, schema) and not (isinstance(value, bool) and schema in (int, MAYBE_INT)), (place, value)


@pytest.mark.parametrize("verb", VERBS)
def test_every_key_is_there_and_of_its_type(verb: str, ask: Call):
    schema, calls = VERBS[verb]
    for args in calls:
        shape = json.loads(ask(*args, "--json").out)
        assert shape["version"] == 1
        fits(shape, schema, verb)


def keys(schema: Any) -> set[str]:
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, (list, tuple)) else ()
    return {*(schema if isinstance(schema, dict) else ()), *(key for each in inner for key in keys(each))}


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_names_every_key(verb: str):
    text = page("json")
    wanted = {re.sub(r"^(start|first|last|time|duration)_?(ns|ms|time)?$", "", key) for key in keys(VERBS[verb][0])} - {""}
    assert {key for key in wanted if not re.search(rf"\b{key}\b", text)} <= {"duration_is_lower_bound"}


@pytest.mark.slow
@pytest.mark.parametrize("args", [calls[0] for _, calls in VERBS.values()], ids=list(VERBS))
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_a_pipe_that_closes_early_is_no_error(args: tuple[str, ...], options: tuple[str, ...], stories: Path):
    with subprocess.Popen(
        [sys.executable, "-m", "logtrace", *args, *options], env={**os.environ, "LOGTRACE_STORE": str(stories)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)
