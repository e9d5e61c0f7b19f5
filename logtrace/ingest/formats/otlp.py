"""OTLP/JSON, as the collector's file exporter and OTLP senders write it: a batch of spans or log records in a line, wrapped
(`resourceSpans`, `resourceLogs`) or one resource alone (otel-java's logging exporter); and as Grafana Tempo's API answers
(`batches`). Senders that keep protobuf's own names write `resource_spans` and so on.
Source: opentelemetry-proto, specification; Tempo's API.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from logtrace import carried
from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    level_of,
    mapped,
    object_of,
    objects_of,
    plain_value,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.ingest.formats.recovered import Event, spans_told
from logtrace.ingest.vocabulary.aliases import DURATIONS
from logtrace.units import NS, duration_text_ns


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans and log records of all resources; None where there are none."""
    if not _SNAKES.isdisjoint(record):
        record = _camelled(record)
    record = object_of(record.get("trace")) or record
    resources = [resource for key in ("resourceSpans", "resourceLogs", "batches") for resource in objects_of(record.get(key))]
    return [told for resource in resources or [record] for told in _of_resource(resource)] or None


_DEPTH = 40
_SNAKES = frozenset(("resource_spans", "resource_logs", "scope_spans", "scope_logs"))


def _camelled(value: Any, depth: int = _DEPTH) -> Any:
    """A message whose fields have protobuf's own names, under those of its JSON; what people named is a value, and stays."""
    if not depth:
        return None
    if isinstance(value, list):
        return [_camelled(inner, depth - 1) for inner in value]
    return {_camel(key): _camelled(inner, depth - 1) for key, inner in value.items()} if isinstance(value, dict) else value


def _camel(name: str) -> str:
    first, *further = name.split("_")
    return first + "".join(map(str.capitalize, further))


def _of_resource(resource: dict[str, Any]) -> Iterator[Told]:
    attributes = mapped(object_of(resource.get("resource")).get("attributes"))
    scopes = [scope for key in _SCOPES for scope in objects_of(resource.get(key))]
    for scope in scopes:
        named = object_of(scope.get("scope", scope.get("instrumentationLibrary")))
        for span in objects_of(scope.get("spans")):
            yield from _spans(span, attributes, named)
        for log in objects_of(scope.get("logRecords", scope.get("logs"))):
            yield _log(log, attributes)


_SCOPES = ("scopeSpans", "instrumentationLibrarySpans", "scopeLogs", "instrumentationLibraryLogs")


def _spans(span: dict[str, Any], resource: dict[str, Any], scope: dict[str, Any]) -> list[Told]:
    """What a span tells: all of OTLP that has a place, the rest as attributes."""
    own = mapped(span.get("attributes"))
    told = _told(span, resource)
    told |= {"start": _ns(span.get("startTimeUnixNano")), "end": _ns(span.get("endTimeUnixNano"))}
    attributes = _joined(resource, own)
    for key, value in (
        (carried.SCOPE_NAME, scope.get("name")), (carried.SCOPE_VERSION, scope.get("version")),
        (carried.TRACE_STATE, span.get("traceState")), (carried.LINKS, list(_linked(span))),
    ):  # fmt: skip
        if value:
            attributes.setdefault(key, value)
    for key, value in mapped(scope.get("attributes")).items():
        attributes.setdefault(carried.SCOPE_ATTRIBUTE + key, value)
    events: list[Event] = [
        {"name": event.get("name"), "time": _ns(event.get("timeUnixNano")), "attributes": mapped(event.get("attributes"))}
        for event in objects_of(span.get("events"))
    ]
    return spans_told(told, attributes, events)


