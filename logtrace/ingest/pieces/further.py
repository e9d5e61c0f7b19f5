"""Lines of text that go on in further lines (a stack trace, a dump): put together before anything is read.

    2025-11-10T19:36:18.123Z [ERROR] [server] Panic recovered stack=goroutine 1 [running]:     ┐
    main.handle(0xc000)                                                                        │ one text,
            /app/main.go:24 +0x65 request_id=7b0c2f0e                                          ┘ three lines

Only what looks like a further line (see `is_further`) and follows a text with a time in the same stream belongs to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logtrace.ingest import envelopes
from logtrace.ingest.envelopes import Outer
from logtrace.ingest.formats.texts import is_further, may_go_on

MAX_CHARS = 262_144
"""What is longer is cut; the lines of it still count as parts."""

_BLANK = 8  # blank lines, or so, that may stand within a text
_PEEKED = 4_096


@dataclass(slots=True)
class Text:
    """A text under its envelopes: index of its first line, what the envelopes of that line knew, lines it is made of; whether
    further lines may belong to it."""

    index: int
    lines: list[str]
    outer: Outer
    parts: int
    last: int
    size: int
    may_go_on: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Further:
    """Texts that may go on: `open`, by stream."""

    def __init__(self) -> None:
        self.open: dict[str, Text] = {}

    def add(self, index: int, line: str, outer: Outer, parts: int) -> Sequence[Text]:
        """Takes a line of text, and gives the texts that are over with it."""
        known = self.open.get(outer.stream)
        if known is not None and (outer.stream or index - known.last <= _BLANK) and is_further(line):
            known.parts += parts
            known.last = index
            known.size += len(line)
            if known.size <= MAX_CHARS:
                known.lines.append(line)
            return ()
        over = self.interrupt(outer.stream)
        begun = Text(index, [line], outer, parts, index, len(line), may_go_on(line))
        if begun.may_go_on:
            self.open[outer.stream] = begun
            return over
        return (*over, begun)

    def interrupt(self, stream: str) -> Sequence[Text]:
        """A line that is no text came in a stream: what was open there is over."""
        return (self.open.pop(stream),) if stream in self.open else ()

    def rest(self) -> list[Text]:
        """All that is open, in the order of its lines; nothing is afterwards."""
        found = sorted(self.open.values(), key=lambda text: text.index)
        self.open.clear()
        return found


def goes_on(following: bytes) -> bool:
    """Whether bytes begin with a line that belongs to the one before: no place to part them."""
    line = following[:_PEEKED].partition(b"\n")[0]
    if not line or line[:1] == b"{":
        return False
    return is_further(envelopes.unwrap(line.decode("utf-8", "replace")).text)
