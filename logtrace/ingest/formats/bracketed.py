"""Loggers that write `TIME [LEVEL] [component] message key=value …`, in the orders that are met.

2025-11-10T19:36:18.123Z [INFO] [edge-mcp] Tool execution started tool=search request_id=7b0c2f0e
[2025-08-11T19:39:14Z] INFO [developer-mesh] Cache warmed entries=42
[2025-08-11T19:39:14Z] developer-mesh [FATAL] cannot start error=…
[2025-03-14 09:26:53.301] [payments] [info] charge completed elapsed_ms=180.75     (spdlog, whose name may be left out)

Where a span begins, the message names it, and a field tells the time to the nanosecond:

2024-01-10T14:30:04.123-05:00 [INFO] [rest-client] Started span: GetTask span_id=… timestamp=2024-01-10T19:30:04.123456789Z
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.vocabulary.pairs import record_of
from logtrace.patterns import lazy_pattern

NAME = "bracketed"
ABOUT = "TIME [LEVEL] [component] message key=value …, values without quotes, stacks over several lines"
EXAMPLE = (
    "2025-11-10T19:36:18.431Z [ERROR] [edge-mcp] Tool execution failed duration_ms=308 error=upstream timeout request_id=7b0c"
)
FIRST = digits + "["

_TIME = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_LEVEL = r"TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|PANIC|CRITICAL|NOTICE"
_COMPONENT = r"\[\[?([^\[\]\n]{0,200})\]\]?"
_HEADS = (
    lazy_pattern(rf"({_TIME}) \[({_LEVEL})\] {_COMPONENT}(?:\s|$)", re.ASCII),
    lazy_pattern(rf"\[({_TIME})\] ({_LEVEL}) {_COMPONENT}(?:\s|$)", re.ASCII),
)
BEGINS = lazy_pattern(rf"{_TIME} \[(?:{_LEVEL})\] \[[\w.-]+\] [A-Za-z]", re.ASCII)
_STARTED = lazy_pattern(r"Started span: (\S.{0,250})")
_SWAPPED = lazy_pattern(rf"\[({_TIME})\] (\S{{1,200}}) \[({_LEVEL})\](?:\s|$)", re.ASCII)


_SPDLOG = lazy_pattern(
    rf"\[({_TIME})\] (?:\[([^\[\]\n]{{1,200}})\] )?\[(trace|debug|info|warning|error|critical)\] "
    r"(?:\[[^\[\]\n]{1,200}:\d+\] )?",
    re.ASCII,
)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line (its further lines behind newlines); None where it does not begin in this way."""
    for head in _HEADS:
        if match := head.match(text):
            return _begun(record_of(match[1], match[2], match[3], text[match.end() :]))
    if match := _SWAPPED.match(text):
        return record_of(match[1], match[3], match[2], text[match.end() :])
    if match := _SPDLOG.match(text):
        return record_of(match[1], match[3].upper(), match[2] or "", text[match.end() :])
    return None


def _begun(record: dict[str, Any]) -> dict[str, Any]:
    """The record; one that says that a span begins also names its operation, and tells when it began."""
    match = _STARTED.fullmatch(record.get("msg", ""))
    if match is None or "span_id" not in record or "operation" in record:
        return record
    told = {"operation": match[1], "event": "span_start"}
    fields = dict(record.get("fields", {}))
    if own := fields.pop("timestamp", None):
        told["start_time"] = own
        rest = {key: value for key, value in record.items() if key != "fields"}
        record = {**rest, "fields": fields} if fields else rest
    return {**record, **told}
