"""Services whose clocks differ from those of their callers."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace
from logtrace.units import NS, counted, format_duration

LEAST_NS = 10 * NS["ms"]


class _ClockSkew:
    def __init__(self) -> None:
        self._most: dict[str, int] = {}
        self._found = Tally()

    def see(self, trace: Trace) -> None:
        for _, span in observed(trace):
            if abs(span.skew_ns) >= LEAST_NS:
                self._found.add(span.service, trace, span)
                self._most[span.service] = max(self._most.get(span.service, 0), abs(span.skew_ns))

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        for service, many in self._found.counts.most_common():
            most = format_duration(self._most[service])
            yield self._found.finding(service, f"its clock and others differ by up to {most}, in {counted(many, 'span')}")


CHECK = Check(
    "clock-skew",
    WARNING,
    "the clocks of services agree",
    "A call seems to begin before it was made, and who waited for whom can only be inferred.",
    "Keep hosts on NTP or chrony; logtrace clocks shows by how much each one differs, and how that is known.",
    _ClockSkew,
)
