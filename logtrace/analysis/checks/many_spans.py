"""A span for each turn of a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally
from logtrace.analysis.rules.judge import Kept, where
from logtrace.analysis.traces.fingerprints import masked
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace
from logtrace.units import counted

MOST_ALIKE = 20
MOST_SPANS = 1_000


class _ManySpans:
    def __init__(self) -> None:
        self._loops = Tally()
        self._most: dict[str, tuple[int, str]] = {}
        self._large = Tally()

    def see(self, trace: Trace) -> None:
        for parent in trace.spans:
            children = trace.children.get(parent.key, ())
            if len(children) > MOST_ALIKE:
                (name, count), *_ = Counter(masked(child.name) for child in children).most_common(1)
                if count > MOST_ALIKE:
                    self._loops.add(where(parent), trace, next(c for c in children if masked(c.name) == name))
                    self._most[where(parent)] = max(self._most.get(where(parent), (0, "")), (count, name))
        if len(trace.spans) > MOST_SPANS:
            self._large.add("", trace)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        for about, requests in self._loops.counts.most_common():
            count, name = self._most[about]
            yield self._loops.finding(
                about, f"up to {counted(count, 'call')} of {name} under one span, in {counted(requests, 'span')}"
            )
        yield from self._large.each(lambda _, count: f"more than {MOST_SPANS:,} spans in {counted(count, 'trace')}")


CHECK = Check(
    "many-spans",
    WARNING,
    "a loop is one span",
    "Hundreds of like spans cost more than they tell, hide the rest of the tree, and often are one query a row (N+1).",
    "Give the loop one span with the number of turns (item.count), trace the first few turns, and fetch rows in one query.",
    _ManySpans,
)
