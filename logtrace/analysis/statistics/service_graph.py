"""Who calls whom: services, and the calls between them with their errors and durations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from logtrace.analysis.statistics.quantiles import P50, P99, Grouped, is_maximum
from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.columns import MISSING, SpanColumns
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel

if TYPE_CHECKING:
    import networkx

    from logtrace.columns import Bools, Ints

MOST_CYCLES = 3


class Calls(NamedTuple):
    """Spans of a service that something called. caller: the service of their parents; "" with `entry`: nothing did.

    errors      of the calls failed
    samples     calls whose whole duration is known: p50_ns, p99_ns and total_ns are theirs; below 100 p99_ns is the largest
    inferred    calls whose caller no line names
    """

    caller: str
    callee: str
    calls: int
    errors: int
    samples: int
    p50_ns: int | None
    p99_ns: int | None
    total_ns: int
    inferred: int

    @property
    def p99_is_max(self) -> bool:
        """Whether there are too few samples for a p99."""
        return is_maximum(self.samples, P99)


@dataclass(frozen=True)
class ServiceGraph(Tabular):
    """edges: calls from one service to another, the most frequent first; entries: requests that begin in a service.

    not_logged      calls of each service whose caller is named but was never logged
    """

    TABLES: ClassVar[Tables] = {"edges": Calls, "entries": Calls}

    services: tuple[str, ...]
    edges: tuple[Calls, ...]
    entries: tuple[Calls, ...]
    not_logged: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def graph(self) -> networkx.DiGraph:
        """Services as nodes, calls as edges with the numbers of Calls as data."""
        import networkx

        graph = networkx.DiGraph()
        graph.add_nodes_from(self.services)
        graph.add_edges_from((each.caller, each.callee, each._asdict()) for each in self.edges)
        return graph

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """The first few circles of services that call one another."""
        import networkx

        groups = [sorted(group) for group in networkx.strongly_connected_components(self.graph) if len(group) > 1]
        found = [networkx.find_cycle(self.graph.subgraph(group), group[0]) for group in sorted(groups)[:MOST_CYCLES]]
        return tuple(tuple(caller for caller, *_ in cycle) for cycle in found)

    @property
    def unknown_lengths(self) -> int:
        """How many calls and requests are open or lasted at least so long: they are in no percentile."""
        return sum(each.calls - each.samples for each in (*self.edges, *self.entries))

    def tops(self) -> list[str]:
        """Where a drawing begins: services that nobody calls, then those where requests begin too, then whatever all these
        do not reach; busiest first."""
        import networkx

        entered = {each.callee: each.calls for each in self.entries}
        order = sorted(self.services, key=lambda name: (self.graph.in_degree(name) > 0, -entered.get(name, 0), name))
        found: list[str] = []
        reached: set[str] = set()
        for name in order:
            if name not in reached or name in entered:
                found.append(name)
                reached |= {name, *networkx.descendants(self.graph, name)}
        return found


def service_graph(spans: SpanColumns, inside: Bools) -> ServiceGraph:
    """The graph of those spans that are inside a window; the others may be their callers. What a service does inside itself
    is no call."""
    names = sorted({operation.service for operation in spans.operations})
    place = {name: number for number, name in enumerate(names)}
    service = np.array([place[operation.service] for operation in spans.operations] or [0])[spans.operation]
    parents = spans.parents
    caller = np.where(parents >= 0, service[parents], -1) if len(spans) else parents
    entry = inside & (spans.parent_key == NO_SPAN)
    called = inside & (caller >= 0) & (caller != service)
    lost = inside & (spans.parent_key != NO_SPAN) & (parents < 0)
    seen = np.unique([*service[inside].tolist(), *caller[called].tolist()]).astype(np.int64).tolist()
    counts = np.bincount(service[lost], minlength=len(names))
    return ServiceGraph(
        tuple(names[number] for number in seen),
        tuple(_calls(spans, names, service, caller, called)),
        tuple(_calls(spans, names, service, caller, entry)),
        tuple((names[number], int(counts[number])) for number in seen if counts[number]),
    )


def _calls(spans: SpanColumns, names: list[str], service: Ints, caller: Ints, chosen: Bools) -> list[Calls]:
    """The chosen spans by their service and that of their parents, the most first."""
    pairs, group = np.unique((caller[chosen] + 1) * len(names) + service[chosen], return_inverse=True)
    many = len(pairs)
    closed = spans.closed[chosen]
    timed = Grouped(spans.duration_ns[chosen][closed], group[closed], many)
    counts = [
        np.bincount(group, minlength=many),
        np.bincount(group[spans.error[chosen] == ErrorLevel.HARD], minlength=many),
        timed.count, timed.percentile(P50), timed.percentile(P99), timed.totals(),
        np.bincount(group[spans.inferred[chosen] == 1], minlength=many),
    ]  # fmt: skip
    rows = zip(pairs.tolist(), *(column.tolist() for column in counts), strict=True)
    found = [_named(names, pair, row) for pair, *row in rows]
    return sorted(found, key=lambda each: (-each.calls, each.caller, each.callee))


def _named(names: list[str], pair: int, row: list[int]) -> Calls:
    caller, callee = divmod(pair, len(names))
    calls, errors, samples, p50, p99, total, inferred = row
    known = [None if each == MISSING else each for each in (p50, p99)]
    return Calls(names[caller - 1] if caller else "", names[callee], calls, errors, samples, known[0], known[1], total, inferred)
