"""AWS X-Ray segment documents: a segment with its subsegments nested in it. Source: AWS X-Ray developer guide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, objects_of, with_rest

_DEPTH = 30


def read(record: dict[str, Any]) -> list[Told] | None:
    """The segment and all its subsegments; of what `BatchGetTraces` answers, those of all traces. None where none is there."""
    if "Traces" in record:
        traces = objects_of(record["Traces"])
        segments = [segment for trace in traces for segment in objects_of(trace.get("Segments"))]
        return [told for segment in segments for told in _segment(_decoded(segment.get("Document")), {}, 0)] or None
    return list(_segment(record, {}, 0)) or None


def _decoded(document: object) -> dict[str, Any]:
    try:
        return object_of(orjson.loads(document)) if isinstance(document, str) else {}
    except orjson.JSONDecodeError:
        return {}


def _segment(segment: dict[str, Any], parent: dict[str, Any], depth: int) -> Iterator[Told]:
    own = {
        "trace_id": segment.get("trace_id") or parent.get("trace_id"),
        "id": segment.get("id"),
        "service": parent.get("service") or segment.get("name"),
    }
    if not own["id"] or depth > _DEPTH:
        return
    told: Told = {
        "trace": own["trace_id"],
        "span": own["id"],
        "parent": segment.get("parent_id") or parent.get("id"),
        "service": own["service"] if segment.get("type") != "subsegment" or parent else None,
        "name": segment.get("name"),
        "kind": "client" if segment.get("namespace") in ("aws", "remote") else "",
        "start": segment.get("start_time"),
        **_outcome(segment),
    }
    if segment.get("in_progress"):
        told |= {"event": "span_start"}
        del told["status"]
    else:
        told["end"] = segment.get("end_time")
    http = object_of(segment.get("http"))
    found = {**object_of(segment.get("annotations")), **object_of(segment.get("metadata")), "aws": segment.get("aws")}
    found |= {f"http.{side}": http.get(side) for side in ("request", "response")} | {"sql": segment.get("sql")}
    yield with_rest(told, {}, *found.items())
    for inner in objects_of(segment.get("subsegments")):
        yield from _segment(inner, own, depth + 1)


def _outcome(segment: dict[str, Any]) -> Told:
    failed = any(segment.get(key) is True for key in ("fault", "error", "throttle"))
    exceptions = objects_of(object_of(segment.get("cause")).get("exceptions"))
    if not exceptions:
        return {"status": "error" if failed else "ok"}
    first = exceptions[0]
    return {"status": "error", "error_type": first.get("type") or "", "error_message": first.get("message") or ""}


FORMAT = Format(
    "xray",
    "AWS X-Ray segment documents",
    example='{"id":"a3ce929d0e0e4736","name":"api","start_time":1704897000.0,"end_time":1704897000.25,'
    '"trace_id":"1-4bf92f35-77b34da6a3ce929d0e0e4736"}',
    marks=(("start_time", "trace_id", "id", "name"), ("Traces",)),
    read=read,
)
