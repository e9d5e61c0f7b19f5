"""PHP's Monolog: the channel names the application; ids stand in `extra` (processors) or `context`."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time as text: version 1 wrote PHP's object of a date and its zone."""
    time = record["datetime"]
    if not isinstance(time, dict):
        return record
    zone = time.get("timezone")
    told = zone if isinstance(zone, str) and zone[:1] in "+-" else "Z" if zone in ("UTC", "Z", "GMT") else ""
    return {**record, "datetime": f"{time.get('date')}{told}"}


FORMAT = Format(
    "monolog",
    "PHP's Monolog",
    example='{"message":"done","context":{"duration_ms":250.25},"level":200,"level_name":"INFO","channel":"api","datetime":'
    '"2024-01-10T14:30:00.25+00:00","extra":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"}}',
    marks=(("channel", "level_name", "datetime"),),
    keys={
        "level": ("level_name",),
        "service": ("extra.service", "context.service", *ALIASES["service"], "channel"),
        "name": ("context.operation", "extra.operation", "context.route", "operation"),
        "time": ("datetime",),
    },
    rewrite=rewrite,
)
