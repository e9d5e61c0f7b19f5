"""The documented JSON shapes of what is found about one trace or two. As in shapes: text as logged, null for unknown."""

from __future__ import annotations

from typing import Any

from logtrace.analysis.traces.bottlenecks import Bottleneck, Bottlenecks
from logtrace.analysis.traces.errors import Cause, ErrorMark, TraceErrors
from logtrace.analysis.traces.fingerprints import span_fingerprint
from logtrace.model import Span
from logtrace.units import format_instant
from logtrace.views.json.shapes import VERSION, findings_json


def span_ref(span: Span) -> dict[str, Any]:
    """Which span: its id, service and operation."""
    return {"span_id": span.span_id, "service": span.service, "operation": span.name}


def bottlenecks_json(found: Bottlenecks) -> dict[str, Any]:
    """All spans on the critical path, and the findings that `show` gives too."""
    return {
        "version": VERSION,
        "trace_id": found.findings.trace.trace_id,
        **findings_json(found.findings),
        "bottlenecks": [_bottleneck_json(each) for each in found.spans],
    }


def _bottleneck_json(each: Bottleneck) -> dict[str, Any]:
    return {
        **span_ref(each.span),
        "duration_ns": each.span.duration_ns,
        "critical_ns": each.critical_ns,
        "share": each.share,
        "self_ns": each.self_ns,
        "shape": each.shape._asdict(),
        "slow": each.slow or None,
        "error": each.span.error_message or each.span.error_type if each.span.error else None,
    }


def trace_errors_json(found: TraceErrors, notes: list[str]) -> dict[str, Any]:
    """The errors of one trace: the root cause first among `causes`, all errors in time order in `timeline`."""
    return {
        "version": VERSION,
        "trace_id": found.trace.trace_id,
        "root_cause": _cause_json(found.causes[0]) if found.causes else None,
        "causes": [_cause_json(cause) for cause in found.causes],
        "timeline": [_mark_json(mark) for mark in found.timeline],
        "clock_doubt_ns": found.doubt_ns,
        "notes": notes,
    }


def _cause_json(cause: Cause) -> dict[str, Any]:
    group = cause.retries
    return {
        **span_ref(cause.span),
        "error_type": cause.span.error_type,
        "error_message": cause.span.error_message,
        "fingerprint": span_fingerprint(cause.span),
        "time_ns": cause.time_ns,
        "time": instant(cause.time_ns),
        "chain": [span_ref(span) for span in cause.chain],
        "reaches_root": cause.reaches_root,
        "stopped_at": span_ref(cause.stopped_at) if cause.stopped_at else None,
        "callee_left_no_log": cause.no_callee,
        "recovered": cause.recovered,
        "attempts": None
        if group is None
        else {
            "span_ids": [span.span_id for span in group.attempts],
            "failures": group.failures,
            "waits_ns": list(group.waits_ns),
            "wrapper": group.wrapper.span_id if group.wrapper else None,
            "told": group.told,
        },
    }


def _mark_json(mark: ErrorMark) -> dict[str, Any]:
    told = mark.span if mark.span is not None else mark.failure
    failure = mark.failure
    return {
        "time_ns": mark.time_ns,
        "time": instant(mark.time_ns),
        "what": mark.what,
        "span_id": mark.span.span_id if mark.span else None,
        "service": told.service if told else "",
        "operation": mark.span.name if mark.span else None,
        "error_type": told.error_type if told else "",
        "error_message": mark.span.error_message if mark.span else failure.message if failure else "",
        "attempt": list(mark.attempt) if mark.attempt else None,
    }


def instant(time_ns: int | None) -> str | None:
    """ISO text of an instant in UTC."""
    return None if time_ns is None else format_instant(time_ns)
