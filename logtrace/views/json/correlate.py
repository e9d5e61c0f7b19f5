"""The documented JSON shape of queries for other systems and their answers."""

from __future__ import annotations

import math
from typing import Any

from logtrace.analysis.traces.correlate import Correlated, Figure
from logtrace.views.json.analysis import instant
from logtrace.views.json.shapes import VERSION


def correlate_json(found: Correlated) -> dict[str, Any]:
    """Queries and commands, "" where the configuration leaves one out; figures where a Prometheus was asked."""
    queries = found.queries
    figures = found.figures or (None,) * len(queries.metrics)
    return {
        "version": VERSION,
        "trace_id": queries.trace_id,
        "services": list(queries.services),
        "since_ns": queries.since_ns,
        "since": instant(queries.since_ns),
        "until_ns": queries.until_ns,
        "until": instant(queries.until_ns),
        "loki": {"query": queries.loki, "command": queries.loki_command},
        "cloudwatch": {"query": queries.cloudwatch, "command": queries.cloudwatch_command},
        "metrics": [
            {**metric._asdict(), "figure": None if figure is None else _figure_json(figure)}
            for metric, figure in zip(queries.metrics, figures, strict=True)
        ],
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "value": _number(figure.value),
        "series": figure.series,
        "points": [[seconds, _number(value)] for seconds, value in figure.points],
        "trouble": figure.trouble,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
