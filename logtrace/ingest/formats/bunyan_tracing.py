"""Rust's tracing-bunyan-formatter: `[NAME - START]`, `[NAME - EVENT] …`, `[NAME - END]` as messages of bunyan records. It has no
ids: those that an application records, mostly of the trace alone, are on the lines of all spans inside as well. Spans without an
id are told apart by their names."""

from __future__ import annotations

import re
from typing import Any

from logtrace.ids import hashed_key, span_id_text
from logtrace.ingest.formats._format import Format
from logtrace.ingest.formats.bunyan import KEYS
from logtrace.patterns import lazy_pattern

_MESSAGE = lazy_pattern(r"\[(.*) - (START|END|EVENT)\] ?(.*)", re.DOTALL)
_TRACES = ("trace_id", "traceId", "otel.trace_id")
_SPANS = frozenset(("span_id", "spanId", "otel.span_id"))
_EVENTS = {"START": "span_start", "END": "span_end", "EVENT": None}


def rewrite(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the span's name, the end of its life and its service under keys of the alias table."""
    match = _MESSAGE.fullmatch(str(record.get("msg", "")))
    found = {key: value for key, value in record.items() if key not in ("v", "name", "pid")}
    if isinstance(record.get("name"), str):
        found["service"] = record["name"]
    if match is None:
        return found
    event = _EVENTS[match[2]]
    found |= {"operation": match[1], "msg": match[3]} | ({"event": event} if event else {})
    trace = next((record[key] for key in _TRACES if isinstance(record.get(key), str)), "")
    if trace and _SPANS.isdisjoint(record):
        found["span_id"] = span_id_text(hashed_key(f"{trace}|{match[1]}"))
    if event != "span_end":
        found.pop("elapsed_milliseconds", None)  # of an event: since the span began
    return found


FORMAT = Format(
    "bunyan-tracing",
    "Rust tracing-bunyan-formatter",
    example='{"v":0,"name":"api","msg":"[GET / - END]","level":30,"hostname":"h","pid":1,"time":"2024-01-10T14:30:00.25Z",'
    '"target":"api","line":8,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736","elapsed_milliseconds":250}',
    marks=(("v", "hostname", "target", "msg"),),
    keys=KEYS,
    coarse=True,
    rewrite=rewrite,
)
