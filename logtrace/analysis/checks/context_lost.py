"""Work that begins a trace of its own each time another operation ran: the context was not passed on.

trace 1     POST /tasks ──────
trace 2             ProcessTask ────────      each time, soon after, and nothing joins the two
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from logtrace.analysis.checks._check import Check, Tally
from logtrace.analysis.rules.judge import Kept, where
from logtrace.analysis.verdicts import ERROR, Finding
from logtrace.ids import NO_SPAN
from logtrace.model import Trace
from logtrace.query.predicate import root_span
from logtrace.units import NS, counted

SOON_NS = 200 * NS["ms"]
FEWEST = 3
SHARE = 0.9
MOST_BY_CHANCE = 0.25
"""Where a caller runs so often that a random time is this likely to be soon after it, following it means nothing."""


class _ContextLost:
    def __init__(self) -> None:
        self._starts: dict[str, list[int]] = defaultdict(list)  # of roots without links
        self._runs: dict[str, list[int]] = defaultdict(list)  # of all spans of roots with callers
        self._examples = Tally()
        self._linked: set[str] = set()
        self._first, self._last = 1 << 62, 0

    def see(self, trace: Trace) -> None:
        root = root_span(trace)
        if root is None or root.start_ns is None or root.parent_key != NO_SPAN:
            return
        name = where(root)
        self._first, self._last = min(self._first, root.start_ns), max(self._last, root.start_ns)
        if trace.links or any(span.links for span in trace.spans):
            self._linked.add(name)
        self._starts[name].append(root.start_ns)
        self._examples.add(name, trace, root)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        starts = {name: sorted(found) for name, found in self._starts.items()}
        for name, times in starts.items():
            if len(times) < FEWEST or name in self._linked:
                continue
            caller = next((other for other, theirs in starts.items() if other != name and self._follows(times, theirs)), None)
            if caller is not None:
                told = f"each of its {counted(len(times), 'trace')} begins soon after {caller}, and nothing joins them"
                yield self._examples.finding(name, told)

    def _follows(self, times: list[int], callers: list[int]) -> bool:
        """Whether nearly each time comes soon after one of a caller, and hardly ever by chance."""
        if not 0.8 <= len(callers) / len(times) <= 1.25:
            return False
        if len(callers) * SOON_NS > MOST_BY_CHANCE * max(1, self._last - self._first):
            return False
        soon = sum(_since(callers, time_ns) <= SOON_NS for time_ns in times)
        return soon >= SHARE * len(times)


def _since(callers: list[int], time_ns: int) -> int:
    """How long before a time the last call was."""
    at = bisect_right(callers, time_ns)
    return time_ns - callers[at - 1] if at else 1 << 62


CHECK = Check(
    "context-lost",
    ERROR,
    "work that a request starts belongs to its trace, or links to it",
    "A request that ends in a queue or a goroutine looks fast and well, and the work that failed has no cause.",
    "Hand the context to what runs later: start its span with the request's context, or with a link to it\n"
    '(tracer.Start(ctx, "…", trace.WithLinks(trace.LinkFromContext(requestCtx)))), and log its trace_id or links.',
    _ContextLost,
)
