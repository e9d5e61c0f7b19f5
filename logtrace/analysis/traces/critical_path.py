"""The critical path: which span decided, moment by moment, how long a request took.

Backwards from the end of the root: the child that ended last is what the parent waited for; before that child began,
the one that ended last before that; where no child ran, the parent itself. As in Jaeger's UI and CRISP (ATC'22),
without recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from logtrace.analysis.traces.intervals import is_async
from logtrace.ids import NO_SPAN
from logtrace.model import Flag, Span, Trace
from logtrace.units import NS

_QUANTA = (NS["s"], NS["ms"], NS["us"])
_ALLOWANCE = 100
"""A hundredth of a child that runs on while the next one runs is imprecision (CRISP): they follow one another."""


class Section(NamedTuple):
    """A stretch of time that one span decided. key: the span's, NO_SPAN where a trace has no span running."""

    key: int
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        """How long it lasts."""
        return self.end_ns - self.start_ns


class CriticalPath(NamedTuple):
    """The sections in time order; they partition the root (or the whole trace) exactly.

    root            the span they partition; None for the whole trace
    lower_bound     the end is not logged: the last section may have gone on
    """

    root: Span | None
    sections: tuple[Section, ...]
    lower_bound: bool

    @property
    def duration_ns(self) -> int:
        """The length of what the sections partition."""
        return self.sections[-1].end_ns - self.sections[0].start_ns if self.sections else 0

    def times(self) -> dict[int, int]:
        """Span key → nanoseconds on the path, the longest first."""
        found: dict[int, int] = {}
        for section in self.sections:
            found[section.key] = found.get(section.key, 0) + section.duration_ns
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))


NO_PATH = CriticalPath(None, (), False)


def critical_path(trace: Trace, *, whole_trace: bool = False) -> CriticalPath:
    """The critical path of the first root that has a start and a duration; NO_PATH where none has.

    whole_trace: of all that ran, from the first start to the last end, also what a root set off and did not wait for; where
    nothing runs the key is NO_SPAN.
    """
    slack_ns = quantum_ns(trace.spans)
    roots = [root for root in trace.roots if _is_timed(root)]
    if whole_trace:
        return _whole(trace, slack_ns)
    if not roots:
        return NO_PATH
    low, high = roots[0].start_ns or 0, roots[0].end_ns or 0
    return CriticalPath(roots[0], tuple(_partition(trace, [(roots[0], low, high)], slack_ns)), _may_go_on(roots[0]))


def _whole(trace: Trace, slack_ns: int) -> CriticalPath:
    """Of the roots, and of the spans that ran while their parent did not."""
    tops = [span for span in trace.spans if _is_timed(span) and _sticks_out(span, trace.by_key.get(span.parent_key))]
    if not tops:
        return NO_PATH
    low = min(top.start_ns or 0 for top in tops)
    high = max(top.end_ns or 0 for top in tops)
    chosen, gaps = _decisive(tops, low, high, high - low)  # nobody waits for them: where two run, both count, in turn
    sections = [*_partition(trace, chosen, slack_ns), *(Section(NO_SPAN, *gap) for gap in gaps)]
    bound = any(_may_go_on(top) for top in tops if top.end_ns == high or top.parent_key == NO_SPAN)
    return CriticalPath(None, tuple(sorted(sections, key=lambda section: section.start_ns)), bound)


def _is_timed(span: Span) -> bool:
    return span.start_ns is not None and (span.duration_ns or 0) > 0


def _sticks_out(span: Span, parent: Span | None) -> bool:
    """Whether a span is a root, or began before its parent or ended after it; both have times, unless it is a root."""
    if parent is None or not _is_timed(parent):
        return True
    return (span.start_ns or 0) < (parent.start_ns or 0) or (span.end_ns or 0) > (parent.end_ns or 0)


def _may_go_on(span: Span) -> bool:
    return span.phantom or bool(span.flags & Flag.LOWER_BOUND)


def quantum_ns(spans: Iterable[Span]) -> int:
    """The step of the clock that a trace was logged with (1 s, 1 ms, 1 µs); 0 where it counts nanoseconds."""
    times = [time for span in spans for time in (span.start_ns, span.duration_ns) if time is not None]
    return next((quantum for quantum in _QUANTA if times and all(time % quantum == 0 for time in times)), 0)


Part = tuple[Span, int, int]


def _partition(trace: Trace, parts: list[Part], slack_ns: int) -> list[Section]:
    found = []
    while parts:
        span, low, high = parts.pop()
        children = [child for child in trace.children.get(span.key, ()) if not is_async(span, child)]
        chosen, own = _decisive(children, low, high, slack_ns)
        found += [Section(span.key, start, end) for start, end in own]
        parts += chosen
    return sorted(found, key=lambda section: section.start_ns)


def _decisive(children: Iterable[Span], low: int, high: int, slack_ns: int) -> tuple[list[Part], list[tuple[int, int]]]:
    """From high back to low: the children that were waited for, each with its stretch, and the stretches in between.

    parent   ────────────────────
    children   ──────             not waited for: it ended while the next ran
                  ───  ───────    waited for
    own      ─────   ──       ───
    """
    return decisive(_clipped(children, low, high), low, high, slack_ns)


Child = TypeVar("Child")


def decisive(
    clipped: Iterable[tuple[int, int, Child]], low: int, high: int, slack_ns: int
) -> tuple[list[tuple[Child, int, int]], list[tuple[int, int]]]:
    """The same of (start, end, child) between two instants, whatever children are; the last to end first."""
    chosen: list[tuple[Child, int, int]] = []
    own: list[tuple[int, int]] = []
    reached = high
    for start, end, child in clipped:
        if start >= reached or end - reached > max(slack_ns, (end - start) // _ALLOWANCE):
            continue
        if end < reached:
            own.append((end, reached))
        chosen.append((child, start, min(end, reached)))
        reached = start
    return chosen, [*own, (low, reached)] if reached > low else own


def _clipped(children: Iterable[Span], low: int, high: int) -> Iterator[tuple[int, int, Span]]:
    """(start, end, child) within two instants, the last to end first; what has no length there is left out."""
    found = []
    for child in children:
        start, end = child.start_ns, child.end_ns
        if start is not None and end is not None and min(end, high) > max(start, low):
            found.append((max(start, low), min(end, high), child))
    yield from sorted(found, key=lambda part: (-part[1], -part[0], part[2].key))
