"""every, no or some trace (or span)."""

from __future__ import annotations

from collections.abc import Callable

from logtrace.analysis.rules.judge import Findings, Kept, Verdict, first_line, where
from logtrace.analysis.verdicts import Finding
from logtrace.model import Span, Trace, plain_key
from logtrace.query.ast import Kind, Node, leaves
from logtrace.query.predicate import Test, compiled, predicate, root_span, seen
from logtrace.query.rules import Quantified
from logtrace.query.text import text_of


class QuantifiedJudge:
    """Judges a Quantified."""

    def __init__(self, rule: Quantified) -> None:
        self._rule = rule
        self._findings = Findings()
        self._looked_at = self._held = 0
        self._unseen = {
            plain_key(leaf.name): leaf.name for node in _nodes(rule) for leaf in leaves(node) if leaf.kind is Kind.ATTRIBUTE
        }
        self._of_traces = tuple(_test(node) for node in (rule.where, rule.what))
        self._of_spans = tuple(_span_test(node) for node in (rule.where, rule.what))

    def see(self, trace: Trace) -> None:
        if self._unseen:
            for span in trace.spans:
                for key in span.attributes:
                    self._unseen.pop(plain_key(key), None)
        if self._rule.of == "trace":
            is_meant, holds = self._of_traces
            if is_meant(trace):
                self._judge(trace, root_span(trace), holds(trace))
            return
        of_span, what = self._of_spans
        for span in seen(trace):
            if of_span(trace, span):
                self._judge(trace, span, what(trace, span))

    def _judge(self, trace: Trace, span: Span | None, holds: bool) -> None:
        self._looked_at += 1
        self._held += holds
        if (self._rule.quantifier == "every") != holds and self._rule.quantifier != "some":
            says = "holds" if holds else "does not hold"
            self._findings.add(
                Finding(
                    f"{text_of(self._rule.what)} {says}", where(span) if span else "", (trace.trace_id,), first_line(trace, span)
                )
            )

    def verdict(self, kept: Kept) -> Verdict:  # noqa: ARG002 - a judge's signature
        if self._rule.quantifier == "some" and not self._held:
            self._findings.add(Finding(f"no {self._rule.of} of {self._looked_at:,} is such that {text_of(self._rule.what)}"))
        return self._findings.verdict(self._remark())

    def _remark(self) -> str:
        if not self._looked_at and self._rule.where is not None:
            return f"no {self._rule.of} is such that {text_of(self._rule.where)}"
        return f"no span has an attribute {next(iter(self._unseen.values()))!r}" if self._unseen else ""


def _nodes(rule: Quantified) -> list[Node]:
    return [node for node in (rule.where, rule.what) if node is not None]


def _test(node: Node | None) -> Callable[[Trace], bool]:
    return predicate(node) if node is not None else lambda _trace: True


def _span_test(node: Node | None) -> Test:
    return compiled(node) if node is not None else lambda _trace, _span: True
