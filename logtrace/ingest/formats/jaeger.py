"""Jaeger's JSON: a trace as the UI downloads it (`data`, `spans`, `processes`) and single spans as Elasticsearch keeps them.
Times and durations are microseconds."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import exception_in, kind_of, mapped, object_of, objects_of, with_rest


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans of all traces; None where there are none."""
    if "operationName" in record:
        return [_span(record, {})]
    traces = objects_of(record.get("data")) or [record]
    return [_span(span, object_of(trace.get("processes"))) for trace in traces for span in objects_of(trace.get("spans"))] or None


def _span(span: dict[str, Any], processes: dict[str, Any]) -> Told:
    process = object_of(span.get("process")) or object_of(processes.get(str(span.get("processID"))))
    tags, duration = {**object_of(span.get("tag")), **mapped(span.get("tags"))}, span.get("duration")
    references = objects_of(span.get("references"))
    parents = [r.get("spanID") for r in references if r.get("refType") == "CHILD_OF" and r.get("traceID") == span.get("traceID")]
    others = [r for r in references if r.get("spanID") not in parents[:1]]
    events = [{"time": log.get("timestamp"), "attributes": mapped(log.get("fields"))} for log in objects_of(span.get("logs"))]
    told: Told = {
        **exception_in(events),
        "trace": span.get("traceID"),
        "span": span.get("spanID"),
        "parent": parents[0] if parents else span.get("parentSpanID"),
        "service": process.get("serviceName"),
        "name": span.get("operationName"),
        "kind": kind_of(tags.get("span.kind")),
        "start": span.get("startTime"),
        "duration": duration * 1_000 if isinstance(duration, int | float) else None,
        "links": [[str(link.get("traceID") or ""), str(link.get("spanID") or "")] for link in others],
    }
    code = str(tags.get("otel.status_code", "")).lower()
    if code == "error" or tags.get("error") in (True, "true"):
        told["status"] = "error"
        told.setdefault("error_message", tags.get("otel.status_description"))
    elif code == "ok":
        told["status"] = "ok"
    return with_rest(told, {**mapped(process.get("tags")), **tags}, ("logs", events))


FORMAT = Format(
    "jaeger",
    "Jaeger JSON: traces of the UI, spans of Elasticsearch",
    example='{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"a3ce929d0e0e4736","operationName":"GET /","references":[],'
    '"startTime":1704897000000000,"duration":250250,"tags":[],"process":{"serviceName":"api"}}',
    marks=(("operationName", "traceID", "spanID"), ("processes", "spans"), ("errors", "data", "total")),
    read=read,
)
