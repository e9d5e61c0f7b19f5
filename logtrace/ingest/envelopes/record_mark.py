"""Marks before each JSON object of a stream: the record separator of RFC 7464 (`journalctl -o json-seq`), and `data: ` of
server-sent events (`-o json-sse`)."""

from __future__ import annotations

from datetime import tzinfo

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.patterns import lazy_pattern

_HEAD = lazy_pattern(r"(?:\x1e|data: ?)(?=\{)")


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer."""
    head = _HEAD.match(text) if text[:1] in ("\x1e", "d") else None
    return Peeled(text[head.end() :]) if head else None


ENVELOPE = Envelope(
    name="record_mark",
    example='data: {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins="\x1ed",
)
