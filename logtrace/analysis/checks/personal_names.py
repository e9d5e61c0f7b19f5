"""Span names that hold data of people."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept, named
from logtrace.analysis.traces.fingerprints import masked
from logtrace.analysis.verdicts import ERROR, Finding
from logtrace.model import Trace
from logtrace.patterns import lazy_pattern
from logtrace.query.rules import Subject
from logtrace.units import counted

_MAIL = lazy_pattern(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = lazy_pattern(r"(?<!\w)\+\d[\d ()/-]{7,}\d(?!\w)")
_SECRET = lazy_pattern(r"\[(?:REDACTED:|HASH#)[^\]]*\]")


class _PersonalNames:
    def __init__(self) -> None:
        self._found = Tally()

    def see(self, trace: Trace) -> None:
        for _, span in observed(trace):
            if _MAIL.search(span.name) or _PHONE.search(span.name) or _SECRET.search(span.name):
                shown = _SECRET.sub("<secret>", _PHONE.sub("<phone>", masked(span.name)))
                self._found.add(named(Subject(shown, span.service)), trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        yield from self._found.each(
            lambda _, count: f"an e-mail address, a phone number or a secret in the name of {counted(count, 'span')}"
        )


CHECK = Check(
    "personal-names",
    ERROR,
    "span names hold no data of people",
    "Names go into every list, metric and dashboard, and no retention rule finds them there.",
    'Name the operation, and put an id (not the address) into an attribute: tracer.Start(ctx, "user.lookup") with user.id.',
    _PersonalNames,
)
