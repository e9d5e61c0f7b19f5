"""Alerts as alerting rules of Prometheus, over the metrics that `watch --metrics-port` serves."""

from __future__ import annotations

import json
from collections.abc import Sequence

from logtrace.query.alerts import Alert
from logtrace.query.rules import DURATIONS, Metric, Subject

_OPPOSITE = {"=": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SPANS, _ERRORS, _SECONDS = "logtrace_spans_total", "logtrace_span_errors_total", "logtrace_span_duration_seconds"


def prometheus_rules(alerts: Sequence[Alert]) -> str:
    """A rule file (YAML); alerts that these metrics can't tell are comments."""
    lines = ["groups:", "  - name: logtrace", "    rules:"]
    for number, alert in enumerate(alerts, 1):
        told = _expression(alert)
        if told is None:
            lines.append(f"      # no metric tells this: {json.dumps(alert.text)}")
            continue
        lines += [
            f"      - alert: logtrace_{number}",
            f"        expr: {json.dumps(told)}",
            f"        annotations: {{summary: {json.dumps(alert.text.replace('{{', '{ {'))}}}",
        ]
    if all(_expression(alert) is None for alert in alerts):
        lines[2] = "    rules: []"
    return "\n".join(lines) + "\n"


def _expression(alert: Alert) -> str | None:
    """What is true where the alert fires; None where it can't be told."""
    if alert.rule is None:
        return None
    value = _measured(alert.rule, f"[{max(1, alert.window_ns // 1_000_000_000)}s]")
    value = f"({value})" if value is not None and " or " in value else value
    bound = alert.rule.value / 1e9 if alert.rule.name in DURATIONS else alert.rule.value
    return None if value is None else f"{value} {_OPPOSITE[alert.rule.op]} {bound:g}"


def _measured(rule: Metric, window: str) -> str | None:
    labels = _labels(rule.subject or Subject())
    name = rule.name
    if name.startswith("p") and name[1:].isdigit():
        return f"histogram_quantile(0.{name[1:]}, sum by (le) (rate({_SECONDS}_bucket{labels}{window})))"
    if name == "mean":
        return f"sum(rate({_SECONDS}_sum{labels}{window})) / sum(rate({_SECONDS}_count{labels}{window}))"
    if name == "error_rate":
        return f"sum(rate({_ERRORS}{labels}{window})) / sum(rate({_SPANS}{labels}{window}))"
    if name in ("count", "spans", "errors", "traces"):
        metric = {"errors": _ERRORS, "traces": "logtrace_traces_total"}.get(name, _SPANS)
        return f"sum(increase({metric}{labels}{window}))" + (" or vector(0)" if rule.op in (">", ">=") else "")
    return None


def _labels(subject: Subject) -> str:
    told = (("service", subject.service), ("operation", subject.operation))
    pairs = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in told if value]
    return "{" + ",".join(pairs) + "}" if pairs else ""
