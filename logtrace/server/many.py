"""What our own API tells about many requests at once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import Any

from logtrace.errors import UsageError
from logtrace.jobs.verbs.store import Store
from logtrace.model import ErrorLevel
from logtrace.server.endpoint import SERVICE, WINDOW, Endpoint, Given, Json, Param, number, text_ns
from logtrace.server.limits import FROM, listed, part
from logtrace.store.reading.heat import COLUMNS, STEPS
from logtrace.units import NS
from logtrace.views.errors.notes import by_subject
from logtrace.views.json.errors import error_groups_json
from logtrace.views.json.shapes import VERSION

MOST_KINDS = 200
_SHARE, _TREND = "share", "trend"
_SORTS = (_SHARE, "spans", "rate_per_s", "error_rate", "p50_ns", "p95_ns", "p99_ns", "max_ns", _TREND)
MOST_STEPS = 5_000
_HOUR_NS = NS["h"]
_AGO_WINDOW_NS = 10 * NS["m"]


def errors(store: Store, given: Given) -> Json:
    """Kinds of errors."""
    found = store.errors(since_ns=given["since"], until_ns=given["until"], service=given["service"])
    told = error_groups_json(found, by_subject(store.noted()))
    groups = part(told["groups"], given["from"], MOST_KINDS)
    return {**told, "count": len(told["groups"]), **listed("groups", groups), **_coarser(told["minutes"])}


def _coarser(minutes: list[list[int]]) -> Json:
    """Errors over time in steps of as many minutes as it takes for an answer that is not too long."""
    step_ns = NS["m"]
    while len(minutes) > MOST_STEPS:
        step_ns *= 2
        sums: Counter[int] = Counter()
        for at_ns, count in minutes:
            sums[at_ns - at_ns % step_ns] += count
        minutes = [list(pair) for pair in sorted(sums.items())]
    return {"minutes": minutes, "step_ns": step_ns}


def services(store: Store, given: Given) -> Json:
    """Services, and who calls whom; by default in the last hour that there is."""
    since_ns, until_ns = _within(store, given)
    spans: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    edges: Counter[tuple[str, str]] = Counter()
    failed_edges: Counter[tuple[str, str]] = Counter()
    for edge, count in store.edges(since_ns, until_ns).items():
        bad = count if edge.error == ErrorLevel.HARD else 0
        spans[edge.service] += count
        failed[edge.service] += bad
        if edge.caller is not None and edge.caller != edge.service:
            edges[edge.caller, edge.service] += count
            failed_edges[edge.caller, edge.service] += bad
    return {
        "version": VERSION,
        "since_ns": str(since_ns),
        "until_ns": str(until_ns),
        "services": [{"name": name, "spans": count, "errors": failed[name]} for name, count in sorted(spans.items())],
        "calls": [
            {"caller": caller, "service": service, "calls": count, "errors": failed_edges[caller, service]}
            for (caller, service), count in sorted(edges.items())
        ],
    }


def heat(store: Store, given: Given) -> Json:
    """Counts of traces by start and duration, by default in the last hour that there is; a cell is [column, row, traces, of
    them with an error]."""
    found = store.heat(*_within(store, given))
    return {
        "version": VERSION,
        "since_ns": text_ns(found.since_ns if found else None),
        "until_ns": text_ns(found.until_ns if found else None),
        "columns": COLUMNS,
        "rows_per_decade": STEPS,
        "cells": [list(cell) for cell in found.cells] if found else [],
    }


def stats(store: Store, given: Given) -> Json:
    """Operations: how many, how often, how long; by default in the last hour that there is."""
    from logtrace.views.json.stats import stats_json

    since_ns, until_ns = _within(store, given)
    found = store.stats(since_ns=since_ns, until_ns=until_ns, outliers=given["outliers"], **_place(given), by=given["by"])
    told = stats_json(found)
    rows = told["operations"]
    if given["sort"] != _SHARE:  # which is the order that they come in
        rows = sorted(rows, key=lambda row: _measure(row, given["sort"]), reverse=True)
    return {**told, "operations": rows[: given["limit"]]}


def _measure(row: Json, key: str) -> float:
    """What rows are sorted by; those that do not tell it come last."""
    trend = row["trend"] or {}
    value = (trend.get("p50_ratio") if trend.get("sure") else None) if key == _TREND else row[key]
    return -1.0 if value is None else float(value)


def series(store: Store, given: Given) -> Json:
    """Durations, or the numbers of an attribute, step by step; by default in the last hour that there is."""
    from logtrace.views.json.stats import series_json

    since_ns, until_ns = _within(store, given)
    found = store.series(
        given["of"] or "duration", since_ns=since_ns, until_ns=until_ns, step_ns=given["step"] or None, **_place(given)
    )
    return series_json(found)


def _place(given: Given) -> dict[str, Any]:
    return {"service": given["service"], "operation": given["operation"]}


def _within(store: Store, given: Given) -> tuple[int, int]:
    """The window that is asked for: up to the last span where nothing else is said, and the hour before that, but for what of
    it was before the first request: rates of ten minutes of logs are of ten minutes."""
    until_ns = (store.spans.newest_span_ns() or 0) + 1 if given["until"] is None else given["until"]
    if given["since"] is not None:
        return given["since"], until_ns
    first_ns = store.spans.begins_ns()
    since_ns = until_ns - _HOUR_NS
    return (max(since_ns, first_ns) if first_ns is not None and first_ns < until_ns else since_ns), until_ns


def cohorts(store: Store, given: Given) -> Json:
    """Many requests beside many: what is more than chance, as data and in sentences."""
    from logtrace.views.json.cohorts import cohorts_json, cohorts_told_json

    found = _compared(store, given)
    return {**cohorts_json(found), "told": cohorts_told_json(found)}


def _compared(store: Store, given: Given) -> Any:
    from logtrace.jobs.statistics.chosen import chosen

    sides = given["before"] is not None or given["after"] is not None
    if sum((sides, given["deploy"] is not None, given["ago"] is not None)) != 1:
        raise UsageError("a comparison is by before and after, by deploy, or by ago", "take one of the three")
    if given["deploy"] is not None:
        return store.compare_deploy(given["deploy"], window_ns=given["window"])
    if given["ago"] is not None:
        return store.compare_ago(given["ago"], window_ns=given["window"] or _AGO_WINDOW_NS)
    if given["before"] is None or given["after"] is None:
        raise UsageError(f"{'before' if given['before'] is None else 'after'} is missing", "a comparison has two sides")
    return store.compare_populations(chosen(given["before"], UTC), chosen(given["after"], UTC))


_OPERATION = Param("operation", "The name of an operation.")
_POPULATION = "a window T1..T2, or an expression"

MANY: tuple[Endpoint, ...] = (
    Endpoint("/errors", "Kinds of errors, most frequent first.", errors, (*WINDOW, SERVICE, FROM),
             keys=("errors", "count", "groups", "more", "next", "minutes", "step_ns")),
    Endpoint("/heat", "How many requests took how long, over time.", heat, WINDOW, keys=("since_ns", "until_ns", "cells")),
    Endpoint("/services", "Services, and who calls whom.", services, WINDOW, keys=("services", "calls")),
    Endpoint(
        "/stats",
        "Operations: how many, how often, how many failed, how long, whose time it was, against the window before.",
        stats,
        (
            *WINDOW, SERVICE, _OPERATION, Param("by", "A row for each value of this attribute."),
            Param("sort", "What all rows are sorted by, most first, before they are cut.", "choice", _SHARE, choices=_SORTS),
            number("limit", "So many rows.", 200, 1, 1000), number("outliers", "So many of what is far out.", 10, 0, 100),
        ),
        keys=("since", "until", "spans", "operations", "row_count", "outliers", "notes"),
    ),
    Endpoint(
        "/series",
        "How long it took over time, or the numbers of an attribute.",
        series,
        (*WINDOW, SERVICE, _OPERATION, Param("of", "A numeric attribute; else the duration."),
         Param("step", "How long a step is; else some thirty of them.", "duration")),
        keys=("what", "step_ns", "steps", "growth", "notes"),
    ),
    Endpoint(
        "/cohorts",
        "Many requests beside many: what differs by more than chance.",
        cohorts,
        (
            Param("before", f"Requests of {_POPULATION}."),
            Param("after", f"Beside those of {_POPULATION}."),
            Param("deploy", "Or: from this time on, beside what started before.", "time"),
            Param("ago", "Or: the last window that there is, beside the one so long before.", "duration"),
            Param("window", "How long, for ago and deploy.", "duration"),
        ),
        keys=("before", "after", "requests", "findings", "values", "notes", "told"),
    ),
)  # fmt: skip
