"""Kubernetes container logs on a node (CRI): `TIME stdout|stderr P|F[:tags] TEXT`; P: the text goes on in the next line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from itertools import compress

from logtrace.ingest.envelopes._base import Envelope, Layer, Peeled, Splitting
from logtrace.ingest.envelopes._heads import NO_LAYER, texts_of, timed
from logtrace.units import instant_ns

_HEAD = re.compile(
    r"(2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::[^ ]*)? ",
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
    parts = [line.split(b" ", 3) for line in lines if line[:1] == b"2"]
    places: Sequence[int] = range(len(lines))
    if len(parts) != len(lines):
        places = [at for at, line in enumerate(lines) if line[:1] == b"2"]
    plain = [len(part) == 4 and part[2] == b"F" and part[1] in _STREAMS for part in parts]
    if not all(plain):
        places, parts = list(compress(places, plain)), list(compress(parts, plain))
    if not parts:
        return NO_LAYER
    times, streams, _, inners = zip(*parts, strict=True)
    return timed(Layer(places, inners, [_STREAMS[stream] for stream in streams], texts_of(times)))


_STREAMS = {name.encode(): Peeled("", resource=(("log.iostream", name),), stream=name) for name in ("stdout", "stderr")}


def _may_be_partial(line: bytes) -> bool:
    at = line.find(b" std", 19, 40)
    return at > 0 and line[at + 7 : at + 9] == b" P"


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
    peel_lines=peel_lines,
    splitting=Splitting((b"2",), _may_be_partial, _rewrap),
)
