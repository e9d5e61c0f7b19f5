"""Operations whose spans tell nothing but that they ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Trace, plain_key
from logtrace.units import counted

SHARE = 0.5
"""Where so many spans are bare, it is a habit; a few have nothing to tell."""

_WORDS = (
    "host hostname level logger caller pid thread threadname version event phase source file line func function env "
    "environment pod namespace container node region stream timestamp time ts msg message status traceflags sampled"
)
_COMMON = frozenset(_WORDS.split())
"""Keys (plain) that say where a line is from, not what was done."""


class _BareSpans:
    def __init__(self) -> None:
        self._spans: Counter[str] = Counter()
        self._bare = Tally()

    def see(self, trace: Trace) -> None:
        for name, span in observed(trace):
            self._spans[name] += 1
            if all(plain_key(key) in _COMMON for key in span.attributes):
                self._bare.add(name, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        if self._bare.counts.total() <= SHARE * self._spans.total():
            return
        for name, count in self._bare.counts.most_common():
            if count == self._spans[name]:
                yield self._bare.finding(name, f"none of its {counted(count, 'span')} has an attribute")


CHECK = Check(
    "bare-spans",
    WARNING,
    "spans tell what they worked on",
    "Without attributes slow and fast requests look the same: nothing says what the slow ones have in common.",
    "Add what was worked on (resource.type, resource.id), what was done (operation.type, retry.attempt), how much\n"
    "(data.size_bytes, item.count, cost.estimated_usd), and with which version (version.api, version.model).",
    _BareSpans,
)
