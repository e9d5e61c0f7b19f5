"""Queries for what other systems know of a trace's time: Loki, CloudWatch Logs Insights, Prometheus.

Templates have $trace_id, $service, $services (a pattern that matches each of them) and $at (Unix seconds of the trace's
end); $$ is a dollar. What is put in is escaped for the strings and patterns of the query languages.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import NamedTuple

from logtrace.errors import ConfigError
from logtrace.model import Trace
from logtrace.patterns import lazy_pattern
from logtrace.units import NS_PER_S, format_instant

LOKI = '{service=~"$services"} |= "$trace_id"'
CLOUDWATCH = 'fields @timestamp, @message\n| filter trace_id = "$trace_id"\n| sort @timestamp asc'
METRICS = {
    "request rate": 'sum(rate(http_requests_total{service="$service"}[5m] @ $at))',
    "5xx rate": 'sum(rate(http_requests_total{service="$service",status=~"5.."}[5m] @ $at))',
    "connections": 'sum(mysql_connections_active{service="$service"} @ $at)',
}
"""What is asked where the configuration says nothing else. The modifier `@ time` follows a selector, says PromQL."""

_AT = lazy_pattern(r"\s*@ ?\$at\b")
_SPECIAL = lazy_pattern(r"[\\.+*?()|\[\]{}^$]")
_NAMES = ("trace_id", "service", "services", "at")


class Templates(NamedTuple):
    """What to ask; "" leaves a system out."""

    loki: str = LOKI
    cloudwatch: str = CLOUDWATCH
    metrics: Mapping[str, str] = METRICS


class Metric(NamedTuple):
    """A query about one service: at the end of the trace, and without a time, for a range of times."""

    name: str
    service: str
    query: str
    ranged: str


@dataclass(frozen=True)
class Correlation:
    """Ready queries for the window of a trace and its services.

    since_ns, until_ns  the trace with a margin on both sides; None where it has no time
    loki, cloudwatch    queries, "" where not asked for; the commands ask them for the window
    """

    trace_id: str
    services: tuple[str, ...]
    since_ns: int | None
    until_ns: int | None
    end_ns: int | None
    loki: str
    loki_command: str
    cloudwatch: str
    cloudwatch_command: str
    metrics: tuple[Metric, ...]


class Figure(NamedTuple):
    """What a Prometheus says of a metric: at the end of the trace, and every minute from half an hour before its start to
    half an hour after its end. trouble: why it says nothing."""

    metric: Metric
    value: float | None
    points: tuple[tuple[float, float], ...]
    series: int
    trouble: str


class Correlated(NamedTuple):
    """queries, and figures in the order of their metrics; () where no Prometheus was asked."""

    queries: Correlation
    figures: tuple[Figure, ...]


def correlation(trace: Trace, margin_ns: int, templates: Templates) -> Correlation:
    """The queries for a trace. Raises ConfigError for a template that names something else."""
    start_ns, end_ns = trace.start_ns, trace.end_ns
    known = start_ns is not None and end_ns is not None
    since_ns = start_ns - margin_ns if start_ns is not None else None
    until_ns = end_ns + margin_ns if end_ns is not None else None
    at = str(-(-end_ns // NS_PER_S)) if end_ns is not None else ""
    pattern = "|".join(_SPECIAL.sub(r"\\\g<0>", name) for name in trace.services) or ".+"
    values = {"trace_id": _quoted(trace.trace_id), "services": _quoted(pattern), "at": at}
    loki = _filled(templates.loki, {**values, "service": _quoted(trace.services[0] if trace.services else "")})
    cloudwatch = _filled(templates.cloudwatch, {**values, "service": _quoted(trace.services[0] if trace.services else "")})
    metrics = [
        _metric(name, template, service, values, known)
        for name, template in templates.metrics.items()
        for service in (trace.services or [""])
    ]
    return Correlation(
        trace.trace_id, tuple(trace.services), since_ns, until_ns, end_ns, loki, _logcli(loki, since_ns, until_ns), cloudwatch,
        _insights(cloudwatch, since_ns, until_ns), tuple(metrics),
    )  # fmt: skip


def _metric(name: str, template: str, service: str, values: Mapping[str, str], timed: bool) -> Metric:
    ranged = _filled(_AT.sub("", template), {**values, "service": _quoted(service)})
    return Metric(name, service, _filled(template, {**values, "service": _quoted(service)}) if timed else ranged, ranged)


def _filled(template: str, values: Mapping[str, str]) -> str:
    try:
        return Template(template).substitute(values)
    except (KeyError, ValueError) as error:
        known = ", ".join(f"${name}" for name in _NAMES)
        raise ConfigError(
            f"the template {template!r} can't be filled: {error}", f"it may have {known}; $$ is a dollar"
        ) from error


def _quoted(text: str) -> str:
    """Text between the double quotes of LogQL, Insights and PromQL."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _logcli(query: str, since_ns: int | None, until_ns: int | None) -> str:
    if not query:
        return ""
    window = [f"--from={format_instant(since_ns)}"] if since_ns is not None else []
    window += [f"--to={format_instant(until_ns)}"] if until_ns is not None else []
    return shlex.join(["logcli", "query", query, *window, "--limit=1000"])


def _insights(query: str, since_ns: int | None, until_ns: int | None) -> str:
    if not query or since_ns is None or until_ns is None:
        return ""
    window = ["--start-time", str(since_ns // NS_PER_S), "--end-time", str(-(-until_ns // NS_PER_S))]
    return shlex.join(["aws", "logs", "start-query", "--log-group-name", "GROUP", *window, "--query-string", query])


def for_dashboard(template: str) -> str:
    """A template with the variables of a Grafana dashboard, $traceId and $service, and without a time."""
    plain = _AT.sub("", template)
    return plain.replace("$trace_id", "$traceId").replace("$services", "$service").replace("$$", "$")
