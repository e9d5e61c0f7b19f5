"""OTLP JSON → the messages of opentelemetry-proto. Their own reader of JSON takes ids for base64, and is slow."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Json = dict[str, Any]

MOST_DEEP = 16
"""Values within values that are deeper are left out: readers of protobuf give up soon after."""

_LATEST = (1 << 64) - 1


class Origin(NamedTuple):
    """Where spans come from; names: the bytes of both, by which equal ones are known."""

    resource: Resource
    scope: InstrumentationScope
    names: tuple[bytes, bytes]


def spans_of(groups: Iterable[Json]) -> Iterator[tuple[Origin, Span]]:
    """All spans of what exporters.otlp.resource_spans gives, in its order."""
    for group in groups:
        resource = resource_message(group["resource"])
        for within in group["scopeSpans"]:
            scope = scope_message(within["scope"])
            origin = Origin(resource, scope, (stable(resource), stable(scope)))
            for span in within["spans"]:
                yield origin, span_message(span)


def resource_message(found: Json) -> Resource:
    """A resource, of its JSON."""
    return Resource(attributes=_pairs(found["attributes"]))


def scope_message(found: Json) -> InstrumentationScope:
    """What made spans, of its JSON."""
    name, version = (_text(found.get(key, "")) for key in ("name", "version"))
    return InstrumentationScope(name=name, version=version, attributes=_pairs(found.get("attributes", ())))


def span_message(found: Json) -> Span:
    """A span, of its JSON (see exporters.otlp)."""
    return Span(
        trace_id=bytes.fromhex(found["traceId"]),
        span_id=bytes.fromhex(found["spanId"]),
        trace_state=_text(found.get("traceState", "")),
        parent_span_id=bytes.fromhex(found.get("parentSpanId", "")),
        name=_text(found["name"]),
        kind=found["kind"],
        start_time_unix_nano=_time(found["startTimeUnixNano"]),
        end_time_unix_nano=_time(found["endTimeUnixNano"]),
        attributes=_pairs(found["attributes"]),
        events=[
            Span.Event(
                time_unix_nano=_time(event["timeUnixNano"]), name=_text(event["name"]), attributes=_pairs(event["attributes"])
            )
            for event in found["events"]
        ],
        links=[
            Span.Link(
                trace_id=bytes.fromhex(link["traceId"]),
                span_id=bytes.fromhex(link["spanId"]),
                attributes=_pairs(link.get("attributes", ())),
            )
            for link in found["links"]
        ],
        status=Status(code=found["status"].get("code", 0), message=_text(found["status"].get("message", ""))),
    )


def request(spans: Sequence[tuple[Origin, Span]]) -> bytes:
    """One request with some spans, those of equal origin together; equal spans in equal order give equal bytes."""
    message = ExportTraceServiceRequest()
    resources: dict[bytes, Any] = {}
    places: dict[tuple[bytes, bytes], Any] = {}
    for origin, span in spans:
        resource, scope = origin.names
        if resource not in resources:
            resources[resource] = message.resource_spans.add(resource=origin.resource)
        if origin.names not in places:
            places[resource, scope] = resources[resource].scope_spans.add(scope=origin.scope)
        places[resource, scope].spans.append(span)
    return stable(message)


def stable(message: Message) -> bytes:
    """The bytes of a message, the same for the same content."""
    return bytes(message.SerializeToString(deterministic=True))


def _pairs(found: Sequence[Json], depth: int = 0) -> list[KeyValue]:
    return [KeyValue(key=_text(each["key"]), value=_value(each["value"], depth)) for each in found]


def _value(found: Json, depth: int) -> AnyValue:
    for kind, value in found.items():
        if kind == "stringValue":
            return AnyValue(string_value=_text(value))
        if kind == "intValue":
            return AnyValue(int_value=int(value))
        if kind == "boolValue":
            return AnyValue(bool_value=value)
        if kind == "doubleValue":
            return AnyValue(double_value=value)
        if kind == "bytesValue":
            return AnyValue(bytes_value=a2b_base64(value))
        return _nested(kind, value, depth)
    return AnyValue()


def _nested(kind: str, value: Json, depth: int) -> AnyValue:
    message = AnyValue()
    if depth >= MOST_DEEP:
        message.string_value = "…"
    elif kind == "arrayValue":
        message.array_value.values.extend(_value(each, depth + 1) for each in value["values"])
    else:
        message.kvlist_value.values.extend(_pairs(value["values"], depth + 1))
    return message


def _text(text: str) -> str:
    """A text that UTF-8 can write: logs may name half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _time(text: str) -> int:
    """Nanoseconds since 1970; what is before, or too far, as far as OTLP goes."""
    return min(max(int(text), 0), _LATEST)
