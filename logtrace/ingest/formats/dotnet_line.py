"""Records of .NET's simple console logger behind a time, or on a single line: level, category, scopes, message.

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

_HEAD = lazy_pattern(
    r"(?:(?P<time>\[?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:\d\d)?\]?)[ :|]{0,3})?"
    rf"(?P<level>{'|'.join(LEVELS)}): (?P<category>[\w.`+<>-]{{1,400}})\[(?P<event>\d{{1,10}})\]\s+(?P<rest>\S.*)",
    re.ASCII | re.DOTALL,
)


def read(text: str) -> dict[str, Any] | None:
    """The record in the words of .NET's JSON console; None where a text does not begin in this way."""
    head = _HEAD.fullmatch(text) if "]" in text and ": " in text[:60] else None
    if head is None:
        return None
    lines = head["rest"].split("\n")
    found = record_of(head["level"], head["category"], int(head["event"]), [line.strip() for line in lines])
    time = (head["time"] or "").strip("[]")
    return {"Timestamp": time, **found} if "-" in time or "/" in time else found
