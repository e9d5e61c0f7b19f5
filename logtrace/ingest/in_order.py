"""The lines that are left to the general way, in the order in which they are over, beside those that were read otherwise.

    index   0 1 2 3 4 5 6        P: a part of a line that is split, which comes out at its last part, as line 1
            q P o q p q q        q: a text that was read otherwise, o: an object that was, p: the last part

What was read otherwise counts where it stands: an object is the end of a text that was open in its stream, and a text may
turn out to go on in a line that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from logtrace.ingest import envelopes
from logtrace.ingest.objects.batches import Peeled
from logtrace.ingest.pieces import documents
from logtrace.ingest.texts.quick import Quick

Left = tuple[int, bytes, int, Peeled | None]
"""Index of a line, the line, how many lines it is made of, what is known of it (then the line itself is there)."""


class InOrder:
    """One pass over the lines of a piece of log.

    lines: those that are left, with their indexes; peeled: those of which some envelopes are off, none of `lines`;
    streams: by index of a line, the streams of those that were read otherwise; quick: which of these are texts.
    """

    def __init__(
        self, lines: Sequence[tuple[int, bytes]], peeled: Sequence[Peeled], streams: Sequence[str | None], quick: Quick
    ) -> None:
        self._lines = lines
        self._peeled = peeled
        self._streams = streams
        self.quick = quick
        self._here = 0  # the place of the line that is being read, and of all that come out with it
        self._seen = 0
        self._last: dict[str, int] = {}  # where each stream was read last

    def __iter__(self) -> Iterator[Left]:
        number = 0
        for index, line, parts in documents.joined(self._joined()):
            place = self._here
            while number < len(self._peeled) and self._peeled[number].at < place:
                self._here = self._peeled[number].at
                yield self._here, b"", 1, self._peeled[number]
                number += 1
            self._here = place
            yield index, line, parts, None
        for known in self._peeled[number:]:
            self._here = known.at
            yield known.at, b"", 1, known
        self._here = len(self._streams)

    def _joined(self) -> Iterator[tuple[int, bytes, int]]:
        """(index, line, lines it is made of), where partial lines of an envelope are put together."""
        if not any(envelopes.may_be_partial(line) for _, line in self._lines):
            yield from ((index, line, 1) for index, line in self._watched(self._lines))
            return
        texts = ((index, line.decode("utf-8", "surrogateescape")) for index, line in self._lines)
        for index, line, parts in envelopes.joined(self._watched(texts)):
            yield index, line.encode("utf-8", "surrogateescape"), parts

    def _watched(self, lines: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        for entry in lines:
            self._here = entry[0]
            yield entry
        self._here = len(self._streams)

    def gone_by(self, open_streams: Callable[[], Collection[str]]) -> Iterator[tuple[int, str]]:
        """(index, stream) of the lines that were read otherwise and stand before this one, that did not go by before, and of
        which the stream is open when their turn comes. open_streams: those in which something is open."""
        start, end = self._seen, self._here + 1
        self._seen = max(start, end)
        here = self._here
        following: dict[str, int] = {}  # in each stream
        while names := open_streams():
            for stream in names:
                if following.get(stream, -1) < start:
                    following[stream] = self._next(stream, start, end)
            at, stream = min((following[stream], stream) for stream in names)
            if at >= end:
                break
            start = at + 1
            if at not in self.quick.back:
                self._here = at
                yield at, stream
        self._here = here

    def go_by(self) -> None:
        """As `gone_by` where no stream is open: none of the lines before this one matters."""
        self._seen = max(self._seen, self._here + 1)

    def _next(self, stream: str, start: int, end: int) -> int:
        """The index of the next line of a stream that was read otherwise; `end` where none is before that."""
        try:
            return self._streams.index(stream, start, end)
        except ValueError:
            return end

    def touch(self, stream: str) -> None:
        """This line is of a stream: none that comes goes on with what stands before it."""
        self._last[stream] = self._here

    def text_before(self, stream: str) -> int | None:
        """The index of the line before this one in a stream, if that was read otherwise and is a text."""
        for at in range(min(self._here, len(self._streams)) - 1, self._last.get(stream, -1), -1):
            if self._streams[at] == stream:
                return at if at in self.quick else None
        return None
