"""Two traces compared: what is missing, new, moved, slower, failed, changed, and where they first part.

`a` is the good one, or the one before; `b` is compared with it. Neither has to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from logtrace.analysis.traces.align import Aligned, align
from logtrace.analysis.traces.attributes import AttributeChange, attribute_changes
from logtrace.analysis.traces.errors import error_time_ns, failed
from logtrace.analysis.traces.fingerprints import masked
from logtrace.analysis.traces.reorder import reordered
from logtrace.analysis.traces.self_time import self_time_ns
from logtrace.analysis.traces.similar import Similar
from logtrace.analysis.traces.structure import operation
from logtrace.model import ErrorLevel, Flag, Span, Trace
from logtrace.units import NS

ADDED, REMOVED, MOVED, REORDERED = "added", "removed", "moved", "reordered"
SLOWER, FASTER, FAILED, RECOVERED, OTHER_ERROR = "slower", "faster", "failed", "recovered", "other error"
ERROR_LINE, NO_ERROR_LINE, ATTRIBUTES = "error line", "no error line", "attributes"

History = Mapping[tuple[str, str], tuple[int, int]]
MIN_SAMPLES = 100
MIN_DELTA_NS = 5 * NS["ms"]
MIN_SHARE = 0.05
MIN_RATIO = 1.5


class Timing(NamedTuple):
    """The durations of two spans that answer to one another, both of them logged in full.

    ratio           b to a; None where a took no time
    self_delta_ns   b's own time less a's: what is left of the difference without their children
    beyond_p99      the longer of the two took longer than 99 of 100 of its operation; None where that has fewer than 100 samples
    """

    a_ns: int
    b_ns: int
    ratio: float | None
    self_delta_ns: int
    beyond_p99: bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the two trees as one. changes: the kinds of what changed here, the most telling first.

    timing      None where one side is missing, or a duration is unknown or a lower bound
    """

    a: Span | None
    b: Span | None
    parent: int
    depth: int
    changes: tuple[str, ...]
    timing: Timing | None
    attributes: tuple[AttributeChange, ...]

    @property
    def span(self) -> Span:
        """The span of b; that of a where b has none."""
        found = self.b or self.a
        assert found is not None
        return found


class Change(NamedTuple):
    """A difference worth saying. at_ns: when it showed, from the start of its trace; None where no time is known."""

    kind: str
    node: Node
    at_ns: int | None


@dataclass(frozen=True)
class Comparison:
    """nodes: both trees as one, parents first; a subtree that is missing or new as a whole is one change, at its top."""

    a: Trace
    b: Trace
    nodes: tuple[Node, ...]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """All differences worth saying, in time order; minor changes of attributes are none."""
        found = [change for node in self.nodes for change in self._of(node)]
        return tuple(sorted(found, key=lambda change: (change.at_ns is None, change.at_ns or 0, _KINDS.index(change.kind))))

    def _of(self, node: Node) -> Iterator[Change]:
        for kind in node.changes:
            above = self.nodes[node.parent].changes if node.parent >= 0 else ()
            if not (kind in (ADDED, REMOVED) and kind in above):
                yield Change(kind, node, _shown_at(kind, node, self.a, self.b))

    @property
    def first(self) -> Change | None:
        """Where the two first part: the earliest difference. What is faster counts only where there is no other, and
        attributes alone only where there is not even that."""
        for quiet in ((FASTER, ATTRIBUTES), (ATTRIBUTES,), ()):
            if found := next((change for change in self.changes if change.kind not in quiet), None):
                return found
        return None

    @cached_property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """(service, operation) of what a does and b does not do at all, in a's order."""
        return _only_in(self.a, self.b)

    @cached_property
    def new(self) -> tuple[tuple[str, str], ...]:
        """(service, operation) of what only b does, in b's order."""
        return _only_in(self.b, self.a)

    @property
    def common(self) -> int:
        """Spans that answer to one another."""
        return sum(node.a is not None and node.b is not None for node in self.nodes)

    def count(self, kind: str) -> int:
        """How many spans have a kind of change."""
        return sum(kind in node.changes for node in self.nodes)


_KINDS = (
    FAILED, RECOVERED, OTHER_ERROR, ERROR_LINE, NO_ERROR_LINE, REMOVED, ADDED, MOVED, REORDERED, SLOWER, FASTER, ATTRIBUTES,
)  # fmt: skip
"""At one moment the first of them is the first difference."""


def compare(a: Trace, b: Trace, history: History) -> Comparison:
    """The comparison of two traces. history: (service, operation) → (samples, p99_ns), of the store they are in.

    Slower (faster) is only what makes a difference: at least 5 ms and a twentieth of the longer of the two requests,
    by half or more, not due to its children alone, and not what the operation has always been like. What failed is not
    called faster.
    """
    aligned = align(a, b)
    least_ns = max(MIN_DELTA_NS, MIN_SHARE * max(_length_ns(a), _length_ns(b)))
    swapped = reordered(aligned)
    nodes = [_node(a, b, each, swapped, least_ns, history) for each in aligned]
    return Comparison(a, b, tuple(_with_sums(nodes, least_ns)))


class Agreed(NamedTuple):
    """A kind of change of an operation, and against how many of several requests it showed."""

    kind: str
    service: str
    name: str
    requests: int


class Compared(NamedTuple):
    """comparison: with the good request, or the most similar healthy one; others: with further healthy ones.

    similar     where no good request was named: what was found
    """

    comparison: Comparison
    others: tuple[Comparison, ...]
    similar: Similar | None


