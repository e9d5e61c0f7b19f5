"""What Jaeger does to spans before it keeps them: one that does not end behind its start ends a nanosecond behind it, and says
so.
Source: jaeger v2.20, jptrace/sanitizer. Its other rules are kept elsewhere: names that are missing by `names`, those that are no
names by the format `otlp`, texts that are no UTF-8 by whoever reads bytes.
"""

from __future__ import annotations

from logtrace import carried
from logtrace.exporters.go_time import go_instant
from logtrace.exporters.names import tells_times
from logtrace.exporters.otlp import WARNINGS, Json
from logtrace.ids import span_id_text
from logtrace.model import Span, Trace


def sanitized(resources: list[Json], trace: Trace) -> list[Json]:
    """Mends the `resourceSpans` of a trace. Where lines tell an end that is none, it is told; where they tell no end at all,
    another warning says that (see exporters.otlp)."""
    told = {span_id_text(span.key): warning for span in trace.spans if (warning := _warning(span))}
    for span in (span for resource in resources for scoped in resource["scopeSpans"] for span in scoped["spans"]):
        start_ns = int(span["startTimeUnixNano"])
        if int(span["endTimeUnixNano"]) <= start_ns:
            span["endTimeUnixNano"] = str(start_ns + 1)
            if span["spanId"] in told:
                _warn(span, told[span["spanId"]])
    return resources


def _warning(span: Span) -> str:
    """What Jaeger says of a span whose end it had to move; "" where lines tell none."""
    if span.start_ns is None or span.duration_ns:
        return ""
    end_ns = span.attributes.get(carried.EARLY_END)
    if end_ns is None and span.duration_ns == 0 and tells_times(span):
        end_ns = span.start_ns
    if not isinstance(end_ns, int):
        return ""
    moved = f"Original end timestamp: {go_instant(end_ns)}, adjusted to: {go_instant(span.start_ns + 1)}"
    return f"Negative duration detected, sanitizing end timestamp. {moved}"


def _warn(span: Json, text: str) -> None:
    """Puts a warning before those that a span has."""
    values = [{"stringValue": text}]
    for pair in span["attributes"]:
        if pair["key"] == WARNINGS:
            pair["value"] = {"arrayValue": {"values": values + pair["value"].get("arrayValue", {}).get("values", [])}}
            return
    span["attributes"].insert(0, {"key": WARNINGS, "value": {"arrayValue": {"values": values}}})
