"""HAProxy's `option httplog` (configuration manual, 8.2.3): the date is that of the request's start, timers are milliseconds;
of headers that are captured a `traceparent` is the caller's, and a UUID an X-Request-Id.

10.0.1.2:33317 [14/Mar/2025:09:26:53.120] web payments/srv1 0/0/1/179/180 200 15 - - ---- 1/1/0/0/0 0/0 {00-67d3…-01} "POST /"
"""

from __future__ import annotations

import re
from datetime import datetime
from string import hexdigits
from typing import Any

from logtrace.patterns import lazy_pattern

NAME = "haproxy"
ABOUT = "HAProxy's option httplog; the time is the start of the request"
EXAMPLE = (
    "10.0.1.2:33317 [14/Mar/2025:09:26:53.120] web~ payments/srv1 0/0/1/179/180 200 15 - - ---- 1/1/0/0/0 0/0 "
    '{00-67d3f65d8a1b4c2e9f0d7a3b5c6e1f20-00f067aa0ba902b7-01} "POST /charge HTTP/1.1"'
)
FIRST = hexdigits + ".:u"


BEGINS = lazy_pattern(
    r"[\dA-Fa-f.:]{2,45}:\d+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] \S+ [^\s/]+/\S+ (?:-?\d{1,15}/){4}\+?-?\d",
    re.ASCII,
)
_LINE = lazy_pattern(
    r"([\da-fA-F.:]{2,45}|unix):\d+ \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] (\S+) ([^\s/]+)/(\S+) "
    r"(-?\d{1,15})/(-?\d{1,15})/(-?\d{1,15})/(-?\d{1,15})/\+?(-?\d{1,15}) (\d{3}|-1) \+?(\d{1,18}) \S+ \S+ (\S{4}) [\d/+]+ "
    r'\d+/\d+ ((?:\{[^{}]*\} ){0,2})"(?:([A-Z]{3,10}) (\S+)[^"]*|[^"]*)"?',
    re.ASCII,
)
_TRACEPARENT = lazy_pattern(r"(?<![\w-])[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?![\w-])", re.ASCII)
_REQUEST = lazy_pattern(r"(?<![\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])", re.ASCII)
_TIMERS = ("request_ms", "queue_ms", "connect_ms", "response_ms")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line. A timer of -1 has not been reached."""
    match = _LINE.match(text) if " [" in text[:60] and "/" in text and text[:1].isalnum() | (text[:1] == ":") else None
    if match is None:
        return None
    client, time, frontend, backend, server, *timers, took, status, size, ended, captured, method, path = match.groups()
    try:
        start = datetime.strptime(time, "%d/%b/%Y:%H:%M:%S.%f")  # noqa: DTZ007 - HAProxy's, in its own zone
    except ValueError:
        return None
    found: dict[str, Any] = {
        "start_time": start.isoformat(timespec="milliseconds"),
        "client_ip": client, "frontend": frontend.rstrip("~"), "backend": backend, "server": server, "bytes_read": int(size),
        "termination_state": ended, "msg": f"{method} {path} {status}" if method else text[match.start(13) :].strip(' "'),
        **{name: int(value) for name, value in zip(_TIMERS, timers, strict=True) if int(value) >= 0},
    }  # fmt: skip
    if method:
        found |= {"method": method, "path": path}
    if status != "-1":
        found["status"] = int(status)
    if int(took) >= 0:
        found["duration_ms"] = int(took)
    if header := _TRACEPARENT.search(captured):
        found["traceparent"] = header[0]
    if request := _REQUEST.search(captured):
        found["request_id"] = request[0]
    return {**found, "captured": captured.strip()} if captured else found