def agreed(comparisons: Sequence[Comparison]) -> tuple[Agreed, ...]:
    """What one request is compared to several others: the changes that most of them show first, attributes apart."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in comparisons:
        counts.update({(change.kind, *operation(change.node.span)) for change in each.changes if change.kind != ATTRIBUTES})
    order = {kind: place for place, kind in enumerate(_KINDS)}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], order[pair[0][0]], pair[0]))
    return tuple(Agreed(*key, count) for key, count in ranked)


def _length_ns(trace: Trace) -> int:
    roots = [root.duration_ns for root in trace.roots if root.duration_ns is not None]
    return roots[0] if roots else trace.duration_ns or 0


def _node(a: Trace, b: Trace, each: Aligned, swapped: set[int], least_ns: float, history: History) -> Node:
    one, other, parent, depth, moved = each
    if one is None or other is None:
        return Node(one, other, parent, depth, (ADDED if one is None else REMOVED,), None, ())
    timing = _timing(a, b, one, other, history)
    attributes = attribute_changes(one, other)
    kinds = [
        (_status(one, other), True),
        (MOVED, moved),
        (REORDERED, other.key in swapped),
        (SLOWER, timing is not None and _is_slower(timing, least_ns) and _is_own(timing)),
        (FASTER, timing is not None and _is_faster(timing, least_ns) and _is_own(timing) and not failed(other)),
        (ATTRIBUTES, any(not change.minor for change in attributes)),
    ]
    return Node(one, other, parent, depth, tuple(kind for kind, there in kinds if kind and there), timing, attributes)


def _timing(a: Trace, b: Trace, one: Span, other: Span, history: History) -> Timing | None:
    if (
        one.duration_ns is None
        or other.duration_ns is None
        or (one.flags | other.flags) & (Flag.LOWER_BOUND | Flag.INVALID_DURATION)
    ):
        return None
    samples, p99_ns = history.get(operation(other), (0, 0))
    return Timing(
        one.duration_ns,
        other.duration_ns,
        other.duration_ns / one.duration_ns if one.duration_ns else None,
        self_time_ns(b, other) - self_time_ns(a, one),
        max(one.duration_ns, other.duration_ns) > p99_ns if samples >= MIN_SAMPLES else None,
    )


def _is_slower(timing: Timing, least_ns: float) -> bool:
    return timing.beyond_p99 is not False and _grew(timing.a_ns, timing.b_ns, least_ns)


def _is_faster(timing: Timing, least_ns: float) -> bool:
    return timing.beyond_p99 is not False and _grew(timing.b_ns, timing.a_ns, least_ns)


def _grew(before_ns: int, after_ns: int, least_ns: float) -> bool:
    return after_ns - before_ns >= least_ns and after_ns >= MIN_RATIO * before_ns


def _is_own(timing: Timing) -> bool:
    """Whether at least half of a difference is the span's own, not its children's."""
    delta_ns = timing.b_ns - timing.a_ns
    return 2 * timing.self_delta_ns >= delta_ns if delta_ns > 0 else 2 * timing.self_delta_ns <= delta_ns


def _with_sums(nodes: list[Node], least_ns: float) -> list[Node]:
    """The nodes, where a span is slower (or faster) also if that adds up from what under it is too small to be named."""
    told: dict[str, set[int]] = {SLOWER: set(), FASTER: set()}
    for place in range(len(nodes) - 1, -1, -1):
        node = nodes[place]
        for kind, grew, structural in ((SLOWER, _is_slower, ADDED), (FASTER, _is_faster, REMOVED)):
            named = kind in node.changes or structural in node.changes or place in told[kind]
            ended_early = kind == FASTER and node.b is not None and failed(node.b)
            if not named and not ended_early and node.timing is not None and grew(node.timing, least_ns):
                node = nodes[place] = replace(node, changes=tuple(sorted((*node.changes, kind), key=_KINDS.index)))
                named = True
            if named:
                told[kind].add(node.parent)
    return nodes


def _status(one: Span, other: Span) -> str:
    if (one.error, other.error) == (ErrorLevel.HARD, ErrorLevel.HARD):
        same = one.error_type == other.error_type and masked(one.error_message) == masked(other.error_message)
        return "" if same else OTHER_ERROR
    if ErrorLevel.HARD in (one.error, other.error):
        return FAILED if other.error == ErrorLevel.HARD else RECOVERED
    if one.error == other.error:
        return ""
    return ERROR_LINE if other.error else NO_ERROR_LINE


def _shown_at(kind: str, node: Node, a: Trace, b: Trace) -> int | None:
    trace, span = (a, node.a) if kind == REMOVED else (b, node.b)
    assert span is not None
    at_ns = error_time_ns(span) if kind in (FAILED, OTHER_ERROR, ERROR_LINE) else span.start_ns
    if kind == SLOWER and node.timing is not None and at_ns is not None:
        at_ns += node.timing.a_ns  # from then on it was slower
    if kind == FASTER and node.timing is not None and at_ns is not None:
        at_ns += node.timing.b_ns
    return None if at_ns is None or trace.start_ns is None else at_ns - trace.start_ns


def _only_in(one: Trace, other: Trace) -> tuple[tuple[str, str], ...]:
    known = {operation(span) for span in other.spans}
    names: Sequence[tuple[str, str]] = [operation(span) for span in one.spans if span.name and not span.phantom]
    return tuple(name for name in dict.fromkeys(names) if name not in known)
