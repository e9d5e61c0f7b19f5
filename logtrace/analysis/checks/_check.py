"""What a check is: words, and something that watches traces go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from logtrace.analysis.rules.judge import Kept, first_line, where
from logtrace.analysis.verdicts import Finding
from logtrace.model import LineRef, Span, Trace

EXAMPLES = 3


class Watcher(Protocol):
    """Sees all traces, then tells what is wrong."""

    def see(self, trace: Trace) -> None:
        """Takes a trace into account."""

    def findings(self, kept: Kept) -> Iterable[Finding]:
        """What is wrong, the worst first."""


class Check(NamedTuple):
    """A check of `logtrace lint`.

    about       what a good log is like; why: what goes wrong where it is not; mend: what to do, with an example
    watch       makes what watches
    """

    name: str
    level: str
    about: str
    why: str
    mend: str
    watch: Callable[[], Watcher]


class Tally:
    """Counts by what they are about, with the first few examples of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._traces: dict[str, list[str]] = {}
        self._lines: dict[str, list[LineRef]] = {}

    def add(self, about: str, trace: Trace, span: Span | None = None) -> None:
        """Takes one more."""
        self.counts[about] += 1
        traces = self._traces.setdefault(about, [])
        if len(traces) < EXAMPLES and trace.trace_id not in traces:
            traces.append(trace.trace_id)
            self._lines.setdefault(about, []).extend(first_line(trace, span))

    def finding(self, about: str, message: str, place: str | None = None) -> Finding:
        """A finding with the examples of what it is about."""
        shown = tuple(self._traces.get(about, ())), tuple(self._lines.get(about, ()))
        return Finding(message, about if place is None else place, *shown)

    def each(self, told: Callable[[str, int], str]) -> Iterator[Finding]:
        """A finding for each, the most frequent first."""
        for about, count in self.counts.most_common():
            yield self.finding(about, told(about, count))


def observed(trace: Trace) -> Iterator[tuple[str, Span]]:
    """(`service: operation`, span) of the spans that lines tell of."""
    return ((where(span), span) for span in trace.spans if not span.phantom)
