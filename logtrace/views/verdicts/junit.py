"""JUnit XML, as GitLab, Jenkins, Azure DevOps, CircleCI and others read it: one test case a rule."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from logtrace.analysis.verdicts import NOTE, Outcome, Report
from logtrace.patterns import lazy_pattern
from logtrace.views.verdicts._told import rest_of, shown_by, told

_FORBIDDEN = lazy_pattern("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, not even escaped."""


def text(report: Report) -> str:
    """The report; a rule with findings is a failure, one of the level note is not."""
    failures = sum(_is_failure(outcome) for outcome in report.outcomes)
    counts = f'tests="{len(report.outcomes)}" failures="{failures}" errors="0"'
    cases = "\n".join(_case(report.tool, outcome) for outcome in report.outcomes)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="logtrace {report.tool}" {counts}>\n'
        f'  <testsuite name={_quoted(report.name)} {counts} skipped="0">\n{cases}\n  </testsuite>\n</testsuites>\n'
    )


def _is_failure(outcome: Outcome) -> bool:
    return bool(outcome.findings) and outcome.level != NOTE


def _case(tool: str, outcome: Outcome) -> str:
    begin = f'    <testcase classname="logtrace.{tool}" name={_quoted(outcome.rule)}'
    lines = [f"{told(finding)} ({shown_by(finding)})" if shown_by(finding) else told(finding) for finding in outcome.findings]
    body = "\n".join([outcome.about, *lines, *filter(None, (rest_of(outcome), outcome.why, outcome.mend, outcome.remark))])
    if _is_failure(outcome):
        message = _quoted(told(outcome.findings[0]))
        return f'{begin}>\n      <failure type="{outcome.level}" message={message}>{_plain(body)}</failure>\n    </testcase>'
    if outcome.findings or outcome.remark:
        return f"{begin}>\n      <system-out>{_plain(body)}</system-out>\n    </testcase>"
    return f"{begin}/>"


def _plain(value: str) -> str:
    return _seen(escape(_FORBIDDEN.sub("\ufffd", value)))


def _quoted(value: str) -> str:
    return _seen(quoteattr(_FORBIDDEN.sub("\ufffd", value)))


def _seen(xml: str) -> str:
    """XML in which characters that a terminal would obey, or a reader could not see, are references to them."""
    return "".join(char if char.isprintable() or char in "\t\n\r" else f"&#{ord(char)};" for char in xml)
