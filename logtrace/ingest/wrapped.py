"""Documents under envelopes: what stands on several lines, each of them wrapped by itself, as a container's output is.

    app-1  | {                        app-1  | Activity.TraceId:     4bf92f35…
    app-1  |   traceId: '4bf9…',      app-1  | Activity.SpanId:      a3ce929d…
    app-1  | }                        app-1  |

Put together stream by stream, by the rules of `documents`.
"""

from __future__ import annotations

from dataclasses import dataclass

from logtrace.ingest.envelopes import Outer
from logtrace.ingest.formats.blocks import Block
from logtrace.ingest.pieces.documents import CLOSING, MAX_DOCUMENT, block_of, closed, opens


@dataclass(slots=True)
class Document:
    """A document that has begun: index of its first line, what the envelopes of that knew, its lines, how many those are."""

    index: int
    outer: Outer
    lines: list[str]
    parts: int
    indent: int
    block: Block | None
    size: int
    whole: bool = False


class Wrapped:
    """Documents that are open, by stream."""

    def __init__(self) -> None:
        self.open: dict[str, Document] = {}

    def add(self, index: int, line: str, outer: Outer, parts: int) -> tuple[list[Document], bool]:
        """Takes a line: (documents that are over with it, whether the line belongs to one)."""
        over: list[Document] = []
        raw = line.encode("utf-8", "replace")
        held = self.open.get(outer.stream)
        if held is not None:
            held.size += len(raw) + 1
            if held.size <= MAX_DOCUMENT and _belongs(held, raw):
                held.lines.append(line)
                held.parts += parts
                return over, True
            over.append(self.open.pop(outer.stream))
            if _closes(held, raw):
                held.lines.append(closed(raw).decode("utf-8", "replace"))
                held.parts += parts
                held.whole = True
                return over, True
            held.whole = held.block is not None
        if not opens(raw):
            return over, False
        indent = len(raw) - len(raw.lstrip())
        self.open[outer.stream] = Document(index, outer, [line], parts, indent, block_of(raw), len(raw))
        return over, True

    def rest(self) -> list[Document]:
        """All that is open, in the order of its lines; nothing is afterwards."""
        found = sorted(self.open.values(), key=lambda document: document.index)
        self.open.clear()
        for document in found:
            document.whole = document.block is not None
        return found


def _belongs(held: Document, raw: bytes) -> bool:
    """Whether a line goes on with a document and does not end it."""
    if held.block is not None:
        return held.block.goes_on(raw, len(held.lines))
    return len(raw) - len(raw.lstrip()) > held.indent or not raw.strip()


def _closes(held: Document, raw: bytes) -> bool:
    return held.block is None and len(raw) - len(raw.lstrip()) == held.indent and raw.strip() in CLOSING
