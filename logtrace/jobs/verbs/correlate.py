"""What other systems know of the time of a trace: queries, and figures where a Prometheus is named."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic, time
from typing import TYPE_CHECKING

from logtrace.analysis.traces.correlate import Correlated, Figure, Metric, Templates, correlation
from logtrace.jobs.verbs import prometheus
from logtrace.units import NS, NS_PER_S

if TYPE_CHECKING:
    from logtrace.model import Trace

AROUND_S = 1800
STEP_S = 60
PATIENCE_S = 15
"""All answers together may take so long, and one more answer."""


def correlate(
    trace: Trace, *, margin_ns: int = 5 * NS["m"], prometheus_url: str | None = None, templates: Templates | None = None
) -> Correlated:
    """The queries for a trace, by its times as logged; with the figures of a Prometheus. templates: see traces.correlate."""
    url = prometheus.checked_url(prometheus_url) if prometheus_url else None
    queries = correlation(trace, margin_ns, templates or Templates())
    if url is None or queries.end_ns is None or queries.since_ns is None:
        return Correlated(queries, ())
    start_s, end_s = (trace.start_ns or queries.since_ns) / NS_PER_S, queries.end_ns / NS_PER_S
    return Correlated(queries, tuple(_figures(url, queries.metrics, start_s, end_s)))


def _figures(url: str, metrics: Sequence[Metric], start_s: float, end_s: float) -> list[Figure]:
    """The figures; after one request without an answer, or after PATIENCE_S, nothing more is asked."""
    found: list[Figure] = []
    trouble, until = "", monotonic() + PATIENCE_S
    for metric in metrics:
        if not trouble and monotonic() > until:
            trouble = f"not asked: the answers before it took {PATIENCE_S} seconds"
        figure = Figure(metric, None, (), 0, trouble) if trouble else _figure(url, metric, start_s, end_s)
        found.append(figure)
        if figure.trouble.startswith(("no answer", "it can't be")):
            trouble = figure.trouble
    return found


def _figure(url: str, metric: Metric, start_s: float, end_s: float) -> Figure:
    now = prometheus.at(url, metric.query, end_s)
    if now.trouble:
        return Figure(metric, None, (), 0, now.trouble)
    step_s = max(STEP_S, (end_s - start_s + 2 * AROUND_S) / 120)
    until_s = max(end_s, min(end_s + AROUND_S, time()))  # Prometheus goes on with old values into what is to come
    around = prometheus.over(url, metric.ranged, start_s - AROUND_S, until_s, step_s)
    return Figure(metric, now.points[0][1], around.points, now.series, around.trouble)
