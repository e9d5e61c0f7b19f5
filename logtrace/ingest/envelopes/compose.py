"""`docker compose logs`: `edge-mcp-1  | TEXT`; version 1 wrote `edge-mcp_1`, a fixed container_name has no number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from string import ascii_letters, digits

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled
from logtrace.ingest.envelopes._heads import by_head
from logtrace.patterns import lazy_pattern

_HEAD = lazy_pattern(r"([a-zA-Z0-9][a-zA-Z0-9._-]{0,127})( +)\|(?: |\Z)", re.ASCII)
_NUMBER = lazy_pattern(r"[-_]\d+\Z", re.ASCII)
_LETTER = lazy_pattern("[a-zA-Z]")
_SEARCHED = 256  # names are padded to the longest one


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer. Without a number the name needs the two spaces of compose's padding: `foo | bar` is ordinary text."""
    if text.find(" | ", 1, _SEARCHED) < 0 and text[-2:] != " |":
        return None
    head = _HEAD.match(text)
    if head is None:
        return None
    name, padding = head.groups()
    service = _NUMBER.sub("", name)
    if (service == name and len(padding) < 2) or not _LETTER.search(service):
        return None
    return Peeled(text[head.end() :], service=service, resource=(("container.name", name),), stream=name)


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of many lines."""
    return by_head(lines, b"| ", peel)


ENVELOPE = Envelope(
    name="compose",
    example='edge-mcp-1  | {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=ascii_letters + digits,
    peel_lines=peel_lines,
)
