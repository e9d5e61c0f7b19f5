"""Durations whose unit nothing tells, and times that contradict one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Flag, Trace
from logtrace.units import counted

_ASSUMED, _LOWER_BOUND = int(Flag.UNIT_ASSUMED), int(Flag.LOWER_BOUND)
_CONFLICTS = int(Flag.BOUNDS_CONFLICT | Flag.INVALID_DURATION)
FEWEST = 3
_HUNDREDS = 500
_HABIT = 0.9
"""A wrong unit is wrong in nearly all spans of an operation; some that take long after a short call are asynchronous work."""


class _Units:
    def __init__(self) -> None:
        self._spans: Counter[str] = Counter()
        self._assumed, self._conflicts, self._scaled = Tally(), Tally(), Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            self._spans[name] += 1
            if span.flags & _ASSUMED:
                self._assumed.add(span.service, trace, span)
            if span.flags & _CONFLICTS:
                self._conflicts.add(name, trace, span)
            parent = trace.by_key.get(span.parent_key)
            told = parent.duration_ns if parent is not None and not parent.phantom and not parent.flags & _LOWER_BOUND else 0
            if told and span.kind != "consumer" and (span.duration_ns or 0) > _HUNDREDS * told:
                self._scaled.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        for name, count in self._scaled.counts.most_common():
            if count >= FEWEST and count >= _HABIT * self._spans[name]:
                yield self._scaled.finding(name, f"some hundred times as long as who called it: {counted(count, 'span')}")
        yield from self._conflicts.each(lambda _, n: f"start, end and duration of {counted(n, 'span')} contradict one another")
        for service, count in self._assumed.counts.most_common():
            if count >= FEWEST:
                yield self._assumed.finding(service, f"nothing tells the unit of {count:,} durations; milliseconds are assumed")


CHECK = Check(
    "units",
    WARNING,
    "durations tell their unit",
    "Read in another unit a request takes a thousand times as long, and every statistic is wrong without anybody noticing.",
    'Put the unit into the key (duration_ms) or into the value ("12.5ms"); use one unit in all services.',
    _Units,
)
