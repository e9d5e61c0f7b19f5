"""Spans as Datadog's tracers write them where no agent is (AWS Lambda's log writer, for one): traces as lists of spans. Times are
nanoseconds, ids unsigned decimals or hexadecimal texts."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import kind_of, object_of, objects_of, with_rest

_KINDS = {"web": "server", "http": "client", "db": "client", "cache": "client", "queue": "consumer"}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans of all traces, or the one that the object is; None where there are none."""
    if "span_id" in record:
        return [_span(record)] if isinstance(record.get("start"), int) else None
    traces = record.get("traces")
    spans = [span for trace in traces for span in objects_of(trace)] if isinstance(traces, list) else []
    return [_span(span) for span in spans if "span_id" in span and "start" in span] or None


def _span(span: dict[str, Any]) -> Told:
    meta = {**object_of(span.get("meta")), **object_of(span.get("metrics"))}
    high = meta.get("_dd.p.tid")
    told: Told = {
        "trace": (high if isinstance(high, str) else "") + _hex(span.get("trace_id")),
        "span": _hex(span["span_id"]),
        "parent": _hex(span.get("parent_id")) or None,
        "service": span.get("service"),
        "name": span.get("resource") or span.get("name"),
        "kind": kind_of(meta.get("span.kind")) or _KINDS.get(str(span.get("type")), ""),
        "start": span["start"],
        "duration": span.get("duration"),
    }
    if span.get("error"):
        told |= {"status": "error", "error_type": meta.get("error.type") or "", "error_message": _said(meta)}
    return with_rest(told, meta, ("name", span.get("name")))


def _said(meta: dict[str, Any]) -> str:
    return str(meta.get("error.message") or meta.get("error.msg") or "")


def _hex(value: object) -> str:
    """An id of 64 bits in 16 digits; "" for none."""
    if isinstance(value, int):
        return f"{value & 0xFFFFFFFFFFFFFFFF:016x}" if value else ""
    return value.lower().rjust(16, "0") if isinstance(value, str) and value.strip("0") else ""


FORMAT = Format(
    "datadog-spans",
    "Datadog spans, as its tracers log them without an agent",
    example='{"traces":[[{"trace_id":11813320022486632246,"span_id":11813320022486632246,"parent_id":0,"service":"api","name":'
    '"web.request","resource":"GET /","error":0,"start":1704897000000000000,"duration":250250000,"meta":{},"type":"web"}]]}',
    marks=(("traces",), ("start", "metrics", "meta", "resource", "span_id")),
    read=read,
)
