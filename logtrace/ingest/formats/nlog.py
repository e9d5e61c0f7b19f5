"""NLog's default layout, and what people put behind it: time, level, logger and message between bars.

2025-03-14 09:26:53.3012|INFO|Payments.Charger|charge completed|67d3f65d8a1b4c2e9f0d7a3b5c6e1f20|b7ad6b7169203331

Of ids without a name, 32 hexadecimal digits with 16 behind them are a trace and a span.
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.vocabulary.text import message_told
from logtrace.patterns import lazy_pattern

NAME = "nlog"
ABOUT = "NLog's default layout: TIME|LEVEL|LOGGER|message, with ids behind it"
EXAMPLE = "2025-03-14 09:26:53.3012|INFO|Payments.Charger|charge completed|67d3f65d8a1b4c2e9f0d7a3b5c6e1f20|b7ad6b7169203331"
FIRST = digits


BEGINS = lazy_pattern(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{4}\|[A-Za-z]{4,5}\|[\w.+`<>$-]{1,200}\|", re.ASCII)
_LINE = lazy_pattern(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{4})\|(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\|"
    r"([\w.+`<>$-]{1,200})\|(.*)",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
_BARE = lazy_pattern(r"\|([0-9a-f]{32})\|([0-9a-f]{16})(?=[|\s]|$)", re.ASCII)
_STACK = lazy_pattern(r"[|\s](?=(?:[A-Za-z_]\w*\.)+\w*Exception: )", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in this way."""
    match = _LINE.fullmatch(text) if text[24:25] == "|" and text[19:20] == "." else None
    if match is None:
        return None
    time, level, logger, message = match.groups()
    head: dict[str, Any] = {"timestamp": time, "level": level, "logger": logger}
    if bare := _BARE.search(message):
        message = message[: bare.start()] + message[bare.end() :]
        head |= {"trace_id": bare[1], "span_id": bare[2]}
    if stack := _STACK.search(message):
        head["stack_trace"] = message[stack.end() :]
        message = message[: stack.start()]
    told = message_told(message)
    return {**told, "msg": told["msg"].strip("| \t\n"), **head}
