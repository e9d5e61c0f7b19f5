"""Every span with the service that called it: what service graphs and rates are made of. Nothing here builds a Trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from logtrace.ids import NO_SPAN
from logtrace.store.reading.reader import FragmentReader


class Call(NamedTuple):
    """A span and its caller.

    caller      the service of its parent; None where it has none, or the parent left no line
    error       model.ErrorLevel
    """

    service: str
    operation: str
    kind: str
    caller: str | None
    start_ns: int | None
    duration_ns: int | None
    error: int


_CALLS = """
SELECT t.low, t.high, s.span_key, coalesce(s.parent_key, 0), s.operation_id, s.start_ns, s.duration_ns, s.error
FROM trace t CROSS JOIN span s ON s.trace_low = t.low AND (s.trace_high = t.high OR (s.trace_high = 0 AND t.short))
WHERE s.span_key <> 0 AND {where}"""
_EDGES = """
SELECT t.low, t.high, s.span_key, s.parent_key, s.operation_id, s.error
FROM trace t CROSS JOIN span s ON s.trace_low = t.low AND (s.trace_high = t.high OR (s.trace_high = 0 AND t.short))
WHERE s.span_key <> 0 AND {where}"""
_WHOLE = "t.start_ns >= :since AND t.start_ns + ifnull(t.duration_ns, 0) <= :until"
_TOUCHING = "t.start_ns + ifnull(t.duration_ns, 0) >= :since AND t.start_ns <= :until"


def calls(reader: FragmentReader, since_ns: int, until_ns: int, *, whole: bool = False) -> Iterator[Call]:
    """The spans of all traces that touch a window; whole: that lie in it with all they have. Those of a trace together."""
    sql = _CALLS.format(where=_WHOLE if whole else _TOUCHING)
    rows = reader.stream(sql, {"since": since_ns, "until": until_ns})
    for _, spans in groupby(rows, itemgetter(0, 1)):
        trace = list(spans)
        services = {key: reader.service(operation) for _, _, key, _, operation, *_ in trace}
        for _, _, _, parent, operation, *rest in trace:
            caller = services.get(parent) if parent != NO_SPAN else None
            yield Call(*reader.operation(operation), caller, *rest)


class Edge(NamedTuple):
    """Who calls whom (None: nobody that left a line), and how it ended: model.ErrorLevel."""

    caller: str | None
    service: str
    error: int


def edges(reader: FragmentReader, since_ns: int, until_ns: int, *, whole: bool = False) -> Counter[Edge]:
    """How many spans there are of each edge, of the traces that `calls` looks at."""
    sql = _EDGES.format(where=_WHOLE if whole else _TOUCHING)
    rows = reader.stream(sql, {"since": since_ns, "until": until_ns})
    found: Counter[tuple[int, int, int]] = Counter()
    for _, spans in groupby(rows, itemgetter(0, 1)):
        trace = list(spans)
        of = {row[2]: row[4] for row in trace}
        found.update([(of.get(row[3], 0), row[4], row[5]) for row in trace])
    total: Counter[Edge] = Counter()
    for (caller, operation, error), count in found.items():
        total[Edge(reader.service(caller) if caller else None, reader.service(operation), error)] += count
    return total


def operations(reader: FragmentReader, service: str) -> list[tuple[str, str]]:
    """(name, kind) of the operations of a service that have spans, sorted."""
    return reader.run(
        "SELECT name, kind FROM operation o WHERE service = ?"
        " AND EXISTS (SELECT 1 FROM span s WHERE s.operation_id = o.id AND s.span_key <> 0) ORDER BY name, kind",
        (service,),
    )


def services_with_spans(reader: FragmentReader) -> list[str]:
    """The services that have spans, sorted; "" among them where spans have none."""
    rows = reader.run(
        "SELECT DISTINCT service FROM operation o"
        " WHERE EXISTS (SELECT 1 FROM span s WHERE s.operation_id = o.id AND s.span_key <> 0) ORDER BY service"
    )
    return [service for (service,) in rows]
