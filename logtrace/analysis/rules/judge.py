"""What judges a rule, and what all of them share."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from logtrace.analysis.verdicts import MOST, Finding, Place
from logtrace.model import LineRef, Span, Trace
from logtrace.query.rules import Subject


class Kept(NamedTuple):
    """What a store tells beside its traces: lines that gave no record, and lines that hold (redacted) secrets; places: of the
    first few of each."""

    rejected: int = 0
    rejected_places: tuple[Place, ...] = ()
    secrets: int = 0
    secret_places: tuple[Place, ...] = ()


class Verdict(NamedTuple):
    """The findings (the first MOST), how many there are, and a remark where there was nothing to judge."""

    findings: tuple[Finding, ...] = ()
    many: int = 0
    remark: str = ""


class Judge(Protocol):
    """Judges one rule: sees all traces, then tells."""

    def see(self, trace: Trace) -> None:
        """Takes a trace into account."""

    def verdict(self, kept: Kept) -> Verdict:
        """What came of it."""


class Findings:
    """The first findings, and how many there were."""

    def __init__(self) -> None:
        self.first: list[Finding] = []
        self.count = 0

    def add(self, finding: Finding) -> None:
        """Takes one."""
        self.count += 1
        if len(self.first) < MOST:
            self.first.append(finding)

    def verdict(self, remark: str = "") -> Verdict:
        """All of them."""
        return Verdict(tuple(self.first), self.count, remark)


def is_meant(subject: Subject, span: Span) -> bool:
    """Whether a span is one of those."""
    if span.phantom or (subject.operation and span.name != subject.operation):
        return False
    return not subject.service or span.service == subject.service


def named(subject: Subject) -> str:
    """`worker: ProcessTask`: what is meant, in words."""
    return ": ".join(part for part in (subject.service, subject.operation) if part)


def where(span: Span) -> str:
    """`worker: ProcessTask`: the service and operation of a span."""
    return f"{span.service}: {span.name}" if span.service and span.name else span.service or span.name


def first_line(trace: Trace, span: Span | None = None) -> tuple[LineRef, ...]:
    """A log line that shows a span, or a trace; () where none is kept of it."""
    if span is not None and span.lines:
        return (span.lines[0],)
    return next(((found.lines[0],) for found in trace.spans if found.lines), trace.lines[:1])
