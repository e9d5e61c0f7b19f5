"""The heat map of a store's spans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.analysis.statistics.heatmap import Heatmap
from logtrace.analysis.statistics.heatmap import heatmap as map_of
from logtrace.jobs.statistics.of_spans import Asked, notes, spans_of
from logtrace.store.reading.arrays import Window

if TYPE_CHECKING:
    from logtrace.store.reading.protocol import SpanSource


def heatmap(source: SpanSource, asked: Asked, step_ns: int | None, most_steps: int) -> Heatmap:
    """See Many.heatmap."""
    from logtrace.analysis.statistics.far_out import far_out
    from logtrace.analysis.statistics.series import step_within

    spans = source.span_columns(Window(asked.since_ns, asked.until_ns))
    low, high, _ = far_out(spans.start_ns)
    window = (low if asked.since_ns is None else asked.since_ns, high + 1 if asked.until_ns is None else asked.until_ns)
    found = map_of(spans.where(spans_of(spans, asked)), window, step_ns or step_within(window[1] - window[0], most_steps))
    return replace(found, notes=tuple(notes(source, spans)))
