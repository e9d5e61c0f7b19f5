"""Lines that a runtime split, put together again.

stdout  P── P── F──      one logical line at the first P, made of 3 physical ones
stderr     F──    F──    two logical lines in between
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import NamedTuple

from logtrace.ingest.envelopes._base import Envelope, Peeled, Splitting
from logtrace.ingest.envelopes._table import ENVELOPES
from logtrace.ingest.envelopes._values import decoded
from logtrace.patterns import lazy_pattern

MAX_JOINED = 16 << 20
"""Characters; an open line that is longer is given out as far as it goes, so that memory stays bounded."""

_SHORTEST_PART = 8 << 10  # bytes at which the runtimes split: conmon at 8 KiB, containerd and Docker at 16 KiB
SPLITTING = tuple((envelope, envelope.splitting) for envelope in ENVELOPES if envelope.splitting)
_CHECKS = {prefix[:1]: splitting.may_be_partial for _, splitting in SPLITTING for prefix in splitting.prefixes}
PREFIXES = tuple(prefix for _, splitting in SPLITTING for prefix in splitting.prefixes)


_HEAD_BYTES = 200
_HEAD = lazy_pattern(r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?\s")


Stream = tuple[str, str]
"""The name of an envelope and what it calls a stream: lines of one continue each other."""


class _Part(NamedTuple):
    """A physical line of an envelope that can be split."""

    key: Stream
    splitting: Splitting
    peeled: Peeled


@dataclass(slots=True)
class _Open:
    """A logical line that has begun: number and text of its first physical line, and the texts under all of them."""

    number: int
    first: str
    splitting: Splitting
    inners: list[str]
    size: int

    def add(self, inner: str) -> None:
        self.inners.append(inner)
        self.size += len(inner)

    def is_whole(self, following: str) -> bool:
        """Is this line over, and `following` the next? It is where the envelope does not mark its parts and `following`
        begins as a record does: with a time, or with a JSON object after a whole one. What would go on was lost."""
        if not self.splitting.unmarked:
            return False
        if following[:1] == "{":
            return len(self.inners) == 1 and decoded(self.inners[0]) is not None
        return _HEAD.match(following) is not None

    def line(self, partial: bool) -> tuple[int, str, int]:
        count = len(self.inners)
        text = self.first if count == 1 else self.splitting.rewrap(self.first, "".join(self.inners), partial)
        return self.number, text, count


def may_be_partial(line: bytes) -> bool:
    """False: this line, without its line end, is surely not a part that goes on in another. Looks at a few bytes only."""
    return line.startswith(PREFIXES) and _CHECKS[line[:1]](line)


def begins_record(text: bytes) -> bool:
    """Whether a text begins with a time, as what a record tells does and what goes on with one does not."""
    return _HEAD.match(text[:_HEAD_BYTES].decode("utf-8", "replace")) is not None


def opens_stream(text: bytes) -> Stream | None:
    """The stream of a line that goes on in the next of that stream; None of all others."""
    part = _part(text.decode("utf-8", "replace"))
    return part.key if part is not None and part.peeled.partial else None


def joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, int]]:
    """(number, line) → (number of the first physical line, wrapped line, count of physical lines).

    Only the outermost envelope is looked at. A joined line has the envelope and the time of its first part. It comes out
    where its last part was, so numbers ascend only among lines of one stream; a part that nothing continues comes last, as
    it is. Lines of no splitting envelope pass. As long as no line is open a line costs no more than `may_be_partial`.
    """
    held: dict[Stream, _Open] = {}
    for number, text in lines:
        if held or may_be_partial(text.encode("utf-8", "surrogatepass")):
            yield from _step(held, number, text)
        else:
            yield number, text, 1
    for rest in sorted(held.values(), key=lambda line: line.number):
        yield rest.line(partial=True)


def _step(held: dict[Stream, _Open], number: int, text: str) -> Iterator[tuple[int, str, int]]:
    """The logical lines that this physical line completes; what stays open is in `held`."""
    part = _part(text)
    if part is None:
        yield number, text, 1
        return
    inner = part.peeled.inner
    line = held.pop(part.key, None)
    if line and line.is_whole(inner):
        yield line.line(partial=True)
        line = None
    if line is None:
        line = _Open(number, text, part.splitting, [], 0)
    line.add(inner)
    if part.peeled.partial and line.size <= MAX_JOINED:
        held[part.key] = line
    else:
        yield line.line(part.peeled.partial)


def _part(text: str) -> _Part | None:
    for envelope, splitting in SPLITTING:
        if peeled := _peeled(envelope, text):
            return _Part((envelope.name, peeled.stream), splitting, peeled)
    return None


def _peeled(envelope: Envelope, text: str) -> Peeled | None:
    if envelope.peel:
        return envelope.peel(text, UTC)
    record = decoded(text) if envelope.peel_object else None
    return envelope.peel_object(record) if envelope.peel_object and record is not None else None


def open_at_end(tail: bytes) -> bool:
    """Does a line that is split go on after `tail`, the last bytes, from any byte on, before a place just after a newline?

    True also where the tail cannot tell: it is nothing but the end of a line that may be a part. A part is not seen if
    the next part of its stream is further away than the tail is long: give some tens of KB.
    """
    lines = [line for line in tail.split(b"\n") if line]
    held: set[Stream] = set()
    if lines and may_be_partial(lines[-1]):
        _note(held, lines[-1])
        if held:  # as it is where nothing but parts comes, at each line
            return True
    for line in lines:
        if held or may_be_partial(line):
            _note(held, line)
    return bool(held) or (len(lines) == 1 and len(tail) > _SHORTEST_PART and _part(lines[0].decode("utf-8", "replace")) is None)


def _note(held: set[Stream], line: bytes) -> None:
    part = _part(line.decode("utf-8", "replace"))
    if part and part.peeled.partial:
        held.add(part.key)
    elif part:
        held.discard(part.key)
