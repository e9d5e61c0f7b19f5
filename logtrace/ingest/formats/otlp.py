"""OTLP/JSON, as the collector's file exporter and OTLP senders write it: a batch of spans or log records in a line, wrapped
(`resourceSpans`, `resourceLogs`) or one resource alone (otel-java's logging exporter).
Source: opentelemetry-proto, specification.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from typing import Any

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
from logtrace.resources import FURTHER, SCOPE_ATTRIBUTE, SCOPE_NAME, SCOPE_VERSION, TRACE_STATE, further_keys

_NO_SCOPE: Mapping[str, Any] = {}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans and log records of all resources; None where there are none."""
    resources = objects_of(record.get("resourceSpans")) + objects_of(record.get("resourceLogs"))
    return [told for resource in resources or [record] for told in _of_resource(resource)] or None


def _of_resource(resource: dict[str, Any]) -> Iterator[Told]:
    attributes = mapped(object_of(resource.get("resource")).get("attributes"))
    scopes = [scope for key in _SCOPES for scope in objects_of(resource.get(key))]
    for scope in scopes:
        told = _scope_attributes(object_of(scope.get("scope", scope.get("instrumentationLibrary"))))
        for span in objects_of(scope.get("spans")):
            yield span_told(span, attributes, told)
        for log in objects_of(scope.get("logRecords", scope.get("logs"))):
            yield _log(log, attributes)


_SCOPES = ("scopeSpans", "instrumentationLibrarySpans", "scopeLogs", "instrumentationLibraryLogs")


def _scope_attributes(scope: dict[str, Any]) -> dict[str, Any]:
    """A scope as attributes of its spans."""
    own = {SCOPE_ATTRIBUTE + key: value for key, value in mapped(scope.get("attributes")).items()}
    named = {SCOPE_NAME: scope.get("name"), SCOPE_VERSION: scope.get("version")}
    return {key: value for key, value in named.items() if value} | own


def span_told(span: dict[str, Any], resource: dict[str, Any], scope: Mapping[str, Any] = _NO_SCOPE) -> Told:
    """What a span of OTLP tells; attributes may be lists of pairs or maps. scope: as attributes."""
    events = [_event(event) for event in objects_of(span.get("events"))]
    status = object_of(span.get("status"))
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": _hex(span.get("traceId")),
        "span": _hex(span.get("spanId")),
        "parent": _hex(span.get("parentSpanId")) or None,
        "name": span.get("name"),
        "kind": kind_of(span.get("kind")),
        "start": span.get("startTimeUnixNano"),
        "end": span.get("endTimeUnixNano"),
        "status": status_of(status.get("code")),
        "links": [[_hex(link.get("traceId")), _hex(link.get("spanId"))] for link in objects_of(span.get("links"))],
    }
    if status.get("message"):
        told.setdefault("error_message", status["message"])
    attributes = {**resource, **scope, **mapped(span.get("attributes"))}
    more = (("events", events), ("links", _told_links(span)), (TRACE_STATE, span.get("traceState")))
    return with_rest(told, attributes, *more, (FURTHER, further_keys(resource)))


def _told_links(span: dict[str, Any]) -> list[dict[str, Any]]:
    """Links that say more than what they lead to."""
    return [
        {"trace": _hex(link.get("traceId")), "span": _hex(link.get("spanId")), "attributes": attributes}
        for link in objects_of(span.get("links"))
        if (attributes := mapped(link.get("attributes")))
    ]


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {"name": event.get("name"), "time": event.get("timeUnixNano"), "attributes": mapped(event.get("attributes"))}


def _log(log: dict[str, Any], resource: dict[str, Any]) -> Told:
    attributes = mapped(log.get("attributes"))
    time = log.get("timeUnixNano")
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": attributes}]),
        "trace": _hex(log.get("traceId")),
        "span": _hex(log.get("spanId")),
        "time": log.get("observedTimeUnixNano") if time in (None, 0, "0", "") else time,
        "level": log.get("severityText") or level_of(log.get("severityNumber")),
        "body": plain_value(log.get("body")),
        **duration_in(attributes),
    }
    more = (("event.name", log.get("eventName")), (FURTHER, further_keys(resource)))
    return with_rest(told, {**resource, **attributes}, *more)


def duration_in(attributes: dict[str, Any]) -> Told:
    """The duration among the attributes of a log record, by the usual key with its unit in it."""
    value = attributes.get("duration_ms")
    return {"duration": value * 1_000_000} if isinstance(value, int | float) else {}


def _hex(value: object) -> str:
    """An id as text; one in base64 (senders that follow protobuf's JSON rules instead of OTLP's) as hexadecimal."""
    text = value if isinstance(value, str) else ""
    if len(text) in (12, 24) and text.endswith("="):
        try:
            raw = b64decode(text, validate=True)
        except Error:
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
    ),
    read=read,
)  # fmt: skip
