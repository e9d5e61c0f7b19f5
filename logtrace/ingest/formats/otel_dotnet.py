"""otel-dotnet's console exporters: a block of `Activity.…:` (a span) or `LogRecord.…:` lines. Behind a blank line, and not
indented, a log record tells its resource."""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import exception_in, kind_of, resource_told, with_rest
from logtrace.patterns import lazy_pattern
from logtrace.units import duration_text_ns

HEADS = (b"Activity.TraceId:", b"LogRecord.Timestamp:")
LATER = (b"Activity.", b"LogRecord.", b"StatusCode", b"Instrumentation scope", b"Resource associated", b"[Scope", b"---")
_RESOURCE, _LINKS = "Resource assoc", "links"
_OF_RESOURCE = lazy_pattern(rb"[a-z][\w-]*(?:\.[\w-]+)+: ")
_LINK = lazy_pattern(r"\s+([0-9a-f]{32}) ([0-9a-f]{16})", re.ASCII)
_LINE = lazy_pattern(r"(?P<indent>\s*)(?P<key>[\w .()/:-]+?):(?:\s+(?P<value>.*))?$", re.ASCII)


def goes_on(line: bytes, _count: int) -> bool:
    """Whether a line belongs to the block: it is blank, indented, has one of its keys, or that of a resource."""
    if not line.strip() or line[:1] in (b" ", b"\t"):
        return True
    return (line.startswith(LATER) and not line.startswith(HEADS)) or _OF_RESOURCE.match(line) is not None


def block(text: str) -> dict[str, Any]:
    """Keys and values of a block; indented lines, and the keys of a resource, belong to the key above them."""
    found: dict[str, Any] = {}
    above = ""
    for line in text.split("\n"):
        match = _LINE.match(line.rstrip())
        if match is None:
            if link := _LINK.match(line):
                found.setdefault(_LINKS, []).append([link[1], link[2]])
            continue
        if not match["indent"] and not (above.startswith(_RESOURCE) and _OF_RESOURCE.match(line.encode("utf-8", "replace"))):
            above = match["key"]
            found[above] = match["value"] or {}
        elif above:
            if not isinstance(found[above], dict):
                found[above] = {}
            found[above][match["key"]] = (match["value"] or "").strip()
    return found


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span or the log record."""
    resource = next((value for key, value in record.items() if key.startswith(_RESOURCE) and isinstance(value, dict)), {})
    return [_span(record, resource) if "Activity.TraceId" in record else _log(record, resource)]


def _span(record: dict[str, Any], resource: dict[str, Any]) -> Told:
    activity = {key.removeprefix("Activity."): value for key, value in record.items()}
    duration, code = activity.get("Duration"), record.get("StatusCode")
    events = activity.get("Events")
    told: Told = {
        **resource_told(resource),
        **exception_in([{"attributes": events}]),
        "trace": activity["TraceId"],
        "span": activity.get("SpanId"),
        "parent": activity.get("ParentSpanId"),
        "name": activity.get("DisplayName"),
        "kind": kind_of(activity.get("Kind")),
        "start": activity.get("StartTime"),
        "duration": duration_text_ns(duration) if isinstance(duration, str) else None,
        "links": record.get(_LINKS, []),
    }
    if isinstance(code, str):
        told["status"] = code.strip().lower()
        told.setdefault("error_message", record.get("StatusDescription", record.get("Activity.StatusDescription")) or "")
    tags = activity.get("Tags")
    return with_rest(told, {**resource, **(tags if isinstance(tags, dict) else {})}, ("events", events))


def _log(record: dict[str, Any], resource: dict[str, Any]) -> Told:
    log = {key.removeprefix("LogRecord."): value for key, value in record.items()}
    told: Told = {
        **resource_told(resource),
        "time": log.get("Timestamp"),
        "trace": log.get("TraceId"),
        "span": log.get("SpanId"),
        "level": log.get("Severity", log.get("LogLevel")),
        "body": log.get("FormattedMessage", log.get("Body")),
        "logger": log.get("CategoryName"),
    }
    values = log.get("Attributes (Key:Value)", log.get("StateValues (Key:Value)"))
    return with_rest(told, {**resource, **(values if isinstance(values, dict) else {})})


FORMAT = Format(
    "otel-dotnet",
    "otel-dotnet console exporters (text blocks)",
    example='{"Activity.TraceId":"4bf92f3577b34da6a3ce929d0e0e4736","Activity.SpanId":"a3ce929d0e0e4736","Activity.DisplayName":'
    '"GET /","Activity.Kind":"Server","Activity.StartTime":"2024-01-10T14:30:00Z","Activity.Duration":"00:00:00.2502500"}',
    marks=(("Activity.TraceId",), ("LogRecord.Timestamp",)),
    read=read,
)
