"""Records of .NET's simple console logger, which stand on several lines: category, scopes, message.

warn: Acme.Payments.Charger[12]
      => SpanId:b7ad6b7169203331, TraceId:67d3f65d8a1b4c2e9f0d7a3b5c6e1f20, ParentId:00f067aa0ba902b7
      card network timeout, retrying
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.patterns import lazy_pattern

LEVELS = {"trce": "Trace", "dbug": "Debug", "info": "Information", "warn": "Warning", "fail": "Error", "crit": "Critical"}
HEADS = tuple(f"{level}: ".encode() for level in LEVELS)
_HEAD = lazy_pattern(r"(trce|dbug|info|warn|fail|crit): ([\w.`+<>-]+)\[(\d+)\]\s*", re.ASCII)
_INDENT = b"      "
_SCOPE = lazy_pattern(r"(SpanId|TraceId|ParentId):([\w|.-]+)", re.ASCII)
_SCOPES = lazy_pattern(r"=> (?:(?:SpanId|TraceId|ParentId):[\w|.-]+(?:, |\s|$))+|=> (?:\w+:\S*(?: (?=\w+:\S))?)*", re.ASCII)
_FINISHED = lazy_pattern(
    r"Request finished \S+ (?P<Method>[A-Z]+) \S+?://[^/\s]+(?P<Path>/\S*)? .*?\b(?P<StatusCode>[1-5]\d\d)\b.*? "
    r"(?P<took>\d{1,12}(?:\.\d{1,9})?)ms"
)


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
    return record_of(head[1], head[2], int(head[3]), [line.strip() for line in rest])


def record_of(level: str, category: str, event: int, lines: list[str]) -> dict[str, Any]:
    """The record of a level, a category, the number of an event, and lines with scopes and the message."""
    scopes = [line for line in lines if line.startswith("=> ")]
    said = [line for line in lines if not line.startswith("=> ")] or [_SCOPES.sub("", line) for line in scopes]
    message = "\n".join(said).strip()
    head, stack = without_stack(message)
    return {
        "EventId": event, "LogLevel": LEVELS[level], "Category": category, "Message": head, "State": _state(head),
        "Scopes": [dict(_SCOPE.findall(scope)) for scope in scopes],
        **({"Exception": stack} if stack else {}),
    }  # fmt: skip


def _state(message: str) -> dict[str, Any]:
    """What ASP.NET Core's own message about a request tells."""
    found = _FINISHED.fullmatch(message)
    if found is None:
        return {}
    told = found.groupdict("/")
    return {"ElapsedMilliseconds": float(told.pop("took")), **told, "StatusCode": int(told["StatusCode"])}


_RAISED = lazy_pattern(r"\n(?=[A-Z]\w*(?:\.[A-Z]\w*)+(?: \(0x[0-9A-Fa-f]+\))?: )", re.ASCII)


def without_stack(message: str) -> tuple[str, str]:
    """(message, exception) of a message behind which an exception is printed."""
    found = _RAISED.search(message)
    return (message, "") if found is None else (message[: found.start()], message[found.end() :])
