"""Trace → OTLP JSON: ids as hexadecimal text, times as decimal text, kinds and codes as numbers.
Source: opentelemetry-proto, specification of OTLP/JSON.

Spans that no line tells of (phantoms) stay out: whoever reads sees that a parent is missing, as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from logtrace.exporters.durations import go_duration
from logtrace.exporters.names import name_of, service_of, trace_hex, trace_hex_of
from logtrace.exporters.places import Event, Library, attributes_of, events_of, linked_attributes, resource_of, scope_of
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import ErrorLevel, Flag, LineRef, Span, Trace
from logtrace.resources import TRACE_STATE

Json = dict[str, Any]

WARNINGS = "@jaeger@warnings"
"""The attribute in which Jaeger carries sentences about a span."""

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_CODES = {"ok": 1, "error": 2}
_SURE = 80
"""An inferred parent that is less sure than this is told in words too."""

_WIDE = 1 << 63
_NOTHING: Mapping[int, str] = {}


class _Whole(NamedTuple):
    """What a span needs to know of its trace; told: see resource_spans."""

    trace: Trace
    trace_id: str
    told: Mapping[int, str]


def resource_spans(trace: Trace, told: Mapping[int, str] = _NOTHING) -> list[Json]:
    """All spans of a trace, those of one resource and scope together, in span order. told: a further warning of spans, by
    their keys."""
    found: dict[tuple[str, ...], Json] = {}
    scopes: dict[tuple[str, ...], list[Json]] = {}
    whole = _Whole(trace, trace_hex_of(trace.trace_id), told)
    loose = _owner_of_loose_lines(trace)
    for span in trace.spans:
        if span.phantom:
            continue
        resource = {"service.name": service_of(span), **resource_of(span)}
        of_resource, scope = tuple(map(str, resource.items())), scope_of(span)
        made = found.setdefault(of_resource, {"resource": {"attributes": pairs(resource)}, "scopeSpans": []})
        of_scope = (*of_resource, str(scope))
        if of_scope not in scopes:
            scopes[of_scope] = []
            made["scopeSpans"].append({"scope": _scope(scope), "spans": scopes[of_scope]})
        lines = (*span.lines, *trace.lines) if span is loose else span.lines
        scopes[of_scope].append(_span(span, whole, lines))
    return list(found.values())


def _scope(scope: Library) -> Json:
    told: Json = {key: value for key, value in (("name", scope.name), ("version", scope.version)) if value}
    return told | ({"attributes": pairs(scope.attributes)} if scope.attributes else {})


def _owner_of_loose_lines(trace: Trace) -> Span | None:
    """The span that lines go with which name none: the first root that is there."""
    there = [span for span in trace.spans if not span.phantom]
    return next((span for span in there if span.parent_key == NO_SPAN), there[0] if there else None)


def _span(span: Span, whole: _Whole, lines: tuple[LineRef, ...]) -> Json:
    start_ns = _start_ns(span, whole.trace)
    moved_ns = span.skew_ns if whole.trace.by_one_clock else 0
    told: Json = {"traceId": whole.trace_id, "spanId": span_id_text(span.key)}
    if span.parent_key != NO_SPAN:
        told["parentSpanId"] = span_id_text(span.parent_key)
    told |= {
        "name": name_of(span),
        "kind": KINDS.get(span.kind, 0),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + (span.duration_ns or 0)),
        "attributes": pairs(attributes_of(span) | _original_id(whole) | _warned(span, whole)),
        "events": [_event(event, start_ns) for event in events_of(span, lines, moved_ns)],
        "links": list(_links(span)),
        "status": _status(span),
    }
    if state := span.attributes.get(TRACE_STATE):
        told["traceState"] = str(state)
    return told


def _links(span: Span) -> Iterator[Json]:
    said = linked_attributes(span) if span.links else {}
    for link in span.links:
        at = trace_hex(link.trace), span_id_text(link.span)
        told = {"traceId": at[0], "spanId": at[1]}
        yield {**told, "attributes": pairs(said[at])} if at in said else told


def _start_ns(span: Span, trace: Trace) -> int:
    """The start; of a span without a time that of the nearest span above it that has one."""
    seen = set()
    while span.start_ns is None and span.key not in seen:
        seen.add(span.key)
        span = trace.by_key.get(span.parent_key, span)
    return trace.start_ns or 0 if span.start_ns is None else span.start_ns


def _original_id(whole: _Whole) -> Json:
    known = whole.trace.trace_id
    return {} if known.lower().rjust(32, "0") == whole.trace_id else {"logtrace.trace_id": known}


def _warned(span: Span, whole: _Whole) -> Json:
    told = [*filter(None, (whole.told.get(span.key),)), *_warnings(span, whole.trace)]
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
