"""Rules: sentences about all traces that hold or do not, in terms of expressions.

every trace has root "POST /api/v1/tasks"            every span where kind = 'client': duration < 2s
every span: duration < 1m                            every span has duration < 1m
no trace where root.operation = 'Health': error      some trace has task.type = 'embedding_generation'
operation("CreateTask").p99 < 500ms                  service("worker").error_rate <= 1%
operation("POST /tasks") calls operation("AuthorizeUser") before operation("CreateTask")
operation("Health") never calls operation("CreateTask")
orphans = 0      rejected lines = 0      traces >= 1
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from logtrace.errors import UsageError
from logtrace.patterns import lazy_pattern
from logtrace.query.ast import Kind, Leaf, Node, Scope
from logtrace.query.grammar import parse
from logtrace.query.point import pointed
from logtrace.units import NS

TOTALS = ("traces", "spans", "errors", "orphans", "cycles", "roots", "rejected lines", "secrets")
"""What is counted over everything; roots is the most that a trace has."""

DURATIONS = ("p50", "p90", "p95", "p99", "max", "min", "mean")
COUNTS = ("count", "errors", "depth", "children")
SHARES = ("error_rate",)
METRICS = (*COUNTS, *SHARES, *DURATIONS)
"""What is measured of the spans of an operation or a service; depth and children are the most of any of them."""


class Subject(NamedTuple):
    """The spans that are meant: by operation, by service, or both; "" for any."""

    operation: str = ""
    service: str = ""


class Quantified(NamedTuple):
    """every, no or some trace (or span) that an expression holds for (None: all) is such that another holds."""

    quantifier: str
    of: str
    where: Node | None
    what: Node


class Metric(NamedTuple):
    """A number about spans, or about everything (subject None), compared with another: in nanoseconds, or a share of 1."""

    subject: Subject | None
    name: str
    op: str
    value: float


class Calls(NamedTuple):
    """Each span of the one operation calls another (before a third, where that is there), or never does."""

    parent: Subject
    child: Subject
    wanted: bool
    before: Subject | None


Rule = Quantified | Metric | Calls

_TEXT = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
_OPERATION = rf"operation\(\s*({_TEXT})\s*(?:,\s*({_TEXT})\s*)?\)"
_SIGNED = r"\s*(==|=|!=|<=|>=|<|>)\s*(.+?)\s*$"
_QUANTIFIED = lazy_pattern(r"\s*(every|no|some)\s+(trace|span)s?\b\s*")
_ROOT = lazy_pattern(rf"has\s+root\s+({_TEXT})\s*$")
_HAS = lazy_pattern(r"has\s+(?!\s*(?:[.=<>!~]|in\b|exists\b))")
_METRIC = lazy_pattern(rf"\s*(?:{_OPERATION}|service\(\s*({_TEXT})\s*\))\s*\.\s*(\w+){_SIGNED}")
_CALLS = lazy_pattern(rf"\s*{_OPERATION}\s+(never\s+)?calls?\s+{_OPERATION}(?:\s+before\s+{_OPERATION})?\s*$")
_TOTAL = lazy_pattern(rf"\s*({'|'.join(name.replace(' ', ' +') for name in TOTALS)}){_SIGNED}")
_VALUE = lazy_pattern(r"(-?\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h|%|kb|mb|gb)?")


def parse_rule(text: str) -> Rule:
    """The rule of a sentence. Raises UsageError, with a caret under the place, where it is none, or can never hold."""
    if found := _QUANTIFIED.match(text):
        return _quantified(text, found)
    if found := _CALLS.match(text):
        before = _subject(found[6], found[7]) if found[6] else None
        return Calls(_subject(found[1], found[2]), _subject(found[4], found[5]), not found[3], before)
    if found := _METRIC.match(text):
        subject = Subject(service=_plain(found[3])) if found[3] else _subject(found[1], found[2])
        if found[4] not in METRICS:
            raise pointed(f"nothing called {found[4]!r} is measured; known: {', '.join(METRICS)}", text, found.start(4))
        return Metric(subject, found[4], _sign(found[5]), _value(text, found[4], found[5], found[6], found.start(6)))
    if found := _TOTAL.match(text):
        name = " ".join(found[1].split())
        return Metric(None, name, _sign(found[2]), _value(text, name, found[2], found[3], found.start(3)))
    begins = 'every, no or some (trace or span), operation("…"), service("…"), or one of ' + ", ".join(TOTALS)
    raise pointed(f"a rule begins with {begins}", text, len(text) - len(text.lstrip()))


def _quantified(text: str, found: re.Match[str]) -> Quantified:
    at, where = found.end(), None
    if text[at:].startswith("where"):
        colon = _colon(text, at)
        where, at = _expression(text, at + len("where"), colon), colon + 1
    elif text[at : at + 1] == ":":
        at += 1
    at += len(text[at:]) - len(text[at:].lstrip())
    if root := _ROOT.match(text, at):
        return Quantified(found[1], found[2], where, Leaf(Scope.ROOT, "operation", Kind.TEXT, "=", (_plain(root[1]),)))
    if has := _HAS.match(text, at):
        at = has.end()
    return Quantified(found[1], found[2], where, _expression(text, at, len(text)))


def _colon(text: str, at: int) -> int:
    """Where the colon behind `where …` is, outside quotes."""
    for found in re.finditer(rf"{_TEXT}|:", text[at:]):
        if found[0] == ":":
            return at + found.start()
    raise pointed("a colon parts which ones are meant from what holds for them: every span where … : …", text, len(text))


def _expression(text: str, start: int, end: int) -> Node:
    """The expression between two places; its errors point into the whole text."""
    try:
        return parse(" " * start + text[start:end])
    except UsageError as error:
        pointed_at = error.hint.replace(" " * start, text[:start], 1) if start else error.hint
        raise UsageError(error.message, error.hint.__class__(pointed_at)) from error


def _subject(operation: str, service: str | None) -> Subject:
    return Subject(_plain(operation), _plain(service) if service else "")


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _sign(text: str) -> str:
    return "=" if text == "==" else text


def _value(text: str, name: str, op: str, value: str, at: int) -> float:
    def refuse(why: str) -> NoReturn:
        raise pointed(why, text, at)

    found = _VALUE.fullmatch(value)
    if found is None:
        refuse(f"{name} is compared with a number" + (" such as 500ms" if name in DURATIONS else ""))
    number, unit = float(found[1]), (found[2] or "").replace("µ", "u")
    if name in DURATIONS:
        if unit and unit not in NS:
            refuse(f"{name} is a duration: its unit is one of ns, us, ms, s, m, h")
        number *= NS[unit or "ms"]
    elif name in SHARES:
        if unit not in ("", "%"):
            refuse(f"{name} is a share: write 1% or 0.01")
        number /= 100 if unit == "%" else 1
        if number > 1:
            refuse("a share is not above 1; write 5% for five in a hundred")
    elif unit:
        refuse(f"{name} is a count: it has no unit")
    if number < 0 or (number == 0 and op == "<"):
        refuse(f"{name} is never below 0, so this can't hold")
    return number
