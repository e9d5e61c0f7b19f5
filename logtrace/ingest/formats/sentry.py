"""Sentry's transactions, as its SDKs send them in envelopes: one object with the spans of the service inside.

Source: Sentry's developer documentation, event payloads (transaction) and the span interface.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, objects_of, with_rest

_KINDS = {"http.server": "server", "http.client": "client", "queue.publish": "producer", "queue.process": "consumer"}
_OWN = frozenset(
    ("trace_id", "span_id", "parent_span_id", "description", "start_timestamp", "timestamp", "status", "tags", "data")
)


def read(record: dict[str, Any]) -> list[Told] | None:
    """The transaction and its spans; None where it names no trace."""
    root = object_of(object_of(record.get("contexts")).get("trace"))
    if not isinstance(root.get("trace_id"), str):
        return None
    whole = {**root, "description": record["transaction"], "start_timestamp": record["start_timestamp"]}
    shown = {key: record.get(key) for key in ("release", "environment", "server_name", "platform")}
    inner = [{"trace_id": root["trace_id"], **span} for span in objects_of(record.get("spans"))]
    spans = [{**whole, "timestamp": record.get("timestamp"), **shown, "tags": record.get("tags")}, *inner]
    return list(_told(spans))


def _told(spans: list[dict[str, Any]]) -> Iterator[Told]:
    for span in spans:
        status, kind = span.get("status"), span.get("op")
        told: Told = {
            "trace": span["trace_id"],
            "span": span.get("span_id"),
            "parent": span.get("parent_span_id"),
            "name": span.get("description") or kind,
            "kind": _KINDS.get(str(kind), ""),
            "start": span.get("start_timestamp"),
            "end": span.get("timestamp"),
        }
        if isinstance(status, str) and status != "unknown":
            told["status"] = "ok" if status == "ok" else "error"
        rest = {key: value for key, value in span.items() if key not in _OWN}
        yield with_rest(told, {**object_of(span.get("tags")), **object_of(span.get("data"))}, *rest.items())


FORMAT = Format(
    "sentry",
    "Sentry's transactions, as its SDKs send them",
    example='{"type":"transaction","transaction":"GET /","contexts":{"trace":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
    '"span_id":"a3ce929d0e0e4736","op":"http.server","status":"ok"}},"start_timestamp":1704897000.0,"timestamp":1704897000.25,'
    '"spans":[]}',
    marks=(("start_timestamp", "transaction", "contexts.trace.trace_id"),),
    read=read,
)
