"""Which traces of Parquet a search may mean, so that no others are loaded: those with spans that satisfy, alone, what must hold.

Never without one that is meant; the loaded ones are asked as those of any store.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logtrace.analysis.traces.similar import main_root
from logtrace.columns import MISSING
from logtrace.parquet.dataset import Dataset, Part, Traces
from logtrace.parquet.spans import ParquetSpans
from logtrace.query.ast import Kind, Leaf, Node, Scope, conjunction, leaves
from logtrace.query.predicate import error_levels, text_holds
from logtrace.query.values import ORDER, comparable, holds
from logtrace.store.reading.arrays import Window
from logtrace.store.search.expressions import conjuncts

if TYPE_CHECKING:
    from logtrace.columns import Bools, Ints, SpanColumns
    from logtrace.model import Trace

FEW, GROWTH = 200, 8
"""So many traces are loaded at first, and so many times more where they do not fill the page."""

_ORDERED = (">", ">=", "<", "<=")
_BY_START = ("newest", "oldest")


class Question(NamedTuple):
    """What is searched for; service: one of the trace's, "" for any; many: so many traces fill the page."""

    node: Node | None
    since_ns: int | None
    until_ns: int | None
    order: str
    many: int
    service: str = ""


def parts(data: Dataset, spans: ParquetSpans, asked: Question) -> Iterator[tuple[Part, bool]]:
    """Traces to ask one after the other until the page is full, and whether they are all that may be meant. In an order of time
    each part holds all that come before those it lacks. None at all where most of all traces are needed, or none
    may be meant: an answer without any tells what all the others lack."""
    if asked.node is not None and _is_mixed(spans, asked.node):
        return
    traces = data.traces(asked.since_ns, asked.until_ns, asked.service)
    meant = None if asked.node is None else _meant(spans, asked.node)
    if meant is not None:
        traces = traces.where(np.isin(traces.low, meant))
    if asked.order in _BY_START:
        yield from ((part, False) for part in _by_start(traces, asked))
    if 0 < 2 * len(traces.ids) < data.trace_count and (meant is not None or asked.service):
        yield Part(trace_ids=tuple(traces.ids.tolist())), True


def alike(trace: Trace, order: str) -> Question:
    """The traces among which those like one are: with a span as its root."""
    root = main_root(trace)
    asked = [] if root is None else [("service", root.service), ("operation", root.name)]
    node = conjunction([Leaf(Scope.SPAN, name, Kind.TEXT, "=", (text,)) for name, text in asked if text])
    return Question(node, None, None, order, FEW)


def newest(data: Dataset, *, failed: bool) -> tuple[str, ...]:
    """The newest trace (failed: of those with an error), as `trace_id` has it; several where they start at once."""
    traces = data.traces(failed=failed)
    return tuple(traces.where(traces.start_ns == traces.start_ns.max()).ids.tolist()) if len(traces.ids) else ()


def _by_start(traces: Traces, asked: Question) -> Iterator[Part]:
    """The first traces, ever more, as long as there are further ones."""
    never = np.iinfo(np.int64).max
    when = np.where(traces.start_ns == MISSING, never, -traces.start_ns if asked.order == "newest" else traces.start_ns)
    order = np.argsort(when, kind="stable")
    when, ids, many = when[order], traces.ids[order], max(FEW, 2 * asked.many)
    while many < len(ids):
        yield Part(trace_ids=tuple(ids[: int(np.searchsorted(when, when[many], "right"))].tolist()))  # all that start with it
        many *= GROWTH


def _meant(source: ParquetSpans, node: Node) -> Ints | None:
    """The low halves of the traces that an expression may hold for; None: any."""
    tests = [part for part in conjuncts(node) if isinstance(part, Leaf) and _can_be_told(part)]
    if not tests:
        return None
    spans = source.span_columns(Window())
    one, found = np.ones(len(spans), np.bool_), spans.trace
    for leaf in tests:
        right = _told(source, spans, leaf)
        if leaf.scope is Scope.SPAN:
            one &= right  # all of them hold for one span
        else:
            found = np.intersect1d(found, spans.trace[right])
    return np.intersect1d(found, spans.trace[one])


def _can_be_told(leaf: Leaf) -> bool:
    known = leaf.kind in (Kind.ERROR, Kind.ATTRIBUTE) or leaf.name in ("service", "operation", "duration", "start")
    return known and leaf.scope in (Scope.SPAN, Scope.ANY, Scope.ALL)


def _told(source: ParquetSpans, spans: SpanColumns, leaf: Leaf) -> Bools:
    """Which spans may satisfy a leaf."""
    if leaf.kind is Kind.ERROR:
        return np.isin(spans.error, sorted(error_levels(leaf)))
    if leaf.kind is Kind.TEXT:
        place = ("service", "operation").index(leaf.name)
        holding: Bools = np.array([text_holds(leaf, each[place]) for each in spans.operations] or [False])
        return holding[spans.operation]
    if leaf.kind is Kind.ATTRIBUTE:
        return np.isin(
            spans.row, source.rows_with(leaf.name, lambda value: leaf.op == "!=" or holds(leaf.op, value, leaf.values))
        )
    numbers = spans.duration_ns if leaf.name == "duration" else spans.start_ns
    right: Any = leaf.op == "exists" or np.isin(numbers, leaf.values)
    if leaf.op not in ("exists", "="):
        right = ORDER[leaf.op](numbers, leaf.values[0])
    found: Bools = (numbers != MISSING) & right
    return found


def _is_mixed(source: ParquetSpans, node: Node) -> bool:
    """Whether some values can't be compared as asked, which is said of those of all traces."""
    asked = {leaf for leaf in leaves(node) if leaf.kind is Kind.ATTRIBUTE and leaf.op in _ORDERED}
    return any(
        not comparable(leaf.op, value, leaf.values)
        for leaf in asked
        for value in source.values(leaf.name)
    )  # fmt: skip
