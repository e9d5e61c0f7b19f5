"""Rules → judges, and the rules that hold for any good log."""

from __future__ import annotations

from logtrace.analysis.rules.calls import CallsJudge
from logtrace.analysis.rules.judge import Judge
from logtrace.analysis.rules.metric import MetricJudge, TotalJudge
from logtrace.analysis.rules.quantified import QuantifiedJudge
from logtrace.query.rules import Calls, Quantified, Rule

DEFAULTS = {
    "some-trace": "traces >= 1",
    "no-rejected-lines": "rejected lines = 0",
    "no-orphans": "orphans = 0",
    "no-cycles": "cycles = 0",
    "one-root": "roots <= 1",
    "no-secrets": "secrets = 0",
}
"""What is asked for where nobody asks for anything: name → rule."""


def judge(rule: Rule) -> Judge:
    """What judges a rule."""
    if isinstance(rule, Quantified):
        return QuantifiedJudge(rule)
    if isinstance(rule, Calls):
        return CallsJudge(rule)
    return TotalJudge(rule) if rule.subject is None else MetricJudge(rule, rule.subject)
