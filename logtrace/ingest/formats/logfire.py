"""Pydantic Logfire: rows of its `records` table, as its query API exports them."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import level_of, object_of, with_rest


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span; a row of kind `log` is a line of the span that it names as parent."""
    level = record.get("level")
    told: Told = {
        "trace": record.get("trace_id"),
        "service": record.get("service_name"),
        "level": level_of(level) if isinstance(level, int) else level,
        "body": record.get("message"),
    }
    if record.get("is_exception"):
        told |= {"error_type": record.get("exception_type"), "error_message": record.get("exception_message")}
    if record.get("kind") in ("log", "span_event"):
        told |= {"span": record.get("parent_span_id"), "time": record["start_timestamp"]}
    else:
        told |= {
            "span": record.get("span_id"),
            "parent": record.get("parent_span_id"),
            "name": record.get("span_name"),
            "start": record["start_timestamp"],
            "end": record.get("end_timestamp"),
        }
        if record.get("kind") == "pending_span":
            told |= {"event": "span_start", "end": None}
    return [with_rest(told, object_of(record.get("attributes")))]


FORMAT = Format(
    "logfire",
    "Pydantic Logfire, rows of its records",
    example='{"start_timestamp":"2024-01-10T14:30:00Z","end_timestamp":"2024-01-10T14:30:00.25Z","trace_id":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","parent_span_id":null,"kind":"span","span_name":"GET /"}',
    marks=(("start_timestamp", "span_name", "kind"),),
    read=read,
)
