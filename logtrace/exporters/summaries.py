"""Trace → the summary that Jaeger's API of version 3 gives of it (proto3 JSON: what is zero or empty is left out)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from logtrace.exporters.names import name_of, service_of, trace_hex_of
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Trace


def summary_of(trace: Trace) -> dict[str, Any]:
    """Counts over the whole trace; an error is a status of error; an orphan names a parent that is not there."""
    spans = [span for span in trace.spans if not span.phantom]
    there = {span.key for span in spans}
    failed = [span for span in spans if span.error == ErrorLevel.HARD]
    root = next((span for span in spans if span.parent_key == NO_SPAN), None)
    starts = [span.start_ns for span in spans if span.start_ns is not None]
    ends = [span.start_ns + (span.duration_ns or 1) for span in spans if span.start_ns is not None]
    per_service, failed_of = Counter(map(service_of, spans)), Counter(map(service_of, failed))
    found = {
        "traceId": trace_hex_of(trace.trace_id),
        "rootServiceName": service_of(root) if root else "",
        "rootOperationName": name_of(root) if root else "",
        "minStartTimeUnixNano": str(min(starts)) if starts else "",
        "maxEndTimeUnixNano": str(max(ends)) if ends else "",
        "spanCount": len(spans),
        "errorSpanCount": len(failed),
        "orphanSpanCount": sum(span.parent_key != NO_SPAN and span.parent_key not in there for span in spans),
        "services": [
            _without_zeros({"name": name, "spanCount": count, "errorSpanCount": failed_of[name]})
            for name, count in sorted(per_service.items())
        ],
    }
    return _without_zeros(found)


def _without_zeros(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}
