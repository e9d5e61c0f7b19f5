"""What AWS Lambda's runtimes put before each line of text: parts between tabs, line ends inside as carriage returns.

2025-03-14T09:26:53.301Z	9566c74d-1003-4c4d-bbbb-0407d1e2c649	INFO	TEXT        Node
[INFO]	2025-03-14T09:26:53.301Z	9566c74d-1003-4c4d-bbbb-0407d1e2c649	TEXT      Python
"""

from __future__ import annotations

import re
from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.vocabulary.levels import severity
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"
_REQUEST = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|undefined)"
_NODE = lazy_pattern(rf"{_TIME}\t{_REQUEST}\t([A-Z]+)\t", re.ASCII)
_PYTHON = lazy_pattern(rf"\[([A-Z]+)\]\t{_TIME}\t{_REQUEST}\t", re.ASCII)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer; the id of the request belongs to the line."""
    if node := _NODE.match(text):
        time, request, level = node.groups()
    elif python := _PYTHON.match(text):
        level, time, request = python.groups()
    else:
        return None
    end = (node or python).end()  # type: ignore[union-attr]
    fields = () if request == "undefined" else (("requestId", request),)
    return Peeled(text[end:].rstrip("\r").replace("\r", "\n"), instant_ns(time), severity=severity(level), fields=fields)


ENVELOPE = Envelope(
    name="lambda_text",
    example='2025-03-14T09:26:53.301Z\tundefined\tINFO\t{"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
)
