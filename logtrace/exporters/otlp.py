"""Trace → OTLP JSON: ids as hexadecimal text, times as decimal text, kinds and codes as numbers.
Source: opentelemetry-proto, specification of OTLP/JSON.

Spans that no line tells of (phantoms) stay out: whoever reads sees that a parent is missing, as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from logtrace.exporters.names import Event, attributes_of, events_of, name_of, resource_of, service_of, trace_hex, trace_hex_of
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import ErrorLevel, Flag, LineRef, Span, Trace

Json = dict[str, Any]

WARNINGS = "@jaeger@warnings"
"""The attribute in which Jaeger carries sentences about a span."""

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_CODES = {"ok": 1, "error": 2}
_SURE = 80
"""An inferred parent that is less sure than this is told in words too."""

_WIDE = 1 << 63


def resource_spans(trace: Trace) -> list[Json]:
    """All spans of a trace, those of one resource together, in span order."""
    found: dict[tuple[Any, ...], tuple[Json, list[Json]]] = {}
    trace_id = trace_hex_of(trace.trace_id)
    fallback_ns = trace.start_ns or 0
    loose = _owner_of_loose_lines(trace)
    for span in trace.spans:
        if span.phantom:
            continue
        resource = {"service.name": service_of(span), **resource_of(span)}
        _, spans = found.setdefault(tuple(map(str, resource.items())), (resource, []))
        lines = (*span.lines, *trace.lines) if span is loose else span.lines
        spans.append(_span(span, trace, trace_id, fallback_ns, lines))
    return [
        {"resource": {"attributes": pairs(resource)}, "scopeSpans": [{"scope": {}, "spans": spans}]}
        for resource, spans in found.values()
    ]


def _owner_of_loose_lines(trace: Trace) -> Span | None:
    """The span that lines go with which name none: the first root that is there."""
    there = [span for span in trace.spans if not span.phantom]
    return next((span for span in there if span.parent_key == NO_SPAN), there[0] if there else None)


def _span(span: Span, trace: Trace, trace_id: str, fallback_ns: int, lines: tuple[LineRef, ...]) -> Json:
    start_ns = _start_ns(span, trace, fallback_ns)
    told: Json = {"traceId": trace_id, "spanId": span_id_text(span.key)}
    if span.parent_key != NO_SPAN:
        told["parentSpanId"] = span_id_text(span.parent_key)
    told |= {
        "name": name_of(span),
        "kind": KINDS.get(span.kind, 0),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + (span.duration_ns or 0)),
        "attributes": pairs(attributes_of(span) | _original_id(trace, trace_id) | _warned(span, trace)),
        "events": [_event(event, start_ns) for event in events_of(span, lines)],
        "links": [{"traceId": trace_hex(link.trace), "spanId": span_id_text(link.span)} for link in span.links],
        "status": _status(span),
    }
    return told


def _start_ns(span: Span, trace: Trace, fallback_ns: int) -> int:
    """The start; of a span without a time that of the nearest span above it that has one."""
    seen = set()
    while span.start_ns is None and span.key not in seen:
        seen.add(span.key)
        span = trace.by_key.get(span.parent_key, span)
    return fallback_ns if span.start_ns is None else span.start_ns


def _original_id(trace: Trace, trace_id: str) -> Json:
    known = trace.trace_id.lower().rjust(32, "0")
    return {} if known == trace_id else {"logtrace.trace_id": trace.trace_id}


def _warned(span: Span, trace: Trace) -> Json:
    told = list(_warnings(span, trace))
    return {WARNINGS: told} if told else {}


def _warnings(span: Span, trace: Trace) -> Iterator[str]:
    if trace.by_one_clock and span.skew_ns:
        yield f"This span's timestamps were adjusted by {go_duration(span.skew_ns)}"
    if span.parent_key != NO_SPAN and not span.parent.observed and span.parent.confidence < _SURE:
        yield f"no line names its parent: inferred, {span.parent.confidence} % sure"
    if span.start_ns is None:
        yield "no line tells when it started: it is shown where its parent starts"
    if span.duration_ns is None or span.flags & Flag.OPEN:
        yield "no line tells when it ended"
    elif span.flags & Flag.LOWER_BOUND:
        yield "it took at least this long: no line tells both ends"


def _event(event: Event, start_ns: int) -> Json:
    time_ns = start_ns if event.time_ns is None else event.time_ns
    return {"timeUnixNano": str(time_ns), "name": event.name, "attributes": pairs(event.attributes)}


def _status(span: Span) -> Json:
    code = _CODES.get(span.status)
    if code is None:
        return {}
    told = span.error_message if span.error == ErrorLevel.HARD else ""
    return {"code": code, "message": told} if told else {"code": code}


def pairs(attributes: Mapping[str, Any]) -> list[Json]:
    """Attributes as OTLP writes them."""
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -_WIDE <= value < _WIDE else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    return {} if value is None else {"stringValue": str(value)}


def go_duration(ns: int) -> str:
    """A duration as Go prints it: 35ms, -1.5s, 1h2m3s."""
    sign, left = ("-", -ns) if ns < 0 else ("", ns)
    if left < 1_000_000_000:
        unit, size = next(((u, s) for u, s in (("ms", 1_000_000), ("µs", 1_000)) if left >= s), ("ns", 1))
        return f"{sign}{_decimal(left, size)}{unit}" if left else "0s"
    minutes, seconds = divmod(left, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{head}{_decimal(seconds, 1_000_000_000)}s"


def _decimal(value: int, size: int) -> str:
    whole, rest = divmod(value, size)
    digits = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
