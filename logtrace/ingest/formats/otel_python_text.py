"""The text format of opentelemetry-instrumentation-logging: `TIME LEVEL [logger] [file:line] [trace_id=… span_id=…
resource.service.name=… trace_sampled=…] - message`."""

from __future__ import annotations

import re
from typing import Any

from logtrace.patterns import lazy_pattern

_LINE = lazy_pattern(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{1,9}) (?P<level>[A-Z]+) \[(?P<logger>[^\]]*)\] \[(?P<at>[^\]]*)\] "
    r"\[trace_id=(?P<trace>\w+) span_id=(?P<span>\w+) resource\.service\.name=(?P<service>[^\]]*?)"
    r"(?: trace_sampled=(?P<sampled>\w+))?\] - (?P<message>.*)",
    re.ASCII | re.DOTALL,
)


def line(text: str) -> dict[str, Any] | None:
    """The record under the keys that the same instrumentation gives to JSON formatters."""
    match = _LINE.fullmatch(text.strip())
    if match is None:
        return None
    found = {
        "asctime": match["time"], "levelname": match["level"], "name": match["logger"], "caller": match["at"],
        "message": match["message"], "otelTraceID": match["trace"], "otelSpanID": match["span"],
    }  # fmt: skip
    return found | ({"otelServiceName": match["service"]} if match["service"] else {})