def _joined(resource: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a resource and of a span as one; whose they were is noted where their names don't tell. One of the
    resource that the span has as well, with another value, is kept as resource.KEY."""
    found = dict(resource)
    moved = [key for key in resource if key != "service.name" and not carried.is_of_resource(key)]
    for key, value in own.items():
        if key in resource and resource[key] != value and key != "service.name":
            found[f"resource.{key}"] = resource[key]
        found[key] = value
    kept = [key for key in own if carried.is_of_resource(key)]
    if moved := [key for key in moved if key not in own]:
        found.setdefault(carried.RESOURCE_KEYS, moved)
    if kept:
        found.setdefault(carried.SPAN_KEYS, kept)
    return found


def _linked(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The links that have attributes."""
    for link in objects_of(span.get("links")):
        if attributes := mapped(link.get("attributes")):
            trace, linked = _hex(link.get("traceId")), _hex(link.get("spanId"))
            yield {"trace": trace.lower().rjust(32, "0"), "span": linked.lower().rjust(16, "0"), "attributes": attributes}


def _ns(value: object) -> int | None:
    """Nanoseconds, as a number or as text; 0 means none."""
    text = str(value)
    return (int(text) or None) if text.lstrip("-").isdecimal() and len(text) < 20 else None


def span_told(span: dict[str, Any], resource: dict[str, Any]) -> Told:
    """What a span of OTLP tells; attributes may be lists of pairs or maps."""
    events = [_event(event) for event in objects_of(span.get("events"))]
    told = {**exception_in(events), **_told(span, resource)}
    told |= {"start": span.get("startTimeUnixNano"), "end": span.get("endTimeUnixNano")}
    return with_rest(told, {**resource, **mapped(span.get("attributes"))}, ("events", events))


def _told(span: dict[str, Any], resource: dict[str, Any]) -> Told:
    status = object_of(span.get("status"))
    told = {
        **_service_told(resource),
        "trace": _hex(span.get("traceId")),
        "span": _hex(span.get("spanId")),
        "parent": _hex(span.get("parentSpanId")) or None,
        "name": span.get("name"),
        "kind": kind_of(span.get("kind")),
        "status": status_of(status.get("code")),
        "links": [[_hex(link.get("traceId")), _hex(link.get("spanId"))] for link in objects_of(span.get("links"))],
    }
    return told | ({"error_message": status["message"]} if status.get("message") else {})


def _service_told(resource: dict[str, Any]) -> Told:
    """The service; where what is there is no name, the word that Jaeger has for that."""
    named = resource.get("service.name")
    if named is None:
        return {}
    if isinstance(named, str):
        return resource_told(resource) if named else {"service": carried.EMPTY_SERVICE}
    return {"service": carried.ODD_SERVICE}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {"name": event.get("name"), "time": event.get("timeUnixNano"), "attributes": mapped(event.get("attributes"))}


def _log(log: dict[str, Any], resource: dict[str, Any]) -> Told:
    body, inner = body_of(plain_value(log.get("body")))
    attributes = {**inner, **mapped(log.get("attributes"))}
    time = log.get("timeUnixNano")
    told = {
        **_service_told(resource),
        **exception_in([{"attributes": attributes}]),
        "trace": _hex(log.get("traceId")),
        "span": _hex(log.get("spanId")),
        "time": log.get("observedTimeUnixNano") if time in (None, 0, "0", "") else time,
        "level": log.get("severityText") or level_of(log.get("severityNumber")),
        "body": body,
        **duration_in(attributes),
    }
    return with_rest(told, {**resource, **attributes}, ("event.name", log.get("eventName")))


def body_of(value: Any) -> tuple[Any, dict[str, Any]]:
    """(message, attributes) of a body: a map has its message under a usual key, the rest are attributes."""
    if not isinstance(value, dict):
        return value, {}
    key = next((key for key in _MESSAGES if isinstance(value.get(key), str)), "")
    return value.get(key), {name: plain_value(inner) for name, inner in value.items() if name != key}


_MESSAGES = ("message", "msg", "body", "event", "log")


def duration_in(attributes: dict[str, Any]) -> Told:
    """The duration among the attributes of a log record, by the first of the usual keys: its unit is in it, or in its text."""
    key = min(attributes.keys() & _PLACES, key=_PLACES.__getitem__, default="")
    if not key:
        return {}
    value, unit = attributes[key], DURATIONS[_PLACES[key]][1]
    took = duration_text_ns(value) if isinstance(value, str) else None
    if unit and isinstance(value, int | float):
        took = round(value * NS[unit])
    return {} if took is None else {"duration": took}


_PLACES = {key: place for place, (key, _) in enumerate(DURATIONS)}


def _hex(value: object) -> str:
    """An id as text; one in base64 (senders that follow protobuf's JSON rules instead of OTLP's) as hexadecimal."""
    text = value if isinstance(value, str) else ""
    if len(text) in (12, 24) and text.endswith("="):
        try:
            raw = b64decode(text, validate=True)
        except ValueError:  # no base64, or not even ASCII
            return text
        return raw.hex() if len(raw) in (8, 16) else text
    return text


FORMAT = Format(
    "otlp",
    "OTLP/JSON traces and logs (collector file exporter, otel-java logging-otlp)",
    example='{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeSpans":'
    '[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"a3ce929d0e0e4736","name":"GET /","kind":2,'
    '"startTimeUnixNano":"1704897000000000000","endTimeUnixNano":"1704897000250000000"}]}]}]}',
    marks=(
        ("resourceSpans",), ("resourceLogs",), ("scopeSpans",), ("scopeLogs",), ("instrumentationLibrarySpans",),
        *((snake,) for snake in sorted(_SNAKES)), ("batches.0.scopeSpans",), ("batches.0.instrumentationLibrarySpans",),
        ("trace.resourceSpans",), ("trace.batches",),
    ),
    read=read,
)  # fmt: skip
