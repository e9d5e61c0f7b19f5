"""The time that `docker logs`, `docker compose logs` and `kubectl logs` put before each line with `--timestamps`."""

from __future__ import annotations

import re
from datetime import tzinfo
from operator import methodcaller

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.units import are_instants, instant_ns

_HEAD = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    r"(?=\[?\{|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d"
    r"|<\d{1,3}>|[a-z0-9][a-z0-9.-]* [a-z0-9-]+ \{|\[pod/|data: \{"
    r"|[\w.@-]{1,128} +\| |\d\d:\d\d:\d\d [\w-]+\.\d+ +\| |\d+\|[\w.-]+ +\| )",
    re.ASCII,
)


def peel(text: str, zone: tzinfo) -> Peeled | None:
    """The layer where a JSON object, another time or wrapper follows; before anything else the time is the record's own."""
    head = _HEAD.match(text) if text[10:11] == "T" else None
    time_ns = instant_ns(head[1], zone) if head else None
    return Peeled(text[head.end() :], time_ns) if head and time_ns is not None else None


def peel_lines(lines: list[bytes], _zone: tzinfo) -> Layer | None:
    """The layer of many lines with JSON objects; what else is in braces may be labels of another wrapper."""
    times, _, inners = zip(*map(methodcaller("partition", b" "), lines), strict=True)
    texts = b"\n".join(times).decode("utf-8", "replace").split("\n")
    if {inner[:2] for inner in inners} != {b'{"'} or not are_instants(texts):
        return None
    return Layer(list(inners), [_KNOWN] * len(lines), texts)


_KNOWN = Peeled("")

ENVELOPE = Envelope(
    name="timestamps",
    example='2025-11-10T19:36:18.123456789Z {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    peel_lines=peel_lines,
)
