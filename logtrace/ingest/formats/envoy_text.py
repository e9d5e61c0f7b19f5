"""The default access logs of Envoy and Istio as text (Envoy's "Access logging", Istio's "Envoy access logs"): under the names
that they have in JSON, so `envoy` says what they mean. What operators append is looked through for a trace header and pairs.

[2025-03-14T09:26:53.120Z] "POST /charge HTTP/2" 200 - 154 0 180 179 "10.0.35.28" "curl" "cc21d9b0-…" "payments" "10.0.2.1:80"
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.patterns import lazy_pattern

NAME = "envoy_text"
ABOUT = "Envoy's and Istio's default access logs as text; the time is the start of the request"
EXAMPLE = (
    '[2025-03-14T09:26:53.120Z] "POST /charge HTTP/2" 200 - via_upstream - "-" 154 0 180 179 "10.0.35.28" "curl" '
    '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "payments" "10.0.2.1:80" outbound|80||payments '
    "10.0.2.9:4 10.0.2.8:80 10.0.2.7:5 - default"
)
FIRST = "["

_TEXT = r'"((?:[^"\\]|\\.)*)"'


BEGINS = lazy_pattern(r'\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "[A-Z]+ \S+ [^"\s]+" \d{1,3} ', re.ASCII)
_LINE = lazy_pattern(
    rf'\[(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z)\] "(\S+) (\S+) ([^"\s]+)" (\d{{1,3}}) (\S+)(?: (\S+) (\S+) {_TEXT})? '
    rf"(\d+) (\d+) (\d+) (\d+|-) {_TEXT} {_TEXT} {_TEXT} {_TEXT} {_TEXT}",
    re.ASCII,
)
_ISTIO = ("upstream_cluster", "upstream_local_address", "downstream_local_address", "downstream_remote_address",
          "requested_server_name", "route_name")  # fmt: skip
_NAMES = ("start_time", "method", "path", "protocol", "response_code", "response_flags", "response_code_details",
          "connection_termination_details", "upstream_transport_failure_reason", "bytes_received", "bytes_sent", "duration",
          "upstream_service_time", "x_forwarded_for", "user_agent", "request_id", "authority", "upstream_host")  # fmt: skip
_NUMBERS = frozenset(("response_code", "bytes_received", "bytes_sent", "duration"))


_TRACEPARENT = lazy_pattern(r"(?<![\w-])[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?![\w-])", re.ASCII)


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line."""
    match = _LINE.match(text) if text[:1] == "[" and text[25:28] == '] "' else None
    if match is None:
        return None
    values = dict(zip(_NAMES, match.groups(), strict=True))
    rest = text[match.end() :]
    if values["response_code_details"] is not None:
        values |= dict(zip(_ISTIO, rest.split(), strict=False))
    found: dict[str, Any] = {
        name: int(value) if name in _NUMBERS else value for name, value in values.items() if value not in (None, "-", "")
    }
    if header := _TRACEPARENT.search(rest):
        found["traceparent"] = header[0]
    told = {"response_flags": values["response_flags"], "msg": f"{values['method']} {values['path']} {values['response_code']}"}
    return {**split_pairs(rest)[1], **found, **told}
