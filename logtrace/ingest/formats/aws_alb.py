"""Access logs of AWS' application load balancers (ELB user guide, "Access log entries"): the time is when the answer was sent,
the request was made at `request_creation_time`, the trace is that of the header `X-Amzn-Trace-Id`.

https 2025-03-14T09:26:53.301000Z app/shop/50dc6c495c0c9188 10.0.0.7:2817 10.0.0.1:80 0.000 0.180 0.000 200 200 34 366 "POST …" …
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.patterns import lazy_pattern

NAME = "aws_alb"
ABOUT = "access logs of AWS' application load balancers; the time is the end of the request"
EXAMPLE = (
    "https 2025-03-14T09:26:53.301000Z app/shop/50dc6c495c0c9188 10.0.0.7:2817 10.0.0.1:80 0.000 0.180 0.000 200 200 34 366 "
    '"POST https://shop.example.com:443/charge HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/payments/73e2d6bc24d8a067 "
    '"Root=1-67d3f65d-8a1b4c2e9f0d7a3b5c6e1f20" "shop.example.com" "-" 0 2025-03-14T09:26:53.120000Z "forward" "-" "-" '
    '"10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90'
)
FIRST = "hgw"

_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z)"
_KINDS = ("http ", "https ", "h2 ", "grpcs ", "ws ", "wss ")
_TEXT = r'"((?:[^"\\]|\\.)*)"'


BEGINS = lazy_pattern(rf"(?:https?|h2|grpcs|wss?) {_TIME} app/\S+ \S+ \S+ (?:-?[\d.]+ ){{3}}", re.ASCII)
_LINE = lazy_pattern(
    rf"(https?|h2|grpcs|wss?) {_TIME} (\S+) (\S+) (\S+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (\d{{3}}|-) (\d{{3}}|-) (\d+) (\d+) "
    rf'"([A-Z]{{3,10}}|-) (\S+)[^"]*" {_TEXT} \S+ \S+ (\S+) {_TEXT} {_TEXT} {_TEXT} \S+ {_TIME} ',
    re.ASCII,
)
_TIMES = ("request_processing_time", "target_processing_time", "response_processing_time")


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line."""
    match = _LINE.match(text) if text.startswith(_KINDS) else None
    if match is None:
        return None
    (kind, ended, balancer, client, target, *took, status, answered, received, sent, method, url, agent, group, trace, host, _,
     begun) = match.groups()  # fmt: skip
    found: dict[str, Any] = {
        "timestamp": ended, "start_time": begun, "end_time": ended, "type": kind, "elb": balancer, "client": client,
        "target": target, "target_status_code": answered, "received_bytes": int(received), "sent_bytes": int(sent),
        "user_agent": agent, "target_group": group, "host": host, "msg": f"{method} {url} {status}",
        **{name: float(value) for name, value in zip(_TIMES, took, strict=True) if value[0] != "-"},
    }  # fmt: skip
    parts = balancer.split("/")
    found["service"] = parts[1] if len(parts) == 3 else balancer
    found |= {"method": method, "url": url} if method != "-" else {}
    found |= {"status": int(status)} if status != "-" else {}
    return found | ({"x-amzn-trace-id": trace} if trace.strip("-") else {})
