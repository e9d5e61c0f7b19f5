"""The service graph of a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.analysis.statistics.service_graph import ServiceGraph
from logtrace.analysis.statistics.service_graph import service_graph as graph_of
from logtrace.jobs.statistics.of_spans import notes
from logtrace.store.reading.arrays import around

if TYPE_CHECKING:
    from logtrace.store.reading.protocol import SpanSource


def service_graph(source: SpanSource, since_ns: int | None, until_ns: int | None) -> ServiceGraph:
    """See Many.service_graph."""
    spans = source.span_columns(around(since_ns, until_ns))
    inside = spans.within(since_ns, until_ns)
    return replace(graph_of(spans, inside), notes=tuple(notes(source, spans.where(inside))))
