"""Markdown, for a merge request or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.verdicts import Outcome, Report
from logtrace.units import counted
from logtrace.views.elements.markdown import code, defused
from logtrace.views.elements.text import clean
from logtrace.views.verdicts._told import rest_of, shown_by, told

_TEXT = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#"})


def text(report: Report) -> str:
    """How many rules hold, what matched nothing, then each rule that does not hold."""
    bad = [outcome for outcome in report.outcomes if outcome.findings]
    good = len(report.outcomes) - len(bad)
    head = f"## logtrace {report.tool}: {len(bad):,} of {len(report.outcomes):,} rules have findings"
    about = f"{counted(report.traces, 'trace')}, {counted(report.spans, 'span')}; {good:,} rules hold."
    odd = [f"- {code(outcome.rule)}: {_plain(outcome.remark)}" for outcome in report.outcomes if outcome.remark]
    notes = ["", *odd] if odd else []
    return "\n".join([head, "", about, *notes, *(line for outcome in bad for line in _section(outcome))]) + "\n"


def _section(outcome: Outcome) -> Iterator[str]:
    yield from ("", f"### {code(outcome.rule)} ({outcome.level})", "", _plain(outcome.about), "")
    for finding in outcome.findings:
        shown = shown_by(finding)
        yield f"- {_plain(told(finding))}" + (f" ({code(clean(shown))})" if shown else "")
    if rest := rest_of(outcome):
        yield f"- {rest}"
    for more in filter(None, (outcome.why, outcome.mend)):
        yield from ("", _plain(more))


def _plain(value: str) -> str:
    return defused(clean(value)).translate(_TEXT)
