"""Critical paths of many requests together: which operations and call paths decided how long they took, and what would
be gained.

The path of each request is that of `critical_path`, from its first root. Time on it is gained for sure only where nothing
else of the request ran that would be waited for instead:

    root       ────────────────────
    on path      ──────────────
    beside it    ─────────            off the path
    gained                ─────
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.analysis.traces.critical_path import decisive
from logtrace.columns import MISSING, Operation, SpanColumns
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Bools

Stretch = tuple[int, int]
_QUANTA = (NS["s"], NS["ms"], NS["us"])


class OnPath(NamedTuple):
    """An operation, or a call path from a root (then `path` has the operations above it, outermost first).

    requests    on whose critical path it is; path_ns: its time there, all together; gain_ns: what of it would be gained
    share       of the critical paths of all requests
    example     the trace of which it decided the most
    """

    operation: Operation
    path: tuple[Operation, ...]
    requests: int
    path_ns: int
    gain_ns: int
    share: float
    example: str


@dataclass(frozen=True)
class WindowBottlenecks(Tabular):
    """operations and paths: the largest share first.

    requests    with a critical path; total_ns: how long these are together; without: requests whose root has no known length
    """

    TABLES: ClassVar[Tables] = {"operations": OnPath, "paths": OnPath}

    since_ns: int | None
    until_ns: int | None
    requests: int
    without: int
    total_ns: int
    operations: tuple[OnPath, ...]
    paths: tuple[OnPath, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Tally:
    """What adds up of one operation or path. most: the most it had in one request, and the place of that's root."""

    requests: int = 0
    path_ns: int = 0
    gain_ns: int = 0
    most: tuple[int, int] = (0, -1)


class PathTimes:
    """The critical paths of requests, added up as they are walked."""

    def __init__(self, spans: SpanColumns) -> None:
        self.spans = spans
        self.slack_ns = _quantum_ns(spans)
        self.start: list[int] = spans.start_ns.tolist()
        self.end: list[int] = np.where(_timed(spans), spans.start_ns + spans.duration_ns, MISSING).tolist()
        self.operation: list[int] = spans.operation.tolist()
        self.children = _children(spans)
        self.operations: defaultdict[int, Tally] = defaultdict(Tally)
        self.paths: defaultdict[tuple[int, ...], Tally] = defaultdict(Tally)
        self.requests = self.total_ns = 0

    def add(self, root: int) -> bool:
        """Walks the path of the request with this root; False where the root has no length."""
        low, high = self.start[root], self.end[root]
        if MISSING in (low, high) or high <= low:
            return False
        found: dict[tuple[int, ...], list[int]] = {}
        for path, own_ns, gain_ns in self._walk(root, low, high):
            sums = found.setdefault(path, [0, 0])
            sums[0] += own_ns
            sums[1] += gain_ns
        self.requests += 1
        self.total_ns += high - low
        by_operation: dict[int, list[int]] = {}
        for path, (own_ns, gain_ns) in found.items():
            _count(self.paths[path], own_ns, gain_ns, root)
            sums = by_operation.setdefault(path[-1], [0, 0])
            sums[0] += own_ns
            sums[1] += gain_ns
        for operation, (own_ns, gain_ns) in by_operation.items():
            _count(self.operations[operation], own_ns, gain_ns, root)
        return True

    def _walk(self, root: int, low: int, high: int) -> Iterator[tuple[tuple[int, ...], int, int]]:
        """(operations from the root, nanoseconds of the last of them by itself, of these gained)."""
        stack: list[tuple[int, int, int, tuple[int, ...], list[Stretch]]] = [(root, low, high, (self.operation[root],), [])]
        while stack:
            place, low, high, path, beside = stack.pop()
            if place not in self.children:
                yield path, high - low, _free(low, high, beside) if beside else high - low
                continue
            clipped = self._clipped(place, low, high)
            chosen, own = decisive(clipped, low, high, self.slack_ns)
            waiting = {child for child, _, _ in chosen}
            others = (
                [(start, end) for start, end, child in clipped if child not in waiting] if len(waiting) < len(clipped) else []
            )
            for start, end in own:
                yield path, end - start, _free(start, end, beside) if beside else end - start
            for child, start, end in chosen:
                busy = [(a, b) for a, b in (*beside, *others) if a < end and b > start] if beside or others else beside
                stack.append((child, start, end, (*path, self.operation[child]), busy))

    def _clipped(self, place: int, low: int, high: int) -> list[tuple[int, int, int]]:
        found = [
            (max(self.start[child], low), min(self.end[child], high), child)
            for child in self.children.get(place, ())
            if min(self.end[child], high) > max(self.start[child], low)
        ]
        return sorted(found, key=lambda part: (-part[1], -part[0], part[2]))


def _count(tally: Tally, own_ns: int, gain_ns: int, root: int) -> None:
    tally.requests += 1
    tally.path_ns += own_ns
    tally.gain_ns += gain_ns
    tally.most = max(tally.most, (own_ns, -root - 1))


def _free(start: int, end: int, beside: Sequence[Stretch]) -> int:
    """How much of a stretch none of the others covers."""
    free, reached = 0, start
    for low, high in sorted(beside):
        if low > reached:
            free += max(0, min(low, end) - reached)
        reached = max(reached, high)
    return free + max(0, end - reached)


def _timed(spans: SpanColumns) -> Bools:
    found: Bools = (spans.start_ns != MISSING) & (spans.duration_ns != MISSING)
    return found


def _children(spans: SpanColumns) -> dict[int, list[int]]:
    """Place of a span → places of its children that have a length."""
    parents = spans.parents
    found: dict[int, list[int]] = {}
    for child in np.flatnonzero(_timed(spans) & (parents >= 0)).tolist():
        found.setdefault(int(parents[child]), []).append(child)
    return found


def _quantum_ns(spans: SpanColumns) -> int:
    """The step of the clock that times were logged with; 0 where it counts nanoseconds."""
    times = np.concatenate([spans.start_ns, spans.duration_ns])
    times = times[times != MISSING]
    return next((quantum for quantum in _QUANTA if len(times) and not (times % quantum).any()), 0)


def window_bottlenecks(
    spans: SpanColumns, roots: Sequence[int], trace_ids: dict[int, str], walked: PathTimes, window: tuple[int | None, int | None]
) -> WindowBottlenecks:
    """What was walked, by operation and by path. trace_ids: place of a root → id of its trace, for the examples."""
    total = max(1, walked.total_ns)
    names = spans.operations

    def on_path(path: tuple[int, ...], tally: Tally) -> OnPath:
        example = trace_ids.get(root_of(tally), "")
        above = tuple(names[each] for each in path[:-1])
        return OnPath(names[path[-1]], above, tally.requests, tally.path_ns, tally.gain_ns, tally.path_ns / total, example)

    operations = [on_path((number,), tally) for number, tally in walked.operations.items()]
    paths = [on_path(path, tally) for path, tally in walked.paths.items()]
    operations.sort(key=lambda each: (-each.path_ns, each.operation))
    paths.sort(key=lambda each: (-each.path_ns, each.path, each.operation))
    without = len(roots) - walked.requests
    return WindowBottlenecks(*window, walked.requests, without, walked.total_ns, tuple(operations), tuple(paths))


def root_of(tally: Tally) -> int:
    """The place of the root of the request that had the most."""
    return -tally.most[1] - 1
