"""The date Go's `log` package writes before a record that was printed through it: `2025/08/11 14:39:14 RECORD`."""

from __future__ import annotations

import re
from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.units import instant_ns

_HEAD = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{6})?) (?=\{|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d)",
    re.ASCII,
)


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer where a JSON object or another time follows; before anything else the date is the record's own.

    The time is local time of an unknown place, read in `zone`: a last resort.
    """
    head = _HEAD.match(text) if text[4:5] == "/" else None
    time_ns = instant_ns(head[1], zone) if head else None
    return Peeled(text[head.end() :], time_ns, zoneless=True) if head and time_ns is not None else None


ENVELOPE = Envelope(
    name="stdlib_date",
    example="2025/08/11 14:39:14 2025-08-11T14:39:14.123-05:00 [INFO] [mcp-server] Request processed",
    inner="2025-08-11T14:39:14.123-05:00 [INFO] [mcp-server] Request processed",
    peel=peel,
)
