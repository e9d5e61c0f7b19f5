"""Azure Application Insights: telemetry envelopes, and rows of its tables in the workspace's and the classic spelling.

Times are starts. In rows of traces, exceptions and events the "parent" is the span that they belong to.
"""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, with_rest
from logtrace.units import NS, duration_text_ns

_LEVELS = ("TRACE", "INFO", "WARN", "ERROR", "FATAL")
_SPANS = {"request": "server", "dependency": "client", "apprequests": "server", "appdependencies": "client"}
_SPANS |= {"requestdata": "server", "remotedependencydata": "client", "requests": "server", "dependencies": "client"}


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span of a request or dependency; a line of its span for anything else."""
    if "data" in record:
        tags, data = object_of(record.get("tags")), object_of(record["data"])
        base = object_of(data.get("baseData"))
        return [_told(
            str(data.get("baseType", "")), record.get("time"), tags.get("ai.operation.id"), tags.get("ai.operation.parentId"),
            tags.get("ai.cloud.role"), base,
        )]  # fmt: skip
    kind = str(record.get("Type") or record.get("itemType") or "")
    return [_told(
        kind, record.get("TimeGenerated") or record.get("timestamp"), record.get("OperationId") or record.get("operation_Id"),
        record.get("ParentId") or record.get("operation_ParentId"),
        record.get("AppRoleName") or record.get("cloud_RoleName"), record,
    )]  # fmt: skip


def _told(kind: str, time: object, trace: object, parent: object, service: object, row: dict[str, Any]) -> Told:
    row = {key[:1].lower() + key[1:]: value for key, value in row.items()}
    told: Told = {"trace": trace, "service": service}
    known = object_of(row.get("properties")) or object_of(row.get("customDimensions"))
    if kind.lower() in _SPANS:
        told |= {
            "span": row.get("id"), "parent": None if parent in ("", trace) else parent, "name": row.get("name"),
            "kind": _SPANS[kind.lower()], "time": time, "start": time, "duration": _duration_ns(row), **_outcome(row),
        }  # fmt: skip
        return with_rest(told, known, *((key, row.get(key)) for key in ("url", "target", "data", "resultCode", "responseCode")))
    level = row.get("severityLevel")
    told |= {"span": parent if parent != trace else None, "time": time, "body": row.get("message") or row.get("name") or kind}
    if isinstance(level, int) and 0 <= level < len(_LEVELS):
        told["level"] = _LEVELS[level]
    if "exception" in kind.lower():
        told |= {"level": told.get("level", "ERROR"), "error_type": row.get("exceptionType") or row.get("type") or ""}
        told["error_message"] = row.get("outerMessage") or row.get("innermostMessage") or ""
    return with_rest(told, known)


def _duration_ns(row: dict[str, Any]) -> int | None:
    """`duration` is a time span in envelopes and milliseconds in tables, where the workspace calls it DurationMs."""
    value = row.get("durationMs", row.get("duration"))
    if isinstance(value, str):
        return duration_text_ns(value)
    return round(value * NS["ms"]) if isinstance(value, int | float) else None


def _outcome(row: dict[str, Any]) -> Told:
    said = str(row.get("success", "")).lower()
    return {"status": "ok" if said in ("true", "1") else "error"} if said in ("true", "false", "1", "0") else {}


FORMAT = Format(
    "appinsights",
    "Azure Application Insights: telemetry envelopes and table rows",
    example='{"TimeGenerated":"2024-01-10T14:30:00Z","Type":"AppRequests","AppRoleName":"api","OperationId":'
    '"4bf92f3577b34da6a3ce929d0e0e4736","ParentId":"","Id":"a3ce929d0e0e4736","Name":"GET /","DurationMs":250.25,"Success":true}',
    marks=(
        ("data", "data.baseType", "tags"), ("TimeGenerated", "OperationId"), ("operation_Id", "operation_ParentId"),
        ("operation_Id", "itemType"),
    ),
    read=read,
)  # fmt: skip
