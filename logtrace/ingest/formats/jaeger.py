"""Jaeger's JSON: a trace as the UI downloads it (`data`, `spans`, `processes`) and single spans as Elasticsearch keeps them.
Times and durations are microseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from logtrace import carried
from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, mapped, object_of, objects_of
from logtrace.ingest.formats.recovered import WARNINGS, Event, spans_told


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans of all traces; None where there are none."""
    if "operationName" in record:
        return _span(record, {})
    traces = objects_of(record.get("data")) or [record]
    spans = ((span, object_of(trace.get("processes"))) for trace in traces for span in objects_of(trace.get("spans")))
    return [told for span, processes in spans for told in _span(span, processes)] or None


def _span(span: dict[str, Any], processes: dict[str, Any]) -> list[Told]:
    process = object_of(span.get("process")) or object_of(processes.get(str(span.get("processID"))))
    tags = {**_fields(span.get("tag")), **_typed_tags(span.get("tags"))}
    references = objects_of(span.get("references"))
    trace = _padded(span.get("traceID"))
    parents = [r.get("spanID") for r in references if r.get("refType") == "CHILD_OF" and _padded(r.get("traceID")) == trace]
    others = [r for r in references if r.get("spanID") not in parents[:1]]
    told: Told = {
        "trace": span.get("traceID"),
        "span": span.get("spanID"),
        "parent": parents[0] if parents else span.get("parentSpanID"),
        "service": process.get("serviceName"),
        "name": span.get("operationName"),
        "kind": kind_of(tags.get("span.kind")),
        **times_told(span.get("startTime"), span.get("duration"), tags),
        "links": [[str(link.get("traceID") or ""), str(link.get("spanID") or "")] for link in others],
        **status_told(tags),
    }
    if isinstance(span.get("warnings"), list) and span["warnings"]:
        tags.setdefault(WARNINGS, span["warnings"])
    return spans_told(
        told,
        own_values({**_fields(process.get("tag")), **_typed_tags(process.get("tags")), **rest_of(tags, told)}),
        list(_events(span)),
    )


def _padded(trace: object) -> str:
    """A trace id as it is compared: some clients drop the zeros at its beginning, or write capital letters."""
    return str(trace).lower().zfill(32)


def _fields(tags: object) -> dict[str, Any]:
    """Tags that are fields in Elasticsearch, where `@` stands for the dots of their names."""
    return {key.replace("@", "."): value for key, value in object_of(tags).items()}


def _typed_tags(pairs: object) -> dict[str, Any]:
    """Tags as a map; large numbers, which are written as text, are numbers."""
    found = mapped(pairs)
    for pair in objects_of(pairs):
        value = pair.get("value")
        if pair.get("type") == "int64" and isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
            found[str(pair.get("key"))] = int(value)
    return found


def _events(span: dict[str, Any]) -> Iterator[Event]:
    for log in objects_of(span.get("logs")):
        fields = _typed_tags(log.get("fields"))
        yield {"name": str(fields.pop("event", carried.LOG)), "time": micros(log.get("timestamp")), "attributes": fields}


def micros(value: object) -> int | None:
    """Nanoseconds of a time in microseconds; 0 means none."""
    text = str(value)
    return (int(text) * 1_000 or None) if text.lstrip("-").isdecimal() and len(text) < 17 else None


def times_told(start: object, duration: object, tags: dict[str, Any]) -> Told:
    """Start and duration of microseconds; where a logtrace tells that one end was inferred, start and end."""
    start_ns, took_ns = micros(start), round(duration * 1_000) if isinstance(duration, int | float) else None
    if carried.START not in tags and carried.END not in tags:
        return {"start": start_ns, "duration": took_ns}
    return {"start": start_ns, "end": None if start_ns is None else start_ns + (took_ns or 0)}


def status_told(tags: dict[str, Any]) -> Told:
    """The status as the tags of OpenTelemetry and OpenTracing tell it."""
    code = str(tags.get("otel.status_code", "")).lower()
    if code == "error" or tags.get("error") in (True, "true"):
        described = tags.get("otel.status_description")
        return {"status": "error", **({"error_message": described} if described else {})}
    return {"status": "ok"} if code == "ok" else {"status": "unset"} if code == "unset" else {}


def rest_of(tags: dict[str, Any], told: Told) -> dict[str, Any]:
    """The tags without those of which a span has a field of its own."""
    known = {"otel.status_code", "otel.status_description", "error"} if told.get("status") in ("ok", "error") else set()
    if told.get("kind"):
        known.add("span.kind")
    return {key: value for key, value in tags.items() if key not in known}


def own_values(tags: dict[str, Any]) -> dict[str, Any]:
    """Tags, those of logtrace with the types that they had."""
    return {key: _typed(value) if key.startswith(carried.OWN) and key not in _TEXTS else value for key, value in tags.items()}


_TEXTS = frozenset({
    carried.ERROR, carried.ERROR_TYPE, carried.ERROR_MESSAGE, carried.TRACE_ID, carried.SPAN_ID, carried.PARENT_SPAN_ID,
})  # fmt: skip


def _typed(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in "[0123456789tf-":
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


FORMAT = Format(
    "jaeger",
    "Jaeger JSON: traces of the UI, spans of Elasticsearch",
    example='{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"a3ce929d0e0e4736","operationName":"GET /","references":[],'
    '"startTime":1704897000000000,"duration":250250,"tags":[],"process":{"serviceName":"api"}}',
    marks=(("operationName", "traceID", "spanID"), ("processes", "spans"), ("errors", "data", "total"), ("data.0.processes",)),
    read=read,
)
