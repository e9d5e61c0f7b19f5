"""log4js' events in JSON: `startTime` is the time of the line, `data` what was logged. Source: log4js-node, LoggingEvent; its
layouts for JSON write the level as a word."""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats._values import object_of
from logtrace.ingest.vocabulary.mend import dumped


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time, level and logger under their usual names, and what was logged as a message; its objects are
    fields."""
    known = {"startTime": "time", "categoryName": "logger"}
    found = {known.get(key, key): value for key, value in record.items() if key != "data"}
    level = record.get("level", record.get("level.levelStr"))
    found["level"] = object_of(level).get("levelStr") or level
    data = record.get("data")
    parts = data if isinstance(data, list) else [data]
    found["msg"] = " ".join(
        [part if isinstance(part, str) else dumped(part).decode() for part in parts if not isinstance(part, dict)]
    )
    fields = {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}
    return {**found, "fields": fields} if fields else found


FORMAT = Format(
    "log4js",
    "log4js' events in JSON",
    example='{"startTime":"2024-01-10T14:30:00.250Z","categoryName":"api","data":["done",{"duration_ms":250.25}],"level":{"level":'
    '20000,"levelStr":"INFO","colour":"green"},"context":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":'
    '"a3ce929d0e0e4736"},"pid":77}',
    marks=(("categoryName", "startTime", "level.levelStr"), ("categoryName", "startTime", "level", "data")),
    rewrite=rewrite,
)
