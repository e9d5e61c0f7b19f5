"""AWS Lambda's text lines: `REPORT RequestId: …  Duration: 250.25 ms  …  XRAY TraceId: 1-…  SegmentId: …  Sampled: true`; what
X-Ray knows stands in a second line where the line end in it was written out."""

from __future__ import annotations

import re
from string import digits, whitespace
from typing import Any

from logtrace.ingest.formats._format import Format
from logtrace.patterns import lazy_pattern

NAME = "lambda_report"
ABOUT = "AWS Lambda's REPORT lines"
EXAMPLE = "REPORT RequestId: 9566c74d-1003-4c4d-bbbb-0407d1e2c649\tDuration: 250.25 ms\tBilled Duration: 251 ms"
FIRST = digits + "TZ.:+-R" + whitespace

_REQUEST = lazy_pattern(r"\s*(?:[\dTZ.:+-]{20,40}\s+)?REPORT RequestId: ([\w-]+)", re.ASCII)
_FIELD = lazy_pattern(
    r"(Duration|Billed Duration|Init Duration|Memory Size|Max Memory Used|XRAY TraceId|SegmentId): (\S+(?: (?:ms|MB))?)"
)


def read(text: str) -> dict[str, Any] | None:
    """The record, None where a text is none. It is written after the invocation has ended, so its time tells no end."""
    request = _REQUEST.match(text)
    fields = dict(_FIELD.findall(text)) if request else {}
    if request is None or "Duration" not in fields:
        return None
    found: dict[str, Any] = {"message": "REPORT", "lambda.report": request[1]}
    names = {"XRAY TraceId": "xray_trace_id", "SegmentId": "span_id"}
    return found | {names.get(key, f"faas.{key.lower().replace(' ', '_')}"): value for key, value in fields.items()}


FORMAT = Format(
    "lambda-report",
    "AWS Lambda's REPORT lines (text)",
    example='{"message":"REPORT","lambda.report":"r-1","faas.duration":"250.25 ms","xray_trace_id":'
    '"1-4bf92f35-77b34da6a3ce929d0e0e4736","span_id":"a3ce929d0e0e4736"}',
    marks=(("lambda.report",),),
    keys={"request": ("lambda.report",)},
    durations=(("faas.duration", ""),),
    aside=True,
)
