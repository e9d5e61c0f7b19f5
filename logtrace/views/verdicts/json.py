"""The documented JSON shape of check and lint, version 1."""

from __future__ import annotations

from typing import Any

from logtrace.analysis.verdicts import Finding, Outcome, Report
from logtrace.views.json.text import json_text

VERSION = 1


def shape(report: Report) -> dict[str, Any]:
    """Outcomes in the order of the rules; findings are the first ten of each, `count` is of all."""
    return {
        "version": VERSION,
        "tool": report.tool,
        "source": report.name,
        "traces": report.traces,
        "spans": report.spans,
        "failed": report.failed,
        "notes": list(report.notes),
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule,
        "about": outcome.about,
        "level": outcome.level,
        "count": outcome.count,
        "remark": outcome.remark,
        "why": outcome.why,
        "mend": outcome.mend,
        "findings": [_finding(finding) for finding in outcome.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "message": finding.message,
        "where": finding.where,
        "traces": list(finding.traces),
        "places": [place._asdict() for place in finding.places],
    }


def text(report: Report) -> str:
    """The shape as text."""
    return json_text(shape(report), pretty=True) + "\n"
