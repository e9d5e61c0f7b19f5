"""Honeycomb events: flat keys, alone or under `data`. The time is the start; lines, links and events of
spans are rows of their own."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, with_rest
from logtrace.units import NS

_OWN = {"trace.trace_id", "trace.span_id", "trace.parent_id", "name", "duration_ms", "service.name", "service_name", "error"}
_OF_LINES = {"body", "severity_text", "severity"}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span, or the line or link of the span that a row names, mostly as its parent. None where it names no trace."""
    row = object_of(record.get("data")) or record
    if "samplerate" in record and isinstance(row.get("trace"), dict):
        row = {**row, **{f"trace.{key}": value for key, value in row["trace"].items()}}
        del row["trace"]
    if "trace.trace_id" not in row:
        return None
    time = record.get("time", record.get("Timestamp", record.get("timestamp")))
    service = row.get("service.name") or row.get("service_name")
    told: Told = {"trace": row["trace.trace_id"], "service": service, "time": time}
    kind, duration = row.get("meta.annotation_type"), row.get("duration_ms")
    known = _OWN
    if row.get("meta.signal_type") == "log":
        told |= {"span": row.get("trace.span_id", row.get("trace.parent_id")), "body": row.get("body", row.get("name"))}
        told["level"] = row.get("severity_text") or row.get("severity")
        known = _OWN | _OF_LINES
    elif kind in ("span_event", "link"):
        told |= {"span": row.get("trace.parent_id"), "body": row.get("name")}
        if kind == "link":
            told["links"] = [[str(row.get("trace.link.trace_id") or ""), str(row.get("trace.link.span_id") or "")]]
    elif "trace.span_id" in row:
        told |= {"span": row["trace.span_id"], "parent": row.get("trace.parent_id"), "name": row.get("name"), "start": time}
        told |= {"kind": kind_of(row.get("span.kind", row.get("kind")))}
        told["duration"] = round(duration * NS["ms"]) if isinstance(duration, int | float) else None
    if row.get("error") not in (None, "", False, "false", 0):
        told |= {"status": "error", "error_message": row["error"] if isinstance(row["error"], str) else ""}
    return [with_rest(told, {key: value for key, value in row.items() if key not in known})]


FORMAT = Format(
    "honeycomb",
    "Honeycomb events",
    example='{"time":"2024-01-10T14:30:00Z","samplerate":1,"data":{"service.name":"api","name":"GET /","trace.trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","trace.span_id":"a3ce929d0e0e4736","duration_ms":250.25}}',
    marks=(
        ("samplerate", "data"),
        ("data", "data.trace.trace_id"),
        ("trace.trace_id", "trace.span_id"),
        ("trace.trace_id", "meta.annotation_type"),
        ("trace.trace_id", "meta.signal_type"),
    ),
    read=read,
)
