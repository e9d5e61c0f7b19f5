"""Rust's tracing-subscriber in its compact form: the names of the spans around a line, from the outermost to its own; the fields
of all of them stand behind those of the line. An id counts for the span that has as many spans around it as ids stand before it.

2025-03-14T09:26:53.301250Z  INFO request:charge: pay: close time.busy=178ms trace_id="67d3…" span_id="00f0…" span_id="b7ad…"
"""

from __future__ import annotations

from string import digits
from typing import Any

from logtrace.ingest.formats.rust_tracing import SERVICES, SPANS, TRACES, in_spans
from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.patterns import lazy_pattern

NAME = "rust_compact"
ABOUT = "Rust's tracing-subscriber in its compact form: TIME LEVEL span:span: target: message key=value …"
EXAMPLE = (
    "2025-03-14T09:26:53.301250Z  INFO request:charge: payments: charged amount=42 "
    'trace_id="67d3f65d8a1b4c2e9f0d7a3b5c6e1f20" span_id="00f067aa0ba902b7"'
)
FIRST = digits

_LINE = lazy_pattern(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)\s+(TRACE|DEBUG|INFO|WARN|ERROR) "
    r"((?:[^\s:\"{}=][^:\"{}=\n]{0,200}:){1,40}) ([A-Za-z_]\w{0,100}(?:::\w{1,100}){0,20}): (.*)"
)
_TRACE = lazy_pattern(r"(?:^|\s)(?:otel\.)?trace(?:_id|Id)=")
_SPAN = lazy_pattern(r"(?:^|\s)(?:otel\.)?span(?:_id|Id)=\"?(\w{1,64})")
_OF_SPANS = frozenset((*TRACES, *SPANS))


def read(text: str) -> dict[str, Any] | None:
    """The record that the JSON of the same library would be; None where the line is in no span, or names no trace."""
    line = _LINE.fullmatch(text) if "race" in text else None
    if line is None or not _TRACE.search(line[5]):
        return None
    message, fields = split_pairs(line[5])
    spans: list[dict[str, Any]] = [{"name": name} for name in line[3].rstrip(":").split(":")]
    for span, found in zip(spans, _SPAN.finditer(line[5]), strict=False):
        span["span_id"] = found[1]
    spans[0] |= {key: fields[key] for key in (*TRACES, *SERVICES) if key in fields}
    if "otel.kind" in fields:
        spans[-1]["otel.kind"] = fields.pop("otel.kind")
    return in_spans(line[1], line[2], line[4], message, {k: v for k, v in fields.items() if k not in _OF_SPANS}, spans)
