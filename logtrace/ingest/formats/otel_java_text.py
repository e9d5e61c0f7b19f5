"""The text of otel-java's SystemOutLogRecordExporter: `TIME SEVERITY 'body' : TRACE SPAN [scopeInfo: scope:version] {a=1}`."""

from __future__ import annotations

import re
from typing import Any

from logtrace.patterns import lazy_pattern

MARK = " [scopeInfo: "
_LINE = lazy_pattern(
    r"(?P<time>\d{4}-\d\d-\d\dT\S{5,40}) (?P<level>[A-Z]{4,30}\d?) '(?P<body>.*)' : (?P<trace>[0-9a-f]{32}) "
    r"(?P<span>[0-9a-f]{16}) \[scopeInfo: (?P<scope>[^\]]*)\] \{(?P<attributes>.*)\}",
    re.ASCII | re.DOTALL,
)
PAIR = lazy_pattern(r"([\w.]+)=((?:[^,}]|, (?![\w.]+=))*)")
"""Of attributes, as otel-java prints them."""


def line(text: str) -> dict[str, Any] | None:
    """The record under keys of the alias table."""
    match = _LINE.fullmatch(text.strip())
    if match is None:
        return None
    found = {
        "timestamp": match["time"], "level": match["level"], "message": match["body"], "trace_id": match["trace"],
        "span_id": match["span"], "logger": match["scope"].rpartition(":")[0] or match["scope"],
    }  # fmt: skip
    return found | {"attributes": dict(PAIR.findall(match["attributes"]))}
