"""Workflow commands of GitHub Actions: each finding becomes an annotation of its line."""

from __future__ import annotations

from logtrace.analysis.verdicts import NOTE, Report
from logtrace.views.elements.text import clean
from logtrace.views.verdicts._told import place_of, rest_of, shown_by, told


def text(report: Report) -> str:
    """A command a finding. What the lines say can't end a command, nor begin one."""
    lines = []
    for outcome in report.outcomes:
        command = "notice" if outcome.level == NOTE else outcome.level
        for finding in outcome.findings:
            place = place_of(finding)
            at = f"file={_property(place.path)},line={place.line}," if place else ""
            body = "\n".join(filter(None, (told(finding), shown_by(finding), outcome.mend)))
            lines.append(f"::{command} {at}title={_property(f'logtrace: {outcome.rule}')}::{_data(body)}")
        if rest := rest_of(outcome):
            lines.append(f"::{command} title={_property(f'logtrace: {outcome.rule}')}::{_data(rest)}")
        if outcome.remark:
            lines.append(f"::warning title={_property(f'logtrace: {outcome.rule}')}::{_data(outcome.remark)}")
    return "".join(f"{line}\n" for line in lines)


def _data(value: str) -> str:
    shown = "\n".join(clean(line) for line in value.split("\n"))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
