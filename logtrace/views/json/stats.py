"""The documented JSON shapes of statistics. As in shapes: text as logged, null for unknown."""

from __future__ import annotations

from typing import Any

from logtrace.analysis.statistics.heatmap import Cell, Heatmap
from logtrace.analysis.statistics.path_times import OnPath, WindowBottlenecks
from logtrace.analysis.statistics.quantiles import P95, P99, is_maximum
from logtrace.analysis.statistics.series import Series, Step
from logtrace.analysis.statistics.service_graph import Calls, ServiceGraph
from logtrace.analysis.statistics.stats import OperationStats, Outlier, Stats
from logtrace.analysis.statistics.sums import Sums
from logtrace.views.json.analysis import instant
from logtrace.views.json.shapes import VERSION


def stats_json(found: Stats) -> dict[str, Any]:
    """Operations, the largest share of the time first."""
    return {
        "version": VERSION,
        "since_ns": found.since_ns,
        "since": instant(found.since_ns),
        "until_ns": found.until_ns,
        "until": instant(found.until_ns),
        "before_ns": found.before_ns,
        "spans": found.spans,
        "samples": found.samples,
        "by": found.by,
        "without": found.without,
        "notes": list(found.notes),
        "row_count": found.row_count,
        "cut_share": found.cut_share,
        "operations": [_operation_json(each) for each in found.operations],
        "outlier_count": found.outlier_count,
        "outliers": [_outlier_json(each) for each in found.outliers],
    }


def _operation_json(each: OperationStats) -> dict[str, Any]:
    row = each._asdict()
    trend, estimated = row.pop("trend"), row.pop("estimated")
    more = {"error_rate": each.error_rate, "p95_is_max": each.p95_is_max, "p99_is_max": each.p99_is_max}
    nested = {"trend": trend, "estimated": estimated}
    return row | more | {name: None if value is None else value._asdict() for name, value in nested.items()}


def _outlier_json(each: Outlier) -> dict[str, Any]:
    return {**each._asdict(), "start": instant(each.start_ns)}


def series_json(found: Series) -> dict[str, Any]:
    """Steps in time order; of durations the values are nanoseconds."""
    growth = found.growth
    return {
        "version": VERSION,
        "what": found.what,
        "step_ns": found.step_ns,
        "left_out": found.left_out,
        "no_number": found.no_number,
        "no_number_examples": list(found.odd),
        "growth": None if growth is None else {**growth._asdict(), "ratio": growth.ratio},
        "notes": list(found.notes),
        "steps": [_step_json(step) for step in found.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    few = {"p95_is_max": is_maximum(step.values, P95), "p99_is_max": is_maximum(step.values, P99)}
    return {**step._asdict(), "start": instant(step.start_ns), **few}


def sums_json(found: Sums) -> dict[str, Any]:
    """Sums by operation, the largest first."""
    return {
        "version": VERSION,
        "key": found.key,
        "total": found.total,
        "spans": found.spans,
        "requests": found.requests,
        "without": found.without,
        "no_number": found.no_number,
        "no_number_examples": list(found.odd),
        "several": found.several,
        "notes": list(found.notes),
        "operations": [{**each._asdict(), "mean": each.mean} for each in found.operations],
    }


def service_graph_json(found: ServiceGraph) -> dict[str, Any]:
    """Services and the calls between them, the most frequent first."""
    return {
        "version": VERSION,
        "services": list(found.services),
        "calls": [_calls_json(each) for each in found.edges],
        "entries": [_calls_json(each) for each in found.entries],
        "not_logged": [{"callee": service, "calls": calls} for service, calls in found.not_logged],
        "unknown_lengths": found.unknown_lengths,
        "cycles": [list(cycle) for cycle in found.cycles],
        "notes": list(found.notes),
    }


def _calls_json(each: Calls) -> dict[str, Any]:
    return {**each._asdict(), "error_rate": each.errors / each.calls, "p99_is_max": each.p99_is_max}


def heatmap_json(found: Heatmap) -> dict[str, Any]:
    """A row for each step, operation and bucket that has spans in it, in that order."""
    return {
        "version": VERSION,
        "since_ns": found.since_ns,
        "until_ns": found.until_ns,
        "step_ns": found.step_ns,
        "spans": found.spans,
        "left_out": found.left_out,
        "notes": list(found.notes),
        "cells": [_cell_json(cell) for cell in found.cells],
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    return {
        "minute": instant(cell.start_ns),
        "start_ns": cell.start_ns,
        "service": cell.service,
        "operation": cell.operation,
        "bucket": cell.bucket,
        "above_ms": cell.above_ms,
        "up_to_ms": cell.up_to_ms,
        "count": cell.spans,
        "average_ms": cell.average_ns / 1e6,
    }


def window_bottlenecks_json(found: WindowBottlenecks) -> dict[str, Any]:
    """Operations and call paths, the largest share of the critical paths first."""
    return {
        "version": VERSION,
        "since_ns": found.since_ns,
        "until_ns": found.until_ns,
        "requests": found.requests,
        "without": found.without,
        "total_ns": found.total_ns,
        "notes": list(found.notes),
        "operations": [_on_path_json(each) for each in found.operations],
        "paths": [_on_path_json(each) for each in found.paths],
    }


def _on_path_json(each: OnPath) -> dict[str, Any]:
    return {
        "service": each.operation.service,
        "operation": each.operation.name,
        "path": [{"service": above.service, "operation": above.name} for above in each.path],
        "requests": each.requests,
        "path_ns": each.path_ns,
        "gain_ns": each.gain_ns,
        "share": each.share,
        "example": each.example,
    }
