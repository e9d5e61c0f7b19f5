"""Consoles of structured loggers: time, level, a message, `key=value` behind it.

2025-03-14T09:26:53.301Z [info     ] charge completed  [payments] duration_ms=180.75 trace_id=4bf92f35       structlog
2025-03-14T09:26:53Z INF main.go:21 > charge completed dur=180.75 trace_id=4bf92f35                           zerolog
9:26AM INF main.go:21 > charge completed dur=180.75 trace_id=4bf92f35                             the same, as it comes
2025-03-14T09:26:53.301Z [INFO]  payments: charge completed: duration=180.75ms trace_id=4bf92f35              hclog
INFO ts=2025-03-14T09:26:53Z caller=main.go:21 trace.id=4bf92f35 msg=charge completed                          Kratos
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.vocabulary.levels import severity
from logtrace.ingest.vocabulary.pairs import record_of
from logtrace.patterns import lazy_pattern

NAME = "console"
ABOUT = "consoles of structlog, zerolog, hclog and their like: TIME LEVEL message key=value …"
EXAMPLE = "2025-03-14T09:26:53.301Z [info     ] charge completed               [payments] duration_ms=180.75 trace_id=67d3f65d"
FIRST = digits + "[<DIWEF"

BEGINS = lazy_pattern(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})? (?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL) +[A-Za-z]"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)? (?:"
    r"\[(?:debug|info|warning|error|critical) *\] (?=[A-Za-z])"
    r"|(?:TRC|DBG|INF|WRN|ERR|FTL) (?=[A-Za-z])(?![\w./@-]+(?:\[\d+\])?:(?:\s|$))"  # time, word, word, colon: syslog
    r"|\[(?:TRACE|DEBUG|INFO|WARN|ERROR)\] {1,2}[a-z][\w.-]*: )",
    re.ASCII,
)
_LINE = lazy_pattern(
    r"\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?\s+"
    r"[\[|]?\s*([A-Za-z]{1,9})\s*[\]|]?\s+(.*)",
    re.ASCII | re.DOTALL,
)
_CLOCK = lazy_pattern(r"()(?:\d{1,2}:\d\d[AP]M|<nil>) (TRC|DBG|INF|WRN|ERR|FTL|PNC) (.*)", re.ASCII | re.DOTALL)
_LEVEL_FIRST = lazy_pattern(r"()(DEBUG|INFO|WARN|ERROR|FATAL) (?=[a-z][\w.]*=)(.*)", re.ASCII | re.DOTALL)
_ENCLOSED = lazy_pattern(r"[\[{(][ !\w.]*=|, ?[\w.]*(?:trace|span)[\w.]*[=:]|=\w{8,32}[,\])}]", re.ASCII | re.IGNORECASE)
"""Pairs in brackets or parted by commas, which are no pairs of these loggers."""

_PAIR = lazy_pattern(r"(?:^|\s)[A-Za-z_@][\w.@/-]{0,99}=[^\s=]", re.ASCII)
_CALLER = lazy_pattern(r"(\S+\.\w{1,4}:\d+) > ", re.ASCII)
_MODULE = lazy_pattern(r"([a-z][\w.-]{1,60}): ", re.ASCII)
_LOGGER = lazy_pattern(r"\s+\[([\w.]{1,100})\](?=\s|$)", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way, or has no pairs. A time of day alone is no time."""
    if "=" not in text:
        return None
    match = _LINE.fullmatch(text) or _CLOCK.fullmatch(text) or _LEVEL_FIRST.fullmatch(text)
    if match is None or not severity(match[2]) or not _PAIR.search(match[3]) or _ENCLOSED.search(match[3]):
        return None
    rest, logger = match[3], ""
    for form in (_CALLER, _MODULE):
        if head := form.match(rest):
            logger, rest = head[1], rest[head.end() :]
            break
    if named := _LOGGER.search(rest):
        logger = named[1]
        rest = rest[: named.start()] + rest[named.end() :]
    found = record_of(match[1], match[2].upper(), logger, rest)
    found["msg"] = str(found.get("msg", "")).rstrip(":").strip()
    return {key: _unquoted(value) for key, value in found.items()}


def _unquoted(value: Any) -> Any:
    """A value without the quotes that Python's repr puts around a text."""
    return value[1:-1] if value.__class__ is str and len(value) > 1 and value[0] == value[-1] == "'" else value
