"""Access lines of gin and of services that write like it: `TIME | 200 | 45.3ms | …`, logged when the request has ended.

[GIN] 2025/03/14 - 09:26:53 | 200 |     250.25ms |      172.18.0.4 | POST     "/checkout"
2025/11/10 19:36:18 [API] 172.18.0.4 | 200 |    45.31287ms | POST | /api/v1/tools/3f/execute
"""

from __future__ import annotations

import re
from string import digits
from typing import Any

from logtrace.patterns import lazy_pattern

NAME = "access"
ABOUT = "access lines of gin, and of services that write like it; the time is the end of the request"
EXAMPLE = "2025/11/10 19:36:18 [API] 172.18.0.4 | 200 |    45.31287ms | POST | /api/v1/tools/3f/execute"
FIRST = digits + "["

_DATE = r"(\d{4}/\d\d/\d\d)"
_CLOCK = r"(\d\d:\d\d:\d\d)"
_ANSWER = r"(\d{3}) \|\s+([\d.]+[a-zµμ][\w.µμ]*)"
BEGINS = lazy_pattern(
    r"\[GIN\] \d{4}/\d\d/\d\d - \d\d:\d\d:\d\d \| \d{3} \| "
    r"|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[\w -]+\] [\dA-Fa-f.:]+ \| \d{3} \| ",
    re.ASCII,
)
_GIN = lazy_pattern(rf'\[GIN\] {_DATE} - {_CLOCK} \| {_ANSWER} \|\s+(\S+) \| ([A-Z]+)\s+"([^"]*)"')
_API = lazy_pattern(rf"{_DATE} {_CLOCK} \[([\w -]+)\] (\S+) \| {_ANSWER} \| ([A-Z]+)\s*\| (\S+)")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line."""
    if " | " not in text:
        return None
    if match := _GIN.match(text):
        day, clock, status, took, client, method, path = match.groups()
        component = "GIN"
    elif match := _API.match(text):
        day, clock, component, client, status, took, method, path = match.groups()
    else:
        return None
    return {
        "timestamp": f"{day} {clock}", "component": component, "client_ip": client, "status": int(status), "duration": took,
        "method": method, "path": path, "msg": f"{method} {path} {status}", "error": text[match.end() :].strip() or None,
    }  # fmt: skip
