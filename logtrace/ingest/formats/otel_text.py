"""Spans and log records as text: opentelemetry-stdout of Rust, and the collector's debug exporter with detailed verbosity.

    Span #0                                                     Span #0
        Name         : GET /                                        Trace ID       : 4bf92f3577b34da6a3ce929d0e0e4736
        TraceId      : 4bf92f3577b34da6a3ce929d0e0e4736             Parent ID      :
        ParentSpanId : None (root span)                             Name           : GET /
        Start time   : 2024-01-10 14:30:00.000000                   Start time     : 2024-01-10 14:30:00 +0000 UTC
        Attributes:                                             Attributes:
             ->  http.method: String(Owned("GET"))                   -> http.method: Str(GET)

What stands before the first span, or between resources, is the resource. Rust prints it with the first batch only.
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    object_of,
    objects_of,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.patterns import lazy_pattern

HEADS = (b"Spans", b"Logs", b"Resource", b"Span #", b"Log #", b"LogRecord #", b"ScopeSpans #", b"ScopeLogs #")
LATER = (
    b"Instrumentation", b"ScopeSpans ", b"ScopeLogs ", b"Attributes:", b"Events:", b"Links:", b"SpanEvent #", b"SpanLink #",
    b"ObservedTimestamp:", b"Timestamp:", b"SeverityText:", b"SeverityNumber:", b"EventName:", b"Body:", b"Trace ID:",
    b"Span ID:", b"Flags:", b"DroppedAttributesCount:",
)  # fmt: skip
_OPENS = lazy_pattern(
    rb"(?:Spans|Logs|Resource|(?:Span|Log|LogRecord|Resource(?:Spans|Logs?)|Scope(?:Spans|Logs)) #\d+"
    rb"|Resource (?:SchemaURL:.*|attributes:))\s*"
)
_ENTRY = lazy_pattern(r"(?:Span|Log|LogRecord) #\d+")
_PART = lazy_pattern(r"(?:Span)?(?:Event|Link) #\d+")
_LINE = lazy_pattern(r"([A-Z][\w ()]*?)\s*:(?:\s+(.*))?$")
_ITEM = lazy_pattern(r"(?:->\s*)?([\w.@/-]+)(?:=|: )(.*)")
_TYPED = lazy_pattern(r"[A-Z]\w*\((.*)\)", re.DOTALL)
_FAILED = lazy_pattern(r"Error \{ description: (.*) \}")
_TIMES = ("Start time", "End time", "Timestamp", "Observed Timestamp", "ObservedTimestamp")


def opens(line: bytes) -> bool:
    """Whether a line is the whole of a head."""
    return _OPENS.fullmatch(line.rstrip()) is not None


def goes_on(line: bytes, _count: int) -> bool:
    """Whether a line belongs to the batch: indented, blank, or one of its heads."""
    return not line.strip() or (line[:1] in (b" ", b"\t") and line.lstrip()[:1] != b"{") or line.startswith((*HEADS, *LATER))


def block(text: str) -> dict[str, Any] | None:
    """The entries of a batch, each with its resource; None where it holds none."""
    resource: dict[str, Any] = {}
    entries: list[dict[str, Any]] = []
    here: dict[str, Any] = {}  # where lines go
    items: dict[str, Any] | None = None  # where items go, once a head of a list was seen
    for line in map(str.strip, text.split("\n")):
        if line.startswith(("ResourceSpans #", "ResourceLog")) or line == "Resource":
            here, resource = {}, {}
            items = resource
        elif line.startswith("Resource attributes"):
            items = resource
        elif line.startswith(("ScopeSpans", "ScopeLogs", "Instrumentation")):
            items = None
        elif _ENTRY.fullmatch(line):
            here = {"Resource": resource, "Events": [], "Links": [], "Attributes": {}}
            entries.append(here)
            items = None
        elif entries and _PART.fullmatch(line):
            here = {"Attributes": {}}
            entries[-1]["Links" if "Link" in line else "Events"].append(here)
            items = None
        elif line.rstrip(":").endswith("Attributes"):
            items = here.setdefault("Attributes", {})
        elif line in ("Events:", "Links:"):
            here, items = {}, None
        else:
            _take(line, here, items)
    return {"otel.text": entries} if entries else None


def _take(line: str, here: dict[str, Any], items: dict[str, Any] | None) -> None:
    """Puts what a line says where it belongs."""
    if items is not None and (item := _ITEM.fullmatch(line)):
        items[item[1]] = _value(item[2])
    elif found := _LINE.fullmatch(line.removeprefix("->").strip()):
        value = (found[2] or "").strip()
        here[found[1]] = (
            value.removesuffix(" UTC") if found[1] in _TIMES else _value(value) if found[1] == "Body" else value.strip('"')
        )


def _value(text: str) -> str:
    """A value without the names of its types."""
    while typed := _TYPED.fullmatch(text):
        text = typed[1]
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def read(record: dict[str, Any]) -> list[Told] | None:
    """The spans and log records."""
    return [_span(entry) if "Start time" in entry else _log(entry) for entry in objects_of(record.get("otel.text"))] or None


def _span(entry: dict[str, Any]) -> Told:
    resource, failed = object_of(entry.get("Resource")), _FAILED.fullmatch(entry.get("Status", ""))
    parent = entry.get("ParentSpanId", entry.get("Parent ID", ""))
    events = [
        {"name": event.get("Name"), "time": event.get("Timestamp"), "attributes": object_of(event.get("Attributes"))}
        for event in objects_of(entry.get("Events"))
    ]
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": object_of(entry.get("Attributes"))}, *events]),
        "trace": entry.get("TraceId", entry.get("Trace ID")),
        "span": entry.get("SpanId", entry.get("ID")),
        "parent": None if parent.startswith("None") or not parent else parent,
        "name": entry.get("Name"),
        "kind": kind_of(entry.get("Kind")),
        "start": entry.get("Start time"),
        "end": entry.get("End time"),
        "status": "error" if failed else status_of(entry.get("Status code", entry.get("Status"))),
        "links": [
            [link.get("TraceId", link.get("Trace ID", "")), link.get("SpanId", link.get("ID", ""))]
            for link in objects_of(entry.get("Links"))
        ],
    }
    if said := failed[1].strip('"') if failed else entry.get("Status message"):
        told.setdefault("error_message", said)
    return with_rest(told, {**resource, **object_of(entry.get("Attributes"))}, ("events", events))


def _log(entry: dict[str, Any]) -> Told:
    resource, attributes = object_of(entry.get("Resource")), object_of(entry.get("Attributes"))
    observed = entry.get("Observed Timestamp", entry.get("ObservedTimestamp"))
    time = entry.get("Timestamp")
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": attributes}]),
        "time": observed if not time or time.startswith("1970-01-01 00:00:00") else time,
        "trace": entry.get("TraceId", entry.get("Trace ID")),
        "span": entry.get("SpanId", entry.get("Span ID")),
        "level": entry.get("SeverityText") or entry.get("SeverityNumber", "").partition("(")[0],
        "body": entry.get("Body"),
        "logger": entry.get("Target (Scope)"),
    }
    return with_rest(told, {**resource, **attributes}, ("event.name", entry.get("EventName")))


FORMAT = Format(
    "otel-text",
    "opentelemetry-stdout (Rust) and the OpenTelemetry collector's debug exporter (text blocks)",
    example='{"otel.text":[{"Name":"GET /","TraceId":"4bf92f3577b34da6a3ce929d0e0e4736","SpanId":"a3ce929d0e0e4736",'
    '"Kind":"Server","ParentSpanId":"None (root span)","Start time":"2024-01-10 14:30:00.000000",'
    '"End time":"2024-01-10 14:30:00.250250"}]}',
    marks=(("otel.text",),),
    read=read,
)
