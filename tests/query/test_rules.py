"""Rules are read as they are meant; what is none says where and why."""

from __future__ import annotations

import pytest

from logtrace.errors import UsageError
from logtrace.query.grammar import parse
from logtrace.query.rules import Calls, Metric, Quantified, Subject, parse_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('every trace has root "POST /tasks"', Quantified("every", "trace", None, parse("root.operation = 'POST /tasks'"))),
        ("no trace has error", Quantified("no", "trace", None, parse("error"))),
        (
            "every span where kind = 'client' and operation != 'a:b': duration < 2s",
            Quantified("every", "span", parse("kind = 'client' and operation != 'a:b'"), parse("duration < 2s")),
        ),
        ("every span: duration < 2s", Quantified("every", "span", None, parse("duration < 2s"))),
        ("some trace task.type = 'embedding'", Quantified("some", "trace", None, parse("task.type = 'embedding'"))),
        ('operation("CreateTask").p99 < 500ms', Metric(Subject("CreateTask"), "p99", "<", 500_000_000)),
        ('operation("A \\"b\\"", "edge").count == 3', Metric(Subject('A "b"', "edge"), "count", "=", 3)),
        ('service("worker").error_rate <= 1%', Metric(Subject(service="worker"), "error_rate", "<=", 0.01)),
        ('operation("A").mean < 5', Metric(Subject("A"), "mean", "<", 5_000_000)),
        ("rejected  lines = 0", Metric(None, "rejected lines", "=", 0)),
        ('operation("A") calls operation("B")', Calls(Subject("A"), Subject("B"), True, None)),
        ("operation('A') never calls operation('B')", Calls(Subject("A"), Subject("B"), False, None)),
        ('operation("A") calls operation("B") before operation("C")', Calls(Subject("A"), Subject("B"), True, Subject("C"))),
    ],
)
def test_what_rules_mean(text: str, rule: object):
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("latency < 5ms", "a rule begins with", 0),
        ('operation("A").p42 < 5ms', "nothing called 'p42'", 15),
        ('operation("A").p99 < 5kb', "its unit is one of", 21),
        ('operation("A").count < 5ms', "it has no unit", 23),
        ('operation("A").error_rate < 5', "not above 1", 28),
        ('operation("A").p99 < 0', "never below 0", 21),
        ("orphans < 0", "never below 0", 10),
        ("orphans = many", "compared with a number", 10),
        ("every span where kind = 'a' duration < 2s", "a colon parts", 41),
        ("every trace durations <", "expected", 23),
    ],
)
def test_what_is_no_rule_is_told_with_its_place(text: str, message: str, column: int):
    with pytest.raises(UsageError) as caught:
        parse_rule(text)
    assert message in caught.value.message
    shown, caret = caught.value.hint.split("\n")
    assert caret.index("^") == column and shown == text
