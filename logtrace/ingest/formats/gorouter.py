"""Cloud Foundry's router (gorouter's access log), alone or behind what `cf logs` writes before it. The time is the start of the
request. What it names `x_b3_…` are the ids it sent on.

shop.example.com - [2025-03-14T09:26:53.120500123Z] "POST /charge HTTP/1.1" 200 2 … response_time:0.18075 … x_b3_traceid:"67d3…"
"""

from __future__ import annotations

import re
from typing import Any

from logtrace.ingest.vocabulary.pairs import scalar
from logtrace.patterns import lazy_pattern

NAME = "gorouter"
ABOUT = "Cloud Foundry's gorouter; the time is the start of the request"
EXAMPLE = (
    'shop.example.com - [2025-03-14T09:26:53.120500123Z] "POST /charge HTTP/1.1" 200 2 15 "-" "curl" "10.0.0.7:51212" '
    '"10.0.2.1:61002" x_forwarded_for:"10.0.0.7" response_time:0.180750 app_index:"0" '
    'x_b3_traceid:"67d3f65d8a1b4c2e9f0d7a3b5c6e1f20" x_b3_spanid:"b7ad6b7169203331" x_b3_parentspanid:"00f067aa0ba902b7"'
)

_TEXT = r'"(?:[^"\\]|\\.)*"'
_LINE = lazy_pattern(
    r"(?:\s*(?:\S+ )?\[RTR/\d+\] (?:OUT|ERR) )?([\w.:-]{1,255}) - "
    r'\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))\] "([A-Z]{3,10}) (\S+)[^"]{0,20}" '
    rf'(\d{{3}}|"-"|-) (\d+) (\d+) {_TEXT} ({_TEXT}) ({_TEXT}) ({_TEXT}) (?=[a-z_]+:)',
    re.ASCII,
)
_PAIR = lazy_pattern(rf"([\w-]{{1,99}}):({_TEXT}|[^\s\"]+)", re.ASCII)
_NAMES = ("host", "start_time", "method", "path", "status", "bytes_received", "bytes_sent", "user_agent", "client", "upstream")
_IDS = {"traceid": "trace_id", "spanid": "span_id", "parentspanid": "parent_span_id"}
_HEADERS = frozenset(("b3", "traceparent", *(f"x_b3_{name}" for name in _IDS)))


def read(text: str) -> dict[str, Any] | None:
    """The record of a line; None where it is no such line. An answer that was never given has no status."""
    match = _LINE.match(text) if '] "' in text else None
    if match is None:
        return None
    said = {name: scalar(value.strip('"')) for name, value in zip(_NAMES, match.groups(), strict=True)}
    pairs = {key: value.strip('"') for key, value in _PAIR.findall(text, match.end())}
    took = scalar(pairs.pop("response_time", "-"))
    told = {**pairs, **_ids(pairs), **said, "duration_s": took, "msg": f"{said['method']} {said['path']} {said['status']}"}
    return {key: value for key, value in told.items() if key not in _HEADERS and value not in ("-", "")}


def _ids(pairs: dict[str, str]) -> dict[str, str]:
    """The ids of the router's own span: those it sent on, in B3's headers or in W3C's."""
    if "x_b3_traceid" in pairs:
        return {concept: pairs.get(f"x_b3_{name}", "") for name, concept in _IDS.items()}
    _, *ids = pairs.get("traceparent", "").split("-")
    return dict(zip(_IDS.values(), ids[:2], strict=False))
