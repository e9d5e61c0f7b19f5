"""Records of .NET's simple console logger behind a time, or on a single line: level, category, scopes, message. Its console for
systemd writes a priority instead of the level.

<6>2025-03-14T09:26:53.301Z Acme.Payments.Charger[0] => SpanId:b7ad…, TraceId:67d3…, ParentId:00f0… charged
2025-03-14 09:26:53.301 fail: Acme.Payments.Charger[12] => SpanId:b7ad…, TraceId:67d3…, ParentId:00f0… => RequestPath:/charge boom
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.formats.dotnet_simple import LEVELS, record_of
from logtrace.patterns import lazy_pattern

NAME = "dotnet_line"
ABOUT = ".NET's simple console logger behind a time or on a single line: TIME LEVEL: category[event] => scopes message"
EXAMPLE = (
    "2025-03-14 09:26:53.301 info: Payments.Charger[0] => SpanId:b7ad6b7169203331, TraceId:67d3f65d8a1b4c2e9f0d7a3b5c6e1f20, "
    "ParentId:00f067aa0ba902b7 charge completed"
)

_TIME = r"(?:(?P<time>\[?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:\d\d)?\]?)[ :|]{0,3})?"
_SAID = r"(?P<category>[\w.`+<>-]{1,400})\[(?P<event>\d{1,10})\]\s+(?P<rest>\S.*)"
_HEAD = lazy_pattern(rf"{_TIME}(?P<level>{'|'.join(LEVELS)}): {_SAID}", re.ASCII | re.DOTALL)
_SYSTEMD = lazy_pattern(rf"<(?P<level>[2-7])>{_TIME}{_SAID}", re.ASCII | re.DOTALL)
_PRIORITIES = {"7": "dbug", "6": "info", "5": "info", "4": "warn", "3": "fail", "2": "crit"}


def read(text: str) -> dict[str, Any] | None:
    """The record in the words of .NET's JSON console; None where a text does not begin in this way."""
    if "]" not in text:
        return None
    head = _SYSTEMD.fullmatch(text) if text[:1] == "<" else _HEAD.fullmatch(text) if ": " in text[:60] else None
    if head is None:
        return None
    lines = head["rest"].split("\n")
    found = record_of(
        _PRIORITIES.get(head["level"], head["level"]), head["category"], int(head["event"]), [line.strip() for line in lines]
    )
    time = (head["time"] or "").strip("[]")
    return {"Timestamp": time, **found} if "-" in time or "/" in time else found
