"""Which operation calls which, and in which order."""

from __future__ import annotations

from logtrace.analysis.rules.judge import Findings, Kept, Verdict, first_line, is_meant, named
from logtrace.analysis.verdicts import Finding
from logtrace.model import Span, Trace
from logtrace.query.rules import Calls, Subject


class CallsJudge:
    """Judges a Calls."""

    def __init__(self, rule: Calls) -> None:
        self._rule = rule
        self._findings = Findings()
        self._looked_at = 0

    def see(self, trace: Trace) -> None:
        for span in trace.spans:
            if is_meant(self._rule.parent, span):
                self._looked_at += 1
                self._judge(trace, span)

    def _judge(self, trace: Trace, span: Span) -> None:
        children = trace.children.get(span.key, [])
        called = [child for child in children if is_meant(self._rule.child, child)]
        if bool(called) != self._rule.wanted:
            shown = called[0] if called else span
            told = f"calls {named(self._rule.child)}" if called else f"does not call {named(self._rule.child)}"
            self._add(trace, shown, told)
        elif called and self._rule.before is not None and (late := _late(children, called, self._rule.before)) is not None:
            self._add(trace, late, f"calls {named(self._rule.before)} before {named(self._rule.child)}")

    def _add(self, trace: Trace, shown: Span, told: str) -> None:
        self._findings.add(Finding(told, named(self._rule.parent), (trace.trace_id,), first_line(trace, shown)))

    def verdict(self, kept: Kept) -> Verdict:  # noqa: ARG002 - a judge's signature
        return self._findings.verdict("" if self._looked_at else f"there is no span of {named(self._rule.parent)}")


def _late(children: list[Span], called: list[Span], before: Subject) -> Span | None:
    """A span that should come later than one of those that were called begins; None where there is none."""
    first = min((child.start_ns for child in called if child.start_ns is not None), default=None)
    if first is None:
        return None
    return next((c for c in children if is_meant(before, c) and c.start_ns is not None and c.start_ns < first), None)
