"""Azure Application Insights: telemetry envelopes, and rows of its tables in the workspace's and the classic spelling.

Times are starts. In rows of traces, exceptions and events the "parent" is the span that they belong to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import object_of, objects_of, with_rest
from logtrace.patterns import lazy_pattern
from logtrace.units import NS, duration_text_ns, number_or_none

_LEGACY = lazy_pattern(r"\|[0-9a-f]{32}\.([0-9a-f]{16})\.?", re.ASCII)
_TICK_NS = 100
_EXPORTED = {
    "request": "requests",
    "remoteDependency": "dependencies",
    "exception": "exceptions",
    "message": "traces",
    "event": "events",
}
_LEVELS = ("TRACE", "INFO", "WARN", "ERROR", "FATAL")
_SPANS = {"request": "server", "dependency": "client", "apprequests": "server", "appdependencies": "client"}
_SPANS |= {"requestdata": "server", "remotedependencydata": "client", "requests": "server", "dependencies": "client"}
_TIMED = frozenset((
    "availabilitydata", "availabilityresult", "availabilityresults", "appavailabilityresults",
    "pageviewdata", "pageview", "pageviews", "apppageviews",
))  # fmt: skip
"""Those that are spans of clients where they have an id."""

_OF_A_CALLER = "cid-v1:"
"""How the source of a request begins that another application made; any other source is a queue."""


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span of a request, a dependency, a test of availability or a view of a page; a line of its span for anything else. Of a
    query's answer, that of each row."""
    if "tables" in record:
        return [told for row in _rows(record["tables"]) for told in read(row) or ()] or None
    if "internal" in record:
        return list(_exported(record)) or None
    if "data" in record:
        tags, data = object_of(record.get("tags")), object_of(record["data"])
        base = object_of(data.get("baseData"))
        return [_told(
            str(data.get("baseType", "")), record.get("time"), tags.get("ai.operation.id"), tags.get("ai.operation.parentId"),
            tags.get("ai.cloud.role"), base,
        )]  # fmt: skip
    kind = str(record.get("Type") or record.get("itemType") or "")
    return [_told(
        kind, record.get("TimeGenerated") or record.get("timestamp") or record.get("time"),
        record.get("OperationId") or record.get("operation_Id"),
        record.get("ParentId") or record.get("operation_ParentId"),
        record.get("AppRoleName") or record.get("cloud_RoleName"), record,
    )]  # fmt: skip


def _exported(record: dict[str, Any]) -> Iterator[Told]:
    """The rows of an object of continuous export; durations are ticks of 100 ns."""
    context = object_of(record.get("context"))
    operation, time = object_of(context.get("operation")), object_of(context.get("data")).get("eventTime")
    service = object_of(context.get("cloud")).get("roleName")
    for key, kind in _EXPORTED.items():
        for row in objects_of(record.get(key)):
            ticks = object_of(row.get("durationMetric")).get("value")
            took = {"durationMs": ticks * _TICK_NS / NS["ms"]} if isinstance(ticks, int | float) else {}
            yield _told(kind, time, operation.get("id"), operation.get("parentId"), service, {**row, **took})


def _rows(tables: object) -> Iterator[dict[str, Any]]:
    """The rows of tables as objects."""
    for table in objects_of(tables):
        names = [column.get("name") for column in objects_of(table.get("columns"))]
        for row in table.get("rows") or ():
            if isinstance(row, list) and len(row) == len(names):
                yield {str(name): value for name, value in zip(names, row, strict=True)}


def _told(kind: str, time: object, trace: object, parent: object, service: object, row: dict[str, Any]) -> Told:
    row = {key[:1].lower() + key[1:]: value for key, value in row.items()}
    told: Told = {"trace": trace, "service": service}
    known = _decoded(row.get("properties")) or _decoded(row.get("customDimensions"))
    if links := _links(known.get("_MS.links")):
        told["links"] = links
    trace, parent = told["trace"], _span_id(parent)
    is_timed = (not kind or kind.lower() in _TIMED) and row.get("id") and _duration_ns(row) is not None
    if kind.lower() in _SPANS or is_timed:
        told |= {
            "span": _span_id(row.get("id")), "parent": None if parent in ("", trace) else parent, "name": row.get("name"),
            "kind": _kind(kind, row), "time": time, "start": time, "duration": _duration_ns(row), **_outcome(row),
        }  # fmt: skip
        return with_rest(told, known, *((key, row.get(key)) for key in ("url", "target", "data", "resultCode", "responseCode")))
    level = row.get("severityLevel")
    told |= {"span": parent if parent != trace else None, "time": time, "body": row.get("message") or row.get("name") or kind}
    if isinstance(level, int) and 0 <= level < len(_LEVELS):
        told["level"] = _LEVELS[level]
    elif isinstance(level, str):
        told["level"] = level
    if "exception" in kind.lower():
        first = next(iter(objects_of(row.get("exceptions"))), {})
        kinds = (row.get("exceptionType"), row.get("type"), first.get("typeName"))
        said = (row.get("outerMessage"), row.get("innermostMessage"), first.get("message"))
        told |= {"level": told.get("level", "ERROR"), "error_type": next(filter(None, kinds), "")}
        told["error_message"] = next(filter(None, said), "")
    return with_rest(told, known)


def _kind(kind: str, row: dict[str, Any]) -> str:
    """The kind of a span: the exporters tell it by the type of a dependency and by the source of a request."""
    side = _SPANS.get(kind.lower(), "client" if kind else "")
    called, source = str(row.get("dependencyType") or row.get("type") or ""), row.get("source")
    if side == "client":
        return "internal" if called.startswith("InProc") else "producer" if called.startswith("Queue Message") else side
    is_queue = isinstance(source, str) and source and not source.startswith(_OF_A_CALLER) and not row.get("url")
    return "consumer" if side == "server" and is_queue else side


def _decoded(value: object) -> dict[str, Any]:
    """An object, also one that is written as text."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return object_of(value)


def _links(value: object) -> list[list[str]]:
    """(trace id, span id) of what exporters of OpenTelemetry write as text in a property."""
    try:
        found = objects_of(orjson.loads(value)) if isinstance(value, str) else []
    except orjson.JSONDecodeError:
        return []
    return [[str(link.get("operation_Id") or ""), str(link.get("id") or "")] for link in found]


def _span_id(value: object) -> object:
    """An id without what the hierarchical form puts around it: `|trace.span.`."""
    legacy = _LEGACY.fullmatch(value) if isinstance(value, str) else None
    return legacy[1] if legacy else value


def _duration_ns(row: dict[str, Any]) -> int | None:
    """`duration` is a time span in envelopes and milliseconds in tables, where the workspace calls it DurationMs."""
    value = row.get("durationMs", row.get("duration"))
    if isinstance(value, str):
        told = duration_text_ns(value)
        value = number_or_none(value) if told is None else None
        if value is None:
            return told
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
        ("tables",),
        ("data", "data.baseType", "tags"), ("TimeGenerated", "OperationId"), ("operation_Id", "operation_ParentId"),
        ("AppRoleName", "OperationId", "Type", "time"), ("operation_Id", "itemType"), ("internal", "context.data.eventTime"),
    ),
    read=read,
)  # fmt: skip
