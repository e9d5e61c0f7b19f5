"""Trace → OTLP JSON: ids as hexadecimal text, times as decimal text, kinds and codes as numbers.
Source: opentelemetry-proto, specification of OTLP/JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from logtrace import carried
from logtrace.exporters.go_time import go_duration
from logtrace.exporters.inferred import Doubts, doubts
from logtrace.exporters.leaving import Leaving, leaving
from logtrace.exporters.names import Event, attributes_of, events_in, name_of, resource_of, service_of, trace_hex, trace_hex_of
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import OBSERVED_SOURCES, ErrorLevel, Flag, Link, Span, Trace

Json = dict[str, Any]

WARNINGS = "@jaeger@warnings"
"""The attribute in which Jaeger carries sentences about a span."""

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_CODES = {"ok": 1, "error": 2}
_SURE = 80
"""An inferred parent that is less sure than this is told in words too."""

_WIDE = 1 << 63
_NOTHING: Mapping[int, str] = {}


def otlp_pieces(traces: Iterable[Trace]) -> Iterator[bytes]:
    """One line a trace."""
    return (orjson.dumps({"resourceSpans": resource_spans(trace)}) + b"\n" for trace in traces)


def resource_spans(trace: Trace, told: Mapping[int, str] = _NOTHING) -> list[Json]:
    """All spans of a trace, those of one resource and scope together, in span order; see `leaving`. told: a further warning
    about spans, by their keys."""
    return [
        resource | {"scopeSpans": [scoped | {"spans": list(scoped["spans"])} for scoped in resource["scopeSpans"]]}
        for resource in passing_spans(trace, told)
    ]


def passing_spans(trace: Trace, told: Mapping[int, str] = _NOTHING) -> Iterator[Json]:
    """The same, to be read once: a span is made when it is reached. Of a trace with 200,000 spans all at once take 500 MB."""
    found: dict[tuple[Any, ...], tuple[Json, dict[str, tuple[Library, list[Leaving]]]]] = {}
    trace_id = trace_hex_of(trace.trace_id)
    fallback_ns = trace.start_ns or 0
    for each in leaving(trace):
        resource = {"service.name": service_of(each.span), **resource_of(each.span)}
        _, scopes = found.setdefault(tuple(map(str, resource.items())), (resource, {}))
        scope = scope_of(each.span.attributes)
        scopes.setdefault(str(scope), (scope, []))[1].append(each)
    for resource, scopes in found.values():
        yield {
            "resource": {"attributes": pairs(resource)},
            "scopeSpans": [
                {
                    "scope": scope.as_json(),
                    "spans": (_span(each, trace, trace_id, fallback_ns, told.get(each.span.key)) for each in spans),
                }
                for scope, spans in scopes.values()
            ],
        }


class Library(NamedTuple):
    """The instrumentation that made a span (its scope); "" for what is not known."""

    name: str
    version: str
    attributes: dict[str, Any]

    def as_json(self) -> Json:
        """As OTLP writes it."""
        told: Json = {key: value for key, value in (("name", self.name), ("version", self.version)) if value}
        return told | ({"attributes": pairs(self.attributes)} if self.attributes else {})


def scope_of(attributes: Mapping[str, Any]) -> Library:
    """The scope that attributes of a span tell of."""
    prefix = carried.SCOPE_ATTRIBUTE
    own = {key.removeprefix(prefix): value for key, value in attributes.items() if key.startswith(prefix)}
    return Library(str(attributes.get(carried.SCOPE_NAME) or ""), str(attributes.get(carried.SCOPE_VERSION) or ""), own)


def _span(each: Leaving, trace: Trace, trace_id: str, fallback_ns: int, further: str | None) -> Json:
    span, lines = each.span, each.lines()
    start_ns = _start_ns(span, trace, fallback_ns)
    told: Json = {"traceId": trace_id, "spanId": span_id_text(span.key)}
    if span.parent_key != NO_SPAN:
        told["parentSpanId"] = span_id_text(span.parent_key)
    if span.attributes.get(carried.TRACE_STATE):
        told["traceState"] = str(span.attributes[carried.TRACE_STATE])
    told |= {
        "name": name_of(span),
        "kind": KINDS.get(span.kind, 0),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + (span.duration_ns or 0)),
        "attributes": pairs(attributes_of(span) | of_trace(span, trace, trace_id, len(lines)) | _warned(span, trace, further)),
        "events": [_event(event, start_ns) for event in (*events_in(span), *lines)],
        "links": [_link(link, span.attributes) for link in each.links],
        "status": _status(span),
    }
    return told


def of_trace(span: Span, trace: Trace, trace_id: str, lines: int) -> Json:
    """What is told of a span besides what is known of it alone. lines: how many of its events are such."""
    told: Json = {carried.SPAN: True} if span.attributes.get(carried.SPAN) is True else {}
    if lines:
        told[carried.LINES] = lines
    if trace.by_one_clock and span.skew_ns:
        told[carried.SHIFT] = span.skew_ns
    if trace.trace_id.lower().rjust(32, "0") != trace_id:
        told[carried.TRACE_ID] = trace.trace_id
    return told


def _link(link: Link, attributes: Mapping[str, Any]) -> Json:
    """A link, with the attributes that it was logged with."""
    told: Json = {"traceId": trace_hex(link.trace), "spanId": span_id_text(link.span)}
    kept = attributes.get(carried.LINKS)
    for each in kept if isinstance(kept, list) else ():
        if isinstance(each, dict) and each.get("trace") == told["traceId"] and each.get("span") == told["spanId"]:
            return told | {"attributes": pairs(each.get("attributes") or {})}
    return told


def _start_ns(span: Span, trace: Trace, fallback_ns: int) -> int:
    """The start; of a span without a time that of the nearest span above it that has one."""
    seen = set()
    while span.start_ns is None and span.key not in seen:
        seen.add(span.key)
        span = trace.by_key.get(span.parent_key, span)
    return fallback_ns if span.start_ns is None else span.start_ns


def _warned(span: Span, trace: Trace, further: str | None) -> Json:
    before = span.attributes.get(WARNINGS)
    told = [*(before if isinstance(before, list) else ()), *_warnings(span, trace), *([further] if further else [])]
    return {WARNINGS: told} if told else {}


def _warnings(span: Span, trace: Trace) -> Iterator[str]:
    if trace.by_one_clock and span.skew_ns:
        yield f"This span's timestamps were adjusted by {go_duration(span.skew_ns)}"
    yield from sentences(doubts(span), span.start_ns is None)


def sentences(known: Doubts, nowhere: bool) -> Iterator[str]:
    """What is to be said of a span that is not known well. nowhere: no line tells when it started."""
    if known.parent and known.parent not in OBSERVED_SOURCES and known.confidence < _SURE:
        yield f"no line names its parent: inferred, {known.confidence} % sure"
    if nowhere:
        yield "no line tells when it started: it is shown where its parent starts"
    if not known.lasts or known.flags & Flag.OPEN:
        yield "no line tells when it ended"
    elif known.flags & Flag.LOWER_BOUND:
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
    if (base64 := carried.base64_of(value)) is not None:
        return {"bytesValue": base64}
    return {} if value is None else {"stringValue": str(value)}
