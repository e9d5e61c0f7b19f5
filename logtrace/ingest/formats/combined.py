"""The combined log of NGINX, Apache, Traefik and others, with what people append to it: a propagation header, ids, durations.

10.0.0.7 - - [14/Mar/2025:09:26:53 +0000] "POST /charge HTTP/1.1" 200 15 "-" "curl" 0.181 "00-67d3…-00f0…-01"

Of ids without a name, 32 hexadecimal digits with 16 behind them are a trace and a span; 32 alone (NGINX's $request_id) or a UUID
are those of a request.
"""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import Any

from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.patterns import lazy_pattern

NAME = "combined"
ABOUT = "the combined log of NGINX, Apache, Traefik and ingress-nginx; the time is the end of the request"
EXAMPLE = (
    '10.0.0.7 - - [14/Mar/2025:09:26:53 +0000] "POST /charge HTTP/1.1" 200 15 "-" "curl" 0.181 '
    '"00-67d3f65d8a1b4c2e9f0d7a3b5c6e1f20-00f067aa0ba902b7-01"'
)
FIRST = ascii_letters + digits + "_.:-"

BEGINS = lazy_pattern(
    r'[\dA-Fa-f.:]{2,45} - [^\s\[\]"]{1,80} \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "[A-Z]{3,10} \S', re.ASCII
)
_LINE = lazy_pattern(
    r'(?:([\w.-]{2,250}:\d{1,5}) )?([\w.:-]{2,60}) \S+ [^\[\]"]{1,80} '
    r'\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "([A-Z]{3,10}) (\S+)[^"]{0,20}" '
    r'(\d{3}) (?:\d+|-)(?: "[^"]*" "(?:[^"\\]|\\.)*")?',
    re.ASCII,
)
_TRACEPARENT = lazy_pattern(r"(?<![\w-])[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?![\w-])", re.ASCII)
_SECONDS = lazy_pattern(r'(?<![\w."=])(\d{1,6}\.\d{3})(?![\w.])', re.ASCII)


_IDS = lazy_pattern(r"(?<![\w=-])([0-9a-f]{32})[\"' :/,-]{1,3}([0-9a-f]{16})(?![\w-])", re.ASCII)
_REQUEST = lazy_pattern(
    r"(?<![\w=/-])(?<!=\")([0-9a-f]{32}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?![\w-])",
    re.ASCII,
)
_TRAEFIK = lazy_pattern(r' \d+ "([^"]*)" "([^"]*)" ', re.ASCII)
_NAMES = ("rt", "request_time")
_NAMED_SECONDS = lazy_pattern(rf"(?<![\w.])(?:{'|'.join(_NAMES)})=\"?(\d{{1,6}}\.\d{{3}})(?![\w.])", re.ASCII)
_MILLISECONDS = lazy_pattern(r"(?<![\w.])(\d{1,9}ms)\s*$", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line. Of durations without a name the first is that of the request."""
    match = _LINE.match(text) if '] "' in text else None
    if match is None:
        return None
    host, client, time, method, path, status = match.groups()
    rest = text[match.end() :]
    found: dict[str, Any] = {
        "timestamp": time, "client_ip": client, "method": method, "path": path, "status": int(status),
        "msg": f"{method} {path} {status}",
    }  # fmt: skip
    if host:
        found["virtual_host"] = host
    if header := _TRACEPARENT.search(rest):
        found["traceparent"] = header[0]
    elif ids := _IDS.search(rest):
        found |= {"trace_id": ids[1], "span_id": ids[2]}
    elif request := _REQUEST.search(rest):
        found["request_id"] = request[1]
    if took := _MILLISECONDS.search(rest):
        found["duration"] = took[1]
    elif seconds := _SECONDS.search(rest) or _NAMED_SECONDS.search(rest):
        found["duration_s"] = float(seconds[1])
    if behind := _TRAEFIK.match(rest):
        found |= {"router": behind[1], "upstream": behind[2]}
    return {**{key: value for key, value in split_pairs(rest)[1].items() if key not in _NAMES}, **found}
