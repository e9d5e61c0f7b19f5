"""Spans that never end: lines that were lost, cut off or sampled away."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import NOTE, Finding
from logtrace.model import Flag, Trace
from logtrace.units import counted

MOST = 0.05


_OPEN = int(Flag.OPEN)


class _PartialTraces:
    def __init__(self) -> None:
        self._spans = 0
        self._open = Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            self._spans += 1
            if span.flags & _OPEN:
                self._open.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        if self._open.counts.total() > MOST * self._spans:
            yield from self._open.each(lambda _, count: f"{counted(count, 'span')} with a beginning and no end")


CHECK = Check(
    "partial-traces",
    NOTE,
    "spans that begin end",
    "Where lines are missing, what did not happen can't be told from what was not logged.",
    "Log the end in any case (defer span.End(), finally), and keep all lines of a request: sample by trace id, not by line.",
    _PartialTraces,
)
