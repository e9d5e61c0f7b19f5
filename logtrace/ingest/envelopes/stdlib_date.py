"""The date Go's `log` package writes before a record that was printed through it: `2025/08/11 14:39:14 RECORD`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import timed
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_HEAD = lazy_pattern(
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


def peel_lines(lines: Sequence[bytes], zone: tzinfo) -> Layer:
    """The layer of lines with JSON objects."""
    places = [(at, line.find(b" {", 19, 28)) for at, line in enumerate(lines) if line[4:5] == b"/"]
    taken = [at for at, end in places if end > 0]
    ends = [end for _, end in places if end > 0]
    times = [lines[at][:end] for at, end in zip(taken, ends, strict=True)]
    inners = [lines[at][end + 1 :] for at, end in zip(taken, ends, strict=True)]
    return timed(Layer(taken, inners, [_KNOWN] * len(taken)), times, _SHAPE, zone)


_SHAPE = lazy_pattern(rb"0000/00/00 00:00:00(?:\.000000)?()")
_KNOWN = Peeled("", zoneless=True)


ENVELOPE = Envelope(
    name="stdlib_date",
    example="2025/08/11 14:39:14 2025-08-11T14:39:14.123-05:00 [INFO] [mcp-server] Request processed",
    inner="2025-08-11T14:39:14.123-05:00 [INFO] [mcp-server] Request processed",
    peel=peel,
    begins=digits,
    peel_lines=peel_lines,
)
