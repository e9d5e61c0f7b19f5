"""Latencies, calls and errors over time, as Jaeger's Monitor page reads them (jsonpb of its MetricFamily).

A span without a kind counts as a server where its caller is of another service, or unknown: logs seldom tell kinds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from logtrace.jobs.verbs.store import Store
from logtrace.model import ErrorLevel
from logtrace.server.params import BadRequestError, Rates, storable_ns
from logtrace.store.reading.calls import Call
from logtrace.units import NS, format_instant

MEASURES = ("latencies", "calls", "errors")
MOST_POINTS = 11_000


class Series(NamedTuple):
    """The spans of a service or an operation by their ends: parallel lists."""

    ends_ns: list[int]
    durations_ns: list[int]
    failed: list[bool]


_NAMES = {"latencies": "latencies", "calls": "call_rate", "errors": "error_rate"}
_HELP = {
    "calls": "calls/sec, grouped by service",
    "errors": "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service",
}


def family(store: Store, asked: Rates, measure: str, quantile: float = 0.0) -> dict[str, Any]:
    """One measure of the services that are asked for."""
    if asked.step_ns <= 0 or asked.lookback_ns < 0 or asked.per_ns <= 0:
        raise BadRequestError("lookback, step and ratePer have to be positive")
    if asked.lookback_ns // asked.step_ns > MOST_POINTS:
        raise BadRequestError(f"more than {MOST_POINTS} points: ask for a larger step or a shorter lookback")
    if any(storable_ns(at_ns) != at_ns for at_ns in (asked.end_ns, asked.end_ns - asked.lookback_ns)):
        raise BadRequestError("endTs and lookback lead beyond the years that can be told")
    found = _series(store, asked)
    told = _HELP.get(measure, f"{quantile:g}th quantile latency, grouped by service")
    return {
        "name": f"service_{'operation_' if asked.by_operation else ''}{_NAMES[measure]}",
        "type": "GAUGE",
        "help": f"{told} & operation" if asked.by_operation else told,
        "metrics": [
            {"labels": list(_labels(key)), "metricPoints": list(_points(series, asked, measure, quantile))}
            for key, series in sorted(found.items())
        ],
    }


def _labels(key: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for name, value in zip(("service_name", "operation"), key, strict=False):
        yield {"name": name, "value": value}


def _series(store: Store, asked: Rates) -> dict[tuple[str, ...], Series]:
    rows: dict[tuple[str, ...], list[tuple[int, int, bool]]] = {}
    first_ns, last_ns = asked.end_ns - asked.lookback_ns - asked.per_ns, asked.end_ns
    for call in _wanted(store.calls(storable_ns(first_ns), storable_ns(last_ns)), asked):
        if (
            call.start_ns is None
            or call.duration_ns is None
            or not first_ns < (end_ns := call.start_ns + call.duration_ns) <= last_ns
        ):
            continue
        key = (call.service, call.operation) if asked.by_operation else (call.service,)
        rows.setdefault(key, []).append((end_ns, call.duration_ns, call.error == ErrorLevel.HARD))
    return {key: Series(*map(list, zip(*sorted(found), strict=True))) for key, found in rows.items()}


def _wanted(calls: Iterable[Call], asked: Rates) -> Iterator[Call]:
    services, kinds = set(asked.services), set(asked.kinds)
    for call in calls:
        if call.service in services and _kind(call) in kinds:
            yield call


def _kind(call: Call) -> str:
    return call.kind or ("server" if call.caller != call.service else "unspecified")


def _points(series: Series, asked: Rates, measure: str, quantile: float) -> Iterator[dict[str, Any]]:
    for at_ns in range(asked.end_ns - asked.lookback_ns, asked.end_ns + 1, asked.step_ns):
        first, last = bisect_right(series.ends_ns, at_ns - asked.per_ns), bisect_right(series.ends_ns, at_ns)
        value = _value(series, first, last, asked.per_ns, measure, quantile)
        told = "NaN" if math.isnan(value) else value
        yield {"gaugeValue": {"doubleValue": told}, "timestamp": format_instant(at_ns)}


def _value(series: Series, first: int, last: int, per_ns: int, measure: str, quantile: float) -> float:
    many = last - first
    if measure == "calls":
        return many * NS["s"] / per_ns
    if not many:
        return math.nan
    if measure == "errors":
        return sum(series.failed[first:last]) / many
    durations = sorted(series.durations_ns[first:last])
    share = 0.0 if math.isnan(quantile) else min(1.0, max(0.0, quantile))
    place = max(0, math.ceil(share * many) - 1)
    return durations[place] / NS["ms"]
