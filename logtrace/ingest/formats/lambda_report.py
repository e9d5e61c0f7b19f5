"""AWS Lambda's text lines: `REPORT RequestId: …  Duration: 250.25 ms  …  XRAY TraceId: 1-…  SegmentId: …  Sampled: true`."""

from __future__ import annotations

import re
from typing import Any

_REQUEST = re.compile(r"REPORT RequestId: ([\w-]+)")
_FIELD = re.compile(
    r"(Duration|Billed Duration|Init Duration|Memory Size|Max Memory Used|XRAY TraceId|SegmentId): (\S+(?: (?:ms|MB))?)"
)


def line(text: str) -> dict[str, Any] | None:
    """The record. It comes later than the invocation ends, so that it tells no end: its duration stays an attribute."""
    request = _REQUEST.search(text)
    fields = dict(_FIELD.findall(text))
    if request is None or "Duration" not in fields:
        return None
    found: dict[str, Any] = {"message": "REPORT", "requestId": request[1]}
    names = {"XRAY TraceId": "xray_trace_id", "SegmentId": "span_id"}
    return found | {names.get(key, f"faas.{key.lower().replace(' ', '_')}"): value for key, value in fields.items()}
