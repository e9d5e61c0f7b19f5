"""Rust's tracing-subscriber JSON: events, and the life of spans (`new`, `close`) where FmtSpan is on.

A record of a span's life has the span in `span` and its parents in `spans`; any other has the span last in `spans` as well.
Ids are what the application recorded as fields, maybe only on the outermost span: then spans without an id are told apart by
their names and fields below their parent. Source: tokio-rs/tracing, tracing-subscriber/src/fmt/format/json.rs.
"""

from __future__ import annotations

from typing import Any

from logtrace.ids import hashed_key, span_id_text
from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, objects_of, with_rest
from logtrace.units import duration_text_ns

_LIFE = {"new": "span_start", "close": "span_end", "enter": "", "exit": ""}
TRACES = ("trace_id", "traceId", "otel.trace_id")
SPANS = ("span_id", "spanId", "otel.span_id")
_PARENTS = ("parent_span_id", "parent_id", "parentSpanId")
SERVICES = ("service", "service.name", "service_name")
_OWN = {*TRACES, *SPANS, *_PARENTS, *SERVICES, "name", "otel.kind", "otel.name"}


def read(record: dict[str, Any]) -> list[Told] | None:
    """What the record says of its span; None where it is in no span, which the alias table reads as well."""
    own, around = object_of(record.get("span")), objects_of(record.get("spans"))
    fields = object_of(record.get("fields")) or {k: v for k, v in record.items() if k not in ("span", "spans")}
    message = fields.get("message")
    alive = isinstance(message, str) and message in _LIFE and bool(own)
    if not own and not around:
        return None
    parents = around if alive and message != "enter" else around[:-1]
    own = own or around[-1]
    linked = object_of(record.get("openTelemetry"))
    stack = [*parents, own]
    trace = linked.get("traceId") or next((t for span in reversed(stack) if (t := _first(span, TRACES))), None)
    told: Told = {
        "time": record.get("timestamp"),
        "level": record.get("level"),
        "body": message,
        "trace": trace,
        "service": next((s for span in reversed(stack) if (s := _first(span, SERVICES))), None),
        "logger": record.get("target"),
        "name": _first(own, ("otel.name", "name")),
    }
    if trace:
        told["span"] = linked.get("spanId") or _span_id(stack)
        parent = _first(own, _PARENTS) or (_span_id(parents) if parents else None)
        told |= {"parent": parent} if parent else {}
    if kind := kind_of(own.get("otel.kind")):
        told["kind"] = kind
    error = fields.get("error", fields.get("err"))
    if isinstance(error, str):
        told |= {"error": error}
    if alive:
        told |= {"event": _LIFE[str(message)], **_timing(fields)}
    rest = {key: value for span in (own, fields) for key, value in span.items() if key not in _OWN and key != "message"}
    return [with_rest(told, rest)]


def in_spans(
    time: str, level: str, target: str | None, message: str, fields: dict[str, Any], spans: list[dict[str, Any]]
) -> dict[str, Any]:
    """The record that a line of text is. spans: those around it, from the outermost to its own."""
    record = {"timestamp": time, "level": level, "fields": {**fields, "message": message}, "target": target or ""}
    if not spans:
        return record
    return record | {"span": spans[-1], "spans": spans[:-1] if message in ("new", "exit", "close") else spans}


def _timing(fields: dict[str, Any]) -> Told:
    parts = [duration_text_ns(str(fields[key])) for key in ("time.busy", "time.idle") if key in fields]
    whole = [part for part in parts if part is not None]
    return {"duration": sum(whole)} if whole else {}


def _first(span: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((str(span[key]) for key in keys if span.get(key)), None)


def _span_id(stack: list[dict[str, Any]]) -> str:
    """The id of the last span of a stack; of one without an id, a hash of what tells it apart below the last that has one."""
    named = _first(stack[-1], SPANS)
    if named:
        return named
    at = max((i for i, span in enumerate(stack) if _first(span, SPANS)), default=0)
    told = [sorted((key, str(value)) for key, value in span.items()) for span in stack[at:]]
    return span_id_text(hashed_key(repr(told)))


FORMAT = Format(
    "rust-tracing",
    "Rust tracing-subscriber, JSON and the pretty form (over several lines), with the life of spans",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","level":"INFO","fields":{"message":"close","time.busy":"245ms","time.idle":'
    '"5.25ms"},"target":"api","span":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","name":"GET /"},'
    '"spans":[]}',
    marks=(("span", "target", "timestamp", "span.name"), ("spans", "target", "timestamp")),
    read=read,
)
