"""Records of .NET's simple console logger, which stand on several lines: category, scopes, message.

warn: Acme.Payments.Charger[12]
      => SpanId:b7ad6b7169203331, TraceId:67d3f65d8a1b4c2e9f0d7a3b5c6e1f20, ParentId:00f067aa0ba902b7
      card network timeout, retrying
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.patterns import lazy_pattern

_LEVELS = {"trce": "Trace", "dbug": "Debug", "info": "Information", "warn": "Warning", "fail": "Error", "crit": "Critical"}
HEADS = tuple(f"{level}: ".encode() for level in _LEVELS)
_HEAD = lazy_pattern(r"(trce|dbug|info|warn|fail|crit): ([\w.`+<>-]+)\[(\d+)\]\s*", re.ASCII)
_INDENT = b"      "
_SCOPE = lazy_pattern(r"(SpanId|TraceId|ParentId):([\w|.-]+)", re.ASCII)


def opens(line: bytes) -> bool:
    """Whether a line is the first of a record: level, category and number of the event."""
    return _HEAD.fullmatch(line.decode("utf-8", "replace")) is not None


def goes_on(line: bytes, _count: int) -> bool:
    """What belongs to a record is indented."""
    return line.startswith(_INDENT)


def block(text: str) -> dict[str, Any] | None:
    """The record in the words of .NET's JSON console."""
    first, *rest = text.split("\n")
    head = _HEAD.fullmatch(first)
    if head is None:
        return None
    lines = [line.strip() for line in rest]
    scopes = [line for line in lines if line.startswith("=> ")]
    return {
        "EventId": int(head[3]), "LogLevel": _LEVELS[head[1]], "Category": head[2],
        "Message": "\n".join(line for line in lines if not line.startswith("=> ")),
        "Scopes": [dict(_SCOPE.findall(scope)) for scope in scopes],
    }  # fmt: skip
