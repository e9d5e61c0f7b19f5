"""Kubernetes container logs on a node (CRI): `TIME stdout|stderr P|F[:tags] TEXT`; P: the text goes on in the next line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from itertools import compress

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Piece, Splitting
from logtrace.ingest.envelopes._heads import NO_LAYER, timed
from logtrace.patterns import lazy_pattern
from logtrace.units import instant_ns

_HEAD = lazy_pattern(
    r"(2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::[^ ]*)?(?: |\Z)",
    re.ASCII,
)


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer where the whole head is there; its time always has a zone."""
    if text[:1] != "2" or text[10:11] != "T" or text.find(" std", 19, 40) < 0:
        return None
    head = _HEAD.match(text)
    if head is None:
        return None
    time, stream, flag = head.groups()
    time_ns = instant_ns(time)
    if time_ns is None:
        return None
    return Peeled(text[head.end() :], time_ns, resource=(("log.iostream", stream),), partial=flag == "P", stream=stream)


def peel_lines(lines: Sequence[bytes], _zone: tzinfo) -> Layer:
    """The layer of whole lines without tags."""
    if b"2" not in {line[:1] for line in lines}:
        return NO_LAYER
    ends = [line.find(b" std", 19, 40) for line in lines]
    heads = [line[end : end + _LENGTH] for line, end in zip(lines, ends, strict=True)]
    plain = [head in _WHOLE and line[:1] == b"2" for head, line in zip(heads, lines, strict=True)]
    taken: Sequence[int] = range(len(lines))
    if not all(plain):
        taken, lines, ends, heads = (list(compress(column, plain)) for column in (taken, lines, ends, heads))  # type: ignore[assignment]
    times = [line[:end] for line, end in zip(lines, ends, strict=True)]
    inners = [line[end + _LENGTH :] for line, end in zip(lines, ends, strict=True)]
    return timed(Layer(taken, inners, list(map(_WHOLE.__getitem__, heads))), times)


_WHOLE = {
    f" {name} F ".encode(): Peeled("", resource=(("log.iostream", name),), stream=name) for name in ("stdout", "stderr")
}  # fmt: skip
_LENGTH = 10


def _may_be_partial(line: bytes) -> bool:
    at = line.find(b" std", 19, 40)
    return at > 0 and line[at + 7 : at + 9] == b" P"


def _parts(data: bytes) -> list[int]:
    import re2  # those who look at a few lines need none

    found = [data.rfind(b"\n", 0, match.start()) + 1 for match in re2.finditer(_PART, data)]
    return list(dict.fromkeys(found))


_PART = rb" std(?:out|err) P"


def _piece(line: bytes) -> Piece | None:
    at = line.find(b" std", 19, 40)
    flags = line[at + 8 : at + 9]
    if at < 0 or line[at : at + 8] not in (b" stdout ", b" stderr ") or flags not in (b"P", b"F"):
        return None
    space = line.find(b" ", at + 8)
    return Piece(len(line) if space < 0 else space + 1, len(line), line[at : at + 8], flags == b"P")


def _rewrap(first: str, inner: str, partial: bool) -> str:
    head = _HEAD.match(first)
    assert head is not None  # `first` was peeled
    flag = "P" if partial else "F"
    return first[: head.start(3)] + flag + first[head.end(3) : head.end()] + inner


ENVELOPE = Envelope(
    name="cri",
    example='2025-11-10T19:36:18.123456789Z stderr F {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins="2",
    peel_lines=peel_lines,
    splitting=Splitting((b"2",), _may_be_partial, _parts, _piece, _rewrap),
)
