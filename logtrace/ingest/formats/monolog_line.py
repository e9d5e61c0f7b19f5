"""Monolog's lines, the usual log of Laravel and Symfony: channel, level and message, then context and extra as JSON.

[2025-03-14T09:26:53.301250+00:00] payments.ERROR: charge failed {"trace_id":"67d3…","span_id":"b7ad…"} []
"""

from __future__ import annotations

import json
import re
from typing import Any

from logtrace.patterns import lazy_pattern

NAME = "monolog_line"
ABOUT = "PHP's Monolog as text: [TIME] channel.LEVEL: message {context} {extra}"
EXAMPLE = (
    '[2025-03-14T09:26:53.301250+00:00] payments.INFO: charge completed {"trace_id":"67d3f65d8a1b4c2e9f0d7a3b5c6e1f20",'
    '"span_id":"b7ad6b7169203331","duration_ms":180.75} []'
)
FIRST = "["

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_LEVEL = "DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY"
BEGINS = lazy_pattern(rf"\[{_TIME}\] [\w-]{{1,100}}\.(?:{_LEVEL}): ", re.ASCII)
_HEAD = lazy_pattern(rf"\[({_TIME})\] ([\w-]{{1,100}})\.({_LEVEL}): ", re.ASCII)


_RAISED = lazy_pattern(r"\[object\] \(([\w\\]{1,200})\(code: -?\w+\): (.*?) at \S+:\d+\)", re.ASCII | re.DOTALL)
"""An exception as the line formatter writes it."""

_OPENS = lazy_pattern(r" (?=[{\[])")
_TRIES = 20
_json = json.JSONDecoder(strict=False)


def read(text: str) -> dict[str, Any] | None:
    """The record that the JSON of the same library would be; None where a line does not begin in this way."""
    head = _HEAD.match(text)
    if head is None:
        return None
    message, found = _parted(text[head.end() :].rstrip())
    context, extra = (*found, {}, {})[:2]
    if isinstance(context.get("exception"), str) and (raised := _RAISED.match(context["exception"])):
        context = {**context, "exception": {"class": raised[1], "message": raised[2]}}
    return {
        "message": message, "context": context, "level_name": head[3], "channel": head[2], "datetime": head[1], "extra": extra,
    }  # fmt: skip


def _parted(text: str) -> tuple[str, list[Any]]:
    """(message, the one or two JSON values that end the text)."""
    for number, start in enumerate(_OPENS.finditer(text)):
        if number == _TRIES:
            break
        found: list[Any] = []
        at = start.end()
        try:
            while at < len(text) and len(found) < 2:
                value, at = _json.raw_decode(text, at)
                found.append(value if isinstance(value, dict) else {})
                at += text.startswith(" ", at)
        except (ValueError, RecursionError):
            continue
        if at >= len(text):
            return text[: start.start()], found
    return text, []
