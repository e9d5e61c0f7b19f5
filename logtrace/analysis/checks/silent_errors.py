"""Spans that failed and say nothing of it: no type, no message, no status by which one failure is known from another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import ErrorLevel, Span, Trace
from logtrace.patterns import lazy_pattern
from logtrace.units import counted

_ERROR_SEVERITY = 17
_CODE = lazy_pattern(r"(?:code|status|errno|reason)$", re.IGNORECASE)


class _SilentErrors:
    def __init__(self) -> None:
        self._silent = Tally()

    def see(self, trace: Trace) -> None:
        passed_on = {span.parent_key for span in trace.spans if span.error == ErrorLevel.HARD}
        for name, span in observed(trace):
            if span.error == ErrorLevel.HARD and span.key not in passed_on and not _says_what(span):
                self._silent.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._silent.each(lambda _, count: f"nothing says how {counted(count, 'span')} failed")


def _says_what(span: Span) -> bool:
    """Whether a failed span has a type, a message, a code, or a line of level error."""
    if span.error_type or span.error_message or any(_CODE.search(key) for key in span.attributes):
        return True
    return any(line.severity >= _ERROR_SEVERITY and line.body for line in span.lines)


CHECK = Check(
    "silent-errors",
    WARNING,
    "spans that fail say how",
    "Whether a failure is a known one, and which others are like it, is told by its type and message: without them every"
    " incident begins at nothing.",
    'Log the failure with the span: error.type ("ThrottlingException") and error.message, the same words for the same trouble;'
    " what differs each time (ids, sizes) in attributes. logtrace errors then counts kinds, logtrace note keeps what is known.",
    _SilentErrors,
)
