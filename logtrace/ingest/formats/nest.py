"""NestJS' logger, as text: `+2ms` at the end is the time since the line before, and no duration.

[Nest] 77  - 03/14/2025, 9:26:53 AM     LOG [ChargeService] charge completed +2ms
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.text import message_told
from logtrace.patterns import lazy_pattern

NAME = "nest"
ABOUT = "NestJS' ConsoleLogger: [Nest] PID  - MM/DD/YYYY, TIME     LEVEL [Context] message"
EXAMPLE = "[Nest] 77  - 03/14/2025, 9:26:53 AM     LOG [ChargeService] charge completed trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20"
FIRST = "["

BEGINS = lazy_pattern(r"\[Nest\] \d{1,9} +- \d\d/\d\d/\d{4}, \d{1,2}:\d\d:\d\d [AP]M ", re.ASCII)
_LINE = lazy_pattern(
    r"\[([^\[\]\n]{1,40})\] (\d{1,9}) +- (\d\d)/(\d\d)/(\d{4}), (\d{1,2}):(\d\d):(\d\d)[ \u202f]([AP])M +"
    r"(LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL) (?:\[([^\[\]\n]{1,200})\] )?(.*)",
    re.DOTALL,
)
_SINCE = lazy_pattern(r" \+\d{1,9}ms$", re.ASCII)
_LEVELS = {"LOG": "INFO", "VERBOSE": "TRACE"}


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    match = _LINE.fullmatch(text) if text[:1] == "[" and ", " in text[:70] else None
    if match is None:
        return None
    _, process, month, day, year, hour, minute, second, half, level, context, message = match.groups()
    hours = int(hour) % 12 + (12 if half == "P" else 0)
    told = message_told(_SINCE.sub("", message))
    named = {"logger": context} if context else {}
    return {
        **told, **named, "timestamp": f"{year}-{month}-{day}T{hours:02}:{minute}:{second}", "level": _LEVELS.get(level, level),
        "process.pid": int(process),
    }  # fmt: skip
