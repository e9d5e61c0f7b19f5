"""A Grafana dashboard about one trace: its timeline, the logs of its services, their metrics."""

from __future__ import annotations

from typing import Any

from logtrace.analysis.traces.correlate import Templates, for_dashboard

SCHEMA_VERSION = 39
_WIDTH, _HEIGHT = 24, 10


def dashboard_json(
    trace_id: str, service: str, since_ns: int | None, until_ns: int | None, templates: Templates
) -> dict[str, Any]:
    """The dashboard as Grafana imports it. Which data sources it asks is chosen there; trace_id and service are its
    variables, "" where they are to be typed in. since_ns, until_ns: its window; None: the last hour."""
    panels = [_trace_panel(), _logs_panel(templates)]
    panels += [_metric_panel(name, query, place) for place, (name, query) in enumerate(templates.metrics.items())]
    return {
        "title": "Trace Investigation",
        "uid": "logtrace-trace",
        "description": "Made by logtrace: the timeline, the logs and the metrics around one trace.",
        "tags": ["logtrace"],
        "timezone": "utc",
        "editable": True,
        "schemaVersion": SCHEMA_VERSION,
        "time": _window(since_ns, until_ns),
        "templating": {"list": [*_sources(), _text("traceId", "Trace", trace_id), _text("service", "Service", service)]},
        "panels": [{**panel, "id": number} for number, panel in enumerate(panels, 1)],
    }


def _window(since_ns: int | None, until_ns: int | None) -> dict[str, str]:
    from logtrace.units import format_instant

    if since_ns is None or until_ns is None:
        return {"from": "now-1h", "to": "now"}
    return {"from": format_instant(since_ns), "to": format_instant(until_ns)}


def _sources() -> list[dict[str, Any]]:
    """A variable for each kind of data source, so that the dashboard works wherever it is imported."""
    kinds = ("jaeger", "loki", "prometheus")
    return [{"name": kind, "label": kind.capitalize(), "type": "datasource", "query": kind, "hide": 0} for kind in kinds]


def _text(name: str, label: str, value: str) -> dict[str, Any]:
    current = {"text": value, "value": value, "selected": True}
    return {"name": name, "label": label, "type": "textbox", "query": value, "current": current, "options": [current], "hide": 0}


def _source(kind: str) -> dict[str, str]:
    return {"type": kind, "uid": f"${{{kind}}}"}


def _panel(title: str, kind: str, source: str, target: dict[str, Any], place: tuple[int, int, int]) -> dict[str, Any]:
    left, top, width = place
    return {
        "title": title,
        "type": kind,
        "datasource": _source(source),
        "gridPos": {"x": left, "y": top, "w": width, "h": _HEIGHT},
        "targets": [{"refId": "A", "datasource": _source(source), **target}],
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {},
    }


def _trace_panel() -> dict[str, Any]:
    return _panel("Trace Timeline", "traces", "jaeger", {"query": "$traceId"}, (0, 0, _WIDTH))


def _logs_panel(templates: Templates) -> dict[str, Any]:
    query = for_dashboard(templates.loki).replace('=~"$service"', '="$service"')
    return _panel("Related Logs", "logs", "loki", {"expr": query, "queryType": "range"}, (0, _HEIGHT, _WIDTH))


def _metric_panel(name: str, query: str, place: int) -> dict[str, Any]:
    width = _WIDTH // 2
    at = (place % 2 * width, (2 + place // 2) * _HEIGHT, width)
    return _panel(name, "timeseries", "prometheus", {"expr": for_dashboard(query), "range": True}, at)
