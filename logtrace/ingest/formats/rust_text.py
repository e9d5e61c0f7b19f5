"""Rust's tracing-subscriber as text: the spans around a line, from the outermost to its own, with their fields.

2025-03-14T09:26:53.301250Z  INFO request{trace_id=67d3… span_id=00f0…}:charge{span_id=b7ad…}: pay: close time.busy=178ms
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.formats.rust_tracing import in_spans
from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.patterns import lazy_pattern

NAME = "rust_text"
ABOUT = "Rust's tracing-subscriber as text: TIME LEVEL span{key=value}:span{key=value}: target: message key=value …"
EXAMPLE = (
    "2025-03-14T09:26:53.301250Z  INFO request{trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20 span_id=00f067aa0ba902b7}:"
    "charge{span_id=b7ad6b7169203331}: payments: charged amount=42"
)
FIRST = digits

BEGINS = lazy_pattern(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z +(?:TRACE|DEBUG|INFO|WARN|ERROR) [A-Za-z_][\w.-]*\{[A-Za-z_]", re.ASCII
)
_HEAD = lazy_pattern(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)\s+(TRACE|DEBUG|INFO|WARN|ERROR) (?=\S)", re.ASCII)
_SPAN = lazy_pattern(r'([^\s{}:"](?:[^{}:"\n]|::){0,200})\{((?:[^"{}\n]|"(?:[^"\\]|\\.)*"|\{[^{}"\n]*\}){0,4000})\}:')
_PLAIN = lazy_pattern(r"([^\s{}:\"](?:[^{}:\"\n]|::){0,200}):(?=[^\s:{}\"](?:[^{}:\"\s]|::){0,200}\{)")
_TARGET = lazy_pattern(r" ([a-zA-Z_][\w:]{0,200}?): ", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record that the JSON of the same library would be; None where the line is in no span."""
    head = _HEAD.match(text) if "{" in text else None
    if head is None:
        return None
    spans, at = [], head.end()
    while match := _SPAN.match(text, at) or _PLAIN.match(text, at):
        spans.append({**(split_pairs(match[2])[1] if match.lastindex == 2 else {}), "name": match[1]})
        at = match.end()
    target = _TARGET.match(text, at)
    if not spans or target is None:
        return None
    message, fields = split_pairs(text[target.end() :])
    return in_spans(head[1], head[2], target[1], message, fields, spans)
