"""Spans whose parent was never logged."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace
from logtrace.units import counted

MOST = 0.05


class _Orphans:
    def __init__(self) -> None:
        self._spans = 0
        self._orphans = Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            self._spans += 1
            parent = trace.by_key.get(span.parent_key)
            if parent is not None and parent.phantom:
                self._orphans.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        orphans = self._orphans.counts.total()
        if orphans > MOST * self._spans:
            share = f"{orphans / self._spans:.0%} of {counted(self._spans, 'span')} named a parent that is not there"
            yield from self._orphans.each(lambda _, count: f"the parent of {counted(count, 'span')} was never logged ({share})")


CHECK = Check(
    "orphans",
    WARNING,
    "the parents that spans name are there",
    "A tree with holes hides who called, and how long it really took.",
    "Log the span that calls as well, and collect the logs of all services: the missing parent may be in one that is not here.",
    _Orphans,
)
