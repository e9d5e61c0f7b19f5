"""What named parents get wrong, put right: a span that is its own parent, cycles, parents that were never seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from logtrace.ids import NO_SPAN
from logtrace.model import UNKNOWN, Evidence, Flag
from logtrace.reconstruct.spans.bounds import LAST_LINE
from logtrace.reconstruct.spans.drafts import EXPLICIT, Draft

if TYPE_CHECKING:
    import networkx

HULL = Evidence("children", 40)


def cut_self_parents(spans: list[Draft]) -> None:
    """A span that names itself as parent names none."""
    for span in spans:
        if span.parent == span.key:
            span.parent, span.evidence = NO_SPAN, UNKNOWN
            span.flags |= Flag.SELF_PARENT


def cut_cycles(spans: list[Draft], graph: networkx.DiGraph) -> None:
    """Each cycle of named parents loses one edge: the one that times contradict most, then that of the smallest id.

    graph: the edges parent → child; it loses the same edges. As each span names one parent, a strongly connected
    component is one simple cycle.
    """
    import networkx

    by_key = {span.key: span for span in spans}
    cycles = [part for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    for cycle in cycles:
        members = [by_key[key] for key in cycle]
        child = max(members, key=lambda span: (_violation(by_key[span.parent], span), -span.key))
        graph.remove_edge(child.parent, child.key)
        child.parent, child.evidence = NO_SPAN, UNKNOWN
        child.flags |= Flag.CYCLE_CUT


def _violation(parent: Draft, child: Draft) -> int:
    """How far a child starts before its parent, in ns."""
    if parent.start_ns is None or child.start_ns is None:
        return 0
    return max(0, parent.start_ns - child.start_ns)


def add_phantoms(spans: list[Draft]) -> list[Draft]:
    """The spans and one phantom for each parent that is named but was never seen, as long as its children's hull."""
    known = {span.key for span in spans}
    orphans: dict[int, list[Draft]] = {}
    for span in spans:
        if span.parent != NO_SPAN and span.parent not in known:
            orphans.setdefault(span.parent, []).append(span)
    return spans + [_phantom(key, children) for key, children in orphans.items()]


def _phantom(key: int, children: list[Draft]) -> Draft:
    phantom = Draft(key, None)
    phantom.start_ns, end_ns = hull(children)
    if phantom.start_ns is not None and end_ns is not None:
        phantom.duration_ns = end_ns - phantom.start_ns
        phantom.start = phantom.end = HULL
        phantom.flags = int(Flag.LOWER_BOUND)
    return phantom


def hull(spans: Iterable[Draft], skew_ns: int = 0) -> tuple[int | None, int | None]:
    """First start and last end of spans, by the clock that needs this correction; (None, None) where none has a time."""
    starts = [s.true_ns - skew_ns for s in spans if s.true_ns is not None]
    ends = [s.true_ns - skew_ns + (s.duration_ns or 0) for s in spans if s.true_ns is not None]
    return min(starts, default=None), max(ends, default=None)


def widen(spans: list[Draft], graph: networkx.DiGraph) -> None:
    """Bounds that were inferred from lines grow to cover the children; observed bounds never move.

    graph: the final tree, parent → child.
    """
    import networkx

    by_key = {span.key: span for span in spans}
    for key in reversed(list(networkx.topological_sort(graph))):
        span = by_key[key]
        children = [by_key[child] for child in graph.successors(key)]
        if children and not span.phantom:
            _cover(span, *hull(children, span.skew_ns))


def _cover(span: Draft, first: int | None, last: int | None) -> None:
    if first is None or last is None:
        return
    grown = covering(span.start_ns, span.duration_ns, span.start.observed, span.end.observed, first, last)
    span.start_ns, span.duration_ns = grown.start_ns, grown.duration_ns
    span.start = HULL if grown.start_moved else span.start
    span.end = HULL if grown.end_moved else LAST_LINE if grown.line_ends else span.end
    span.flags |= Flag.LOWER_BOUND if grown.end_moved or grown.line_ends else 0


class Grown(NamedTuple):
    """Bounds that cover the children, and which of both were moved; line_ends: where the start was the span's only line, that
    is the last that is known of it."""

    start_ns: int | None
    duration_ns: int | None
    start_moved: bool
    end_moved: bool
    line_ends: bool = False


def covering(
    start_ns: int | None, duration_ns: int | None, start_known: bool, end_known: bool, first: int, last: int
) -> Grown:  # fmt: skip
    """The bounds of a span whose children run from first to last. Known bounds stay where they are."""
    end_ns = start_ns if start_ns is None or duration_ns is None else start_ns + duration_ns
    start_moved = not start_known and (start_ns is None or first < start_ns)
    if start_moved:
        start_ns = first
    if start_ns is None:
        return Grown(None, duration_ns, False, False)
    if not end_known and (end_ns is None or last > end_ns):
        return Grown(start_ns, last - start_ns, start_moved, True)
    if not start_moved or end_ns is None or (duration_ns is None and end_known):
        return Grown(start_ns, duration_ns, start_moved, False)
    return Grown(start_ns, end_ns - start_ns, True, False, duration_ns is None)


def mark_outside(spans: list[Draft]) -> None:
    """Flags children that start before their parent or after its end, by the common clock: asynchronous work, or clocks
    that differ in ways that no correction is known for."""
    by_key = {span.key: span for span in spans}
    for span in spans:
        parent = by_key.get(span.parent)
        if parent is None or span.true_ns is None or parent.true_ns is None or span.evidence is not EXPLICIT:
            continue
        begins = span.true_ns - parent.true_ns
        after_end = parent.duration_ns is not None and begins > parent.duration_ns and parent.end.observed
        if begins < 0 or after_end:
            span.flags |= Flag.OUTSIDE_PARENT
