"""opentelemetry-cpp's ostream exporters of spans and logs: a block in braces, `key : value` in each line, attributes indented
below their key.

{
  name          : GET /
  trace_id      : 4bf92f3577b34da6a3ce929d0e0e4736
  start         : 1704897000000000000
  attributes    :
\thttp.method: GET
}
"""

from __future__ import annotations

from typing import Any

from logtrace.ingest.formats._format import Format, Told
from logtrace.ingest.formats._values import (
    exception_in,
    kind_of,
    level_of,
    object_of,
    objects_of,
    resource_told,
    status_of,
    with_rest,
)
from logtrace.patterns import lazy_pattern

_OWN = lazy_pattern(r"  (\S[\w -]*?)\s*: ?(.*)")
_INNER = lazy_pattern(r"\t  (\w+)\s*: ?(.*)")
_ITEM = lazy_pattern(r"(?:\t+| {4})([^\s:][^:]*?)\s*: ?(.*)")


def block(text: str) -> dict[str, Any] | None:
    """Keys and values of a block; None of any other text in braces."""
    found: dict[str, Any] = {}
    above = ""
    for line in text.split("\n")[1:-1]:
        if own := _OWN.fullmatch(line):
            above = own[1]
            found[above] = own[2].strip()
        elif line == "\t{":
            found[above] = [*objects_of(found.get(above)), {"attributes": {}}]
        elif objects_of(found.get(above)) and (inner := _INNER.fullmatch(line)):
            found[above][-1].setdefault(inner[1], inner[2].strip())
        elif item := _ITEM.fullmatch(line):
            parts = objects_of(found.get(above))
            where = parts[-1]["attributes"] if parts else found.setdefault(above, {})
            if not isinstance(where, dict):
                where = found[above] = {}
            where[item[1]] = item[2].strip()
    return {"otel.cpp": found} if "trace_id" in found and "span_id" in found else None


def read(record: dict[str, Any]) -> list[Told] | None:
    """The span or the log record. Times are nanoseconds."""
    found = object_of(record.get("otel.cpp"))
    return [_log(found) if "severity_num" in found else _span(found)]


def _log(log: dict[str, Any]) -> Told:
    resource, attributes = object_of(log.get("resource")), object_of(log.get("attributes"))
    number = _number(log.get("severity_num"))
    told = {
        **resource_told(resource),
        **exception_in([{"attributes": attributes}]),
        "trace": log.get("trace_id"),
        "span": log.get("span_id"),
        "time": _number(log.get("timestamp")) or _number(log.get("observed_timestamp")),
        "level": log.get("severity_text") or level_of(number),
        "body": log.get("body"),
    }
    return with_rest(told, {**resource, **attributes}, ("event.name", log.get("event_name")))


def _span(span: dict[str, Any]) -> Told:
    resource = object_of(span.get("resources"))
    events = [{**event, "time": event.get("timestamp")} for event in objects_of(span.get("events"))]
    start, duration = (_number(span.get(key)) for key in ("start", "duration"))
    told = {
        **resource_told(resource),
        **exception_in(events),
        "trace": span.get("trace_id"),
        "span": span.get("span_id"),
        "parent": span.get("parent_span_id"),
        "name": span.get("name"),
        "kind": kind_of(span.get("span kind")),
        "start": start,
        "duration": duration,
        "status": status_of(span.get("status")),
        "links": [[str(link.get("trace_id") or ""), str(link.get("span_id") or "")] for link in objects_of(span.get("links"))],
    }
    if isinstance(span.get("description"), str) and span["description"]:
        told.setdefault("error_message", span["description"])
    return with_rest(told, {**resource, **object_of(span.get("attributes"))}, ("events", events))


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() and text.isascii() and len(text) < 20 else None


FORMAT = Format(
    "otel-cpp",
    "opentelemetry-cpp's ostream exporters (text blocks)",
    example='{"otel.cpp":{"name":"GET /","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","span kind":'
    '"Server","parent_span_id":"0000000000000000","start":"1704897000000000000","duration":"250250000","status":"Unset"}}',
    marks=(("otel.cpp",),),
    read=read,
)
