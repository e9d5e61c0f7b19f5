"""The service graph of a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.analysis.service_graph import ServiceGraph
from logtrace.analysis.service_graph import service_graph as graph_of
from logtrace.jobs.statistics import notes
from logtrace.store.arrays import around, span_columns

if TYPE_CHECKING:
    from logtrace.store.reader import FragmentReader


def service_graph(reader: FragmentReader, since_ns: int | None, until_ns: int | None) -> ServiceGraph:
    """See Many.service_graph."""
    spans = span_columns(reader, around(since_ns, until_ns))
    inside = spans.within(since_ns, until_ns)
    return replace(graph_of(spans, inside), notes=tuple(notes(reader, spans.where(inside))))
