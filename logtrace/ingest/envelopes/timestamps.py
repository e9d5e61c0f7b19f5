"""The time that `docker logs`, `docker compose logs` and `kubectl logs` put before each line with `--timestamps`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from string import digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import texts_of, timed
from logtrace.units import instant_ns

_HEAD = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?=\{|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d)",
    re.ASCII,
)


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer where a JSON object or another time follows; before anything else the time is the record's own."""
    head = _HEAD.match(text) if text[10:11] == "T" else None
    time_ns = instant_ns(head[1], zone) if head else None
    return Peeled(text[head.end() :], time_ns) if head and time_ns is not None else None


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of lines with JSON objects; what else is in braces may be labels of another wrapper."""
    parts = [line.partition(b" ") for line in lines]
    taken = [at for at, (time, _, inner) in enumerate(parts) if inner[:2] == b'{"' and time[10:11] == b"T"]
    times = texts_of([parts[at][0] for at in taken])
    return timed(Layer(taken, [parts[at][2] for at in taken], [_KNOWN] * len(taken), times))


_KNOWN = Peeled("")

ENVELOPE = Envelope(
    name="timestamps",
    example='2025-11-10T19:36:18.123456789Z {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=digits,
    peel_lines=peel_lines,
)
