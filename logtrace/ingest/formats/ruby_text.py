"""Ruby's own Logger, as Rails and Sidekiq write it, and semantic_logger's default, as text.

I, [2025-03-14T09:26:53.301250 #77]  INFO -- payments: [trace_id=67d3… span_id=b7ad…] charge completed
2025-03-14 09:26:53.301250 I [77:puma charge.rb:9] {trace_id: 67d3…, span_id: b7ad…} (180.8ms) Charger -- charge completed
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.ingest.formats import logfmt
from logtrace.ingest.vocabulary.text import ids_told, message_told
from logtrace.patterns import lazy_pattern

NAME = "ruby_text"
ABOUT = "Ruby's Logger, and semantic_logger's default, as text"
EXAMPLE = (
    "I, [2025-03-14T09:26:53.301250 #77]  INFO -- payments: "
    "[trace_id=67d3f65d8a1b4c2e9f0d7a3b5c6e1f20 span_id=b7ad6b7169203331] charge completed"
)
FIRST = digits + "DIWEFA"


BEGINS = lazy_pattern(
    r"[DIWEF], \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\] +(?:DEBUG|INFO|WARN|ERROR|FATAL) -- [^:\n]{0,100}: "
)
_LOGGER = lazy_pattern(
    r"[DIWEFA], \[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}) #\d+\] +(DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- "
    r"([^:\n]{0,100}): ?(.*)",
    re.ASCII | re.DOTALL,
)
_SEMANTIC = lazy_pattern(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}) ([TDIWEF]) \[\d+:[^\]\n]{0,200}\]"
    r"((?: \[[^\]\n]*\]| \{[^}\n]*\}| \([\d.,]+[^)\n]{1,12}\)){0,9}) ([A-Z][\w:]{0,200}) -- (.*)",
    re.ASCII | re.DOTALL,
)
_LEVELS = {"T": "trace", "D": "debug", "I": "info", "W": "warn", "E": "error", "F": "fatal", "ANY": "info"}


_TOOK = lazy_pattern(r" \(([\d.,]+ ?[a-zμµ]{1,2})\)")
_RAISED = lazy_pattern(r"(?:^| -- )Exception: ([A-Z][\w:]{0,200}): ?([^\n]*)")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it does not begin in either way."""
    if text[1:4] == ", [" and (match := _LOGGER.fullmatch(text)):
        time, level, logger, message = match.groups()
        named = {"logger": logger.strip()} if logger.strip() else {}
        return {**(_pairs(message) or message_told(message)), "timestamp": time, "level": _LEVELS.get(level, level), **named}
    match = _SEMANTIC.fullmatch(text) if text[10:11] == " " and text[19:20] == "." and " -- " in text else None
    return None if match is None else _semantic(*match.groups())


def _pairs(message: str) -> dict[str, Any] | None:
    """The pairs of a message that is nothing else, as lograge's are; None of any other."""
    return logfmt.read(message) if message and all("=" in word for word in message.split()) else None


def _semantic(time: str, level: str, context: str, logger: str, message: str) -> dict[str, Any]:
    found: dict[str, Any] = {**message_told(message), **ids_told(context)}
    if raised := _RAISED.search(message):
        found |= {"msg": message[: raised.start()].strip(), "error.type": raised[1], "error.message": raised[2]}
    if took := _TOOK.search(context):
        found["duration"] = took[1].replace(",", "").replace("μ", "µ")
    return {**found, "timestamp": time, "level": _LEVELS[level], "logger": logger}
