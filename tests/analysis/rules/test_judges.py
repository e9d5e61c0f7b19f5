"""Each kind of rule: what keeps it, what breaks it, and what shows that."""

from __future__ import annotations

import pytest

from logtrace.analysis.rules.judge import Kept, Verdict
from logtrace.analysis.rules.judges import DEFAULTS, judge
from logtrace.analysis.verdicts import MOST, Place
from logtrace.model import Flag, Trace
from logtrace.query.rules import parse_rule
from tests.builders import broken_pipe, log, slow_task, span, throttled, trace


def verdict(text: str, *traces: Trace, kept: Kept = Kept()) -> Verdict:  # noqa: B008 - an immutable value
    judged = judge(parse_rule(text))
    for each in traces:
        judged.see(each)
    return judged.verdict(kept)


def orphan() -> Trace:
    gone = span("(gone)", phantom=True)
    return trace(gone, span("Late", parent=gone, lines=[log("late")]))


@pytest.mark.parametrize(
    "text",
    [
        'every trace has root "POST /api/v1/tasks"',
        "no trace has error",
        "every span where operation = 'CreateTask': db.system = 'postgresql'",
        "some trace embedding.size > 1000",
        'operation("CreateTask").p99 <= 4.8s',
        'operation("CreateTask").count = 1',
        'operation("POST /api/v1/tasks").children = 5',
        'operation("CreateTask").depth = 1',
        'service("edge-mcp").error_rate = 0',
        'operation("POST /api/v1/tasks") calls operation("AuthorizeUser") before operation("CreateTask")',
        'operation("CreateTask") never calls operation("NotifyAgents")',
        *DEFAULTS.values(),
    ],
)
def test_rules_that_hold(text: str):
    assert verdict(text, slow_task()) == Verdict()


@pytest.mark.parametrize(
    ("text", "told", "where"),
    [
        ('every trace has root "GET /"', "root.operation = 'GET /' does not hold", "edge-mcp: POST /api/v1/tasks"),
        ("no span duration > 4s", "holds", "edge-mcp: POST /api/v1/tasks"),
        ("some trace has error", "no trace of 1 is such that", ""),
        ('operation("CreateTask").p99 < 500ms', "p99 is 4.8s; asked for: < 500ms (1 span)", "CreateTask"),
        ('operation("CreateTask").count > 1', "count is 1", "CreateTask"),
        ('operation("POST /api/v1/tasks").children < 5', "children is 5", "POST /api/v1/tasks"),
        ('operation("CreateTask") calls operation("X")', "does not call X", "CreateTask"),
        ('operation("POST /api/v1/tasks") never calls operation("CreateTask")', "calls CreateTask", "POST /api/v1/tasks"),
        (
            'operation("POST /api/v1/tasks") calls operation("CreateTask") before operation("AuthorizeUser")',
            "calls AuthorizeUser before CreateTask", "POST /api/v1/tasks",
        ),
        ("traces = 2", "traces: 1; asked for: = 2", ""),
    ],
)  # fmt: skip
def test_rules_that_do_not_hold(text: str, told: str, where: str):
    found = verdict(text, slow_task())
    assert told in found.findings[0].message and found.findings[0].where == where


def test_errors_orphans_cycles_and_roots_are_counted():
    assert verdict("errors = 0", throttled()).findings[0].message.startswith("errors: 5")
    assert verdict('service("worker").error_rate < 50%', throttled()).findings[0].message.startswith("error_rate is 66.67%")
    found = verdict("orphans = 0", orphan()).findings[0]
    assert found.message.startswith("orphans: 1") and found.lines[0].body == "late"
    assert verdict("cycles = 0", trace(span("A", flags=Flag.SELF_PARENT))).findings
    assert verdict("roots <= 1", trace(span("A"), span("B"))).findings[0].message.startswith("the most roots of a trace: 2")


def test_errors_that_lines_of_level_error_alone_tell_are_told_apart():
    one = trace(span("A", error="no"), span("B", soft="hm"), span("C"))
    told = ", 1 of them told by lines of level error alone; asked for: = 0"
    assert verdict("errors = 0", one).findings[0].message == f"errors: 2{told}"
    assert verdict('service("edge-mcp").error_rate = 0', one).findings[0].message.startswith(f"error_rate is 66.67%{told}.00%")
    assert verdict("spans = 0", one).findings[0].message == "spans: 3; asked for: = 0"


def test_what_a_store_tells_beside_its_traces():
    kept = Kept(2, (Place("a.log", 3),), 1, (Place("a.log", 9),))
    assert verdict("rejected lines = 0", kept=kept).findings[0].places == (Place("a.log", 3),)
    assert verdict("secrets = 0", kept=kept).findings[0].places == (Place("a.log", 9),)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ('operation("Nope").p99 < 5ms', "there is no span of Nope"),
        ('operation("Nope").count = 0', "there is no span of Nope"),
        ('operation("Nope") calls operation("B")', "there is no span of Nope"),
        ("every span where operation = 'Nope': error = false", "no span is such that operation = 'Nope'"),
        ("no trace has nope.key = 1", "no span has an attribute 'nope.key'"),
    ],
)
def test_a_rule_that_matched_nothing_says_so(text: str, remark: str):
    found = verdict(text, broken_pipe())
    assert found.remark == remark and not found.findings


def test_only_the_first_findings_are_kept_and_all_are_counted():
    found = verdict("no span operation = 'A'", *(trace(span("A")) for _ in range(MOST + 5)))
    assert len(found.findings) == MOST and found.many == MOST + 5


def test_a_percentile_is_one_that_was_measured():
    made = trace(*(span("A", ms=number) for number in range(1, 101)))
    assert verdict('operation("A").p99 = 99ms', made) == verdict('operation("A").p50 = 50ms', made) == Verdict()
