"""Spring Boot's console lines, with the ids that Sleuth and Micrometer Tracing put into them.

2025-03-14 09:26:53.301  INFO [payments,4bf92f35…,a3ce929d…] 41 --- [nio-8080-exec-1] c.a.p.Charger : charge completed
2025-03-14T09:26:53.301Z  INFO 41 --- [payments] [nio-8080-exec-1] [4bf92f35…-a3ce929d…] c.a.p.Charger : charge completed
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.patterns import lazy_pattern

NAME = "spring"
ABOUT = "Spring Boot's console, with ids of Sleuth or Micrometer Tracing in brackets"
EXAMPLE = (
    "2025-03-14T09:26:53.301Z  INFO 41 --- [payments] [nio-8080-exec-1] [67d3f65d8a1b4c2e9f0d7a3b5c6e1f20-b7ad6b7169203331] "
    "c.a.p.Charger : charge completed"
)
FIRST = digits

BEGINS = lazy_pattern(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{1,9}(?:Z|[+-]\d\d:\d\d)? {1,2}(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) "
    r"(?:\[[^\]]*\] )?\d+ --- \[",
    re.ASCII,
)
_LINE = lazy_pattern(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{1,9}(?:Z|[+-]\d\d:?\d\d)?)\s+(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s+"
    r"(?:\[([^\]]*)\]\s+)?(\d+)\s+--- ((?:\[[^\]]*\]\s*)+)(\S+)\s*: ?(.*)",
    re.ASCII | re.DOTALL,
)
_BRACKET = lazy_pattern(r"\[([^\]]*)\]")
_IDS = lazy_pattern(r"([0-9a-f]{16,32})-([0-9a-f]{16})")
_BLANK = lazy_pattern(r"[\s-]*")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    match = _LINE.fullmatch(text) if "--- [" in text else None
    if match is None:
        return None
    time, level, named, pid, brackets, logger, message = match.groups()
    found: dict[str, Any] = {"timestamp": time, "level": level, "logger": logger, "process.pid": int(pid)}
    said: list[str] = []
    for part in map(str.strip, _BRACKET.findall(brackets)):
        if ids := _IDS.fullmatch(part):
            found |= {"trace_id": ids[1], "span_id": ids[2]}
        elif not _BLANK.fullmatch(part):
            said.append(part)
    if named:
        told = [part.strip() for part in named.split(",")]
        found |= {key: value for key, value in zip(("service", "trace_id", "span_id"), told, strict=False) if value}
    elif len(said) > 1:
        found["service"] = said[0]
    if said:
        found["thread.name"] = said[-1]
    first, newline, further = message.partition("\n")
    message, fields = split_pairs(first)
    return {**fields, **found, "message": message + newline + further}
