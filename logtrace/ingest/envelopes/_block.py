"""Many lines at once without their envelopes: nearly all lines of a log are wrapped alike.

A layer is told by the first line and taken off all lines by a few operations over lists. A block in which one line is
wrapped otherwise, is a part of a split line, or needs a closer look, is left to be read line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from logtrace.ingest.envelopes._base import Layer, Outer, Peeled
from logtrace.ingest.envelopes._peeling import BARE, MAX_LAYERS, merged, peel
from logtrace.ingest.envelopes._table import ENVELOPES
from logtrace.units import instant_ns, instants_ns

_OF_TEXT = tuple(envelope for envelope in ENVELOPES if envelope.peel)
_OF_OBJECTS = tuple(envelope.peel_lines for envelope in ENVELOPES if envelope.peel_object and envelope.peel_lines)


class UnwrappedLines(NamedTuple):
    """Lines under their envelopes, one for each line that went in.

    texts       the innermost texts
    known       what was around each, without the time; one object for all lines that are alike
    times       texts of the times around them, to be read in `zone` by those who need one; None where there are none
    """

    texts: list[bytes]
    known: Sequence[Outer]
    times: Sequence[str] | None
    zone: tzinfo

    def outer(self, index: int) -> Outer:
        """What was around a line, with its time."""
        if self.times is None:
            return self.known[index]
        return self.known[index]._replace(time_ns=instant_ns(self.times[index], self.zone))

    def instants(self, indexes: Sequence[int]) -> list[int | None]:
        """The times around some lines, None where there is none."""
        if self.times is None:
            return [None] * len(indexes)
        return instants_ns([self.times[index] for index in indexes], self.zone)


def unwrap_lines(lines: list[bytes], zone: tzinfo = UTC) -> UnwrappedLines | None:
    """`unwrap` of lines (none blank, white space at their ends taken off) at once; None where they have no envelope, or not
    plainly the same.

    Texts and what is known are what `unwrap` gives, with one exception: of JSON objects only docker's are taken off. Another
    text may be an object that is an envelope; whoever decodes it has to ask `may_be_wrapped`, and if so read the lines one
    by one.
    """
    if not lines or not _is_plain(lines):
        return None
    texts: list[bytes] = list(map(bytes.rstrip, lines))
    known: Sequence[Outer] = [BARE] * len(texts)
    times: Sequence[str] | None = None
    times_zone: tzinfo = UTC
    depth = 0
    while depth < MAX_LAYERS and (layer := _layer(texts, zone)):
        texts, known, depth = layer.inners, _both(known, layer.known), depth + 1
        if layer.times is not None and (times is None or not layer.known[0].zoneless):
            times, times_zone = layer.times, layer.zone
    if not depth or (depth < MAX_LAYERS and any(peel(text.decode())[1].layers for text in texts if text[:1] != b"{")):
        return None
    return UnwrappedLines(texts, known, times, times_zone)


def _is_plain(lines: list[bytes]) -> bool:
    """Whether the lines are text, without colours and characters of control."""
    data = b"\n".join(lines)
    return not (b"\x1b" in data or b"\0" in data) and (data.isascii() or _is_utf8(data))


def _is_utf8(data: bytes) -> bool:
    try:
        return not data.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


def _layer(texts: list[bytes], zone: tzinfo) -> Layer | None:
    first = texts[0]
    if first[:1] == b"{":
        return next(filter(None, (peel_lines(texts, zone) for peel_lines in _OF_OBJECTS)), None)
    text = first.decode()
    for envelope in _OF_TEXT:
        if envelope.peel and envelope.peel(text, zone):
            return envelope.peel_lines(texts, zone) if envelope.peel_lines else None
    return None


def _both(outers: Sequence[Outer], layers: Sequence[Peeled]) -> list[Outer]:
    """The layers around each line joined, each pair of them once."""
    if outers[0] is BARE:
        joined = {key: merged(BARE, layer) for key, layer in {id(layer): layer for layer in layers}.items()}
        return [joined[id(layer)] for layer in layers]
    made: dict[tuple[int, int], Outer] = {}
    found = []
    for outer, layer in zip(outers, layers, strict=True):
        key = id(outer), id(layer)
        both = made.get(key)
        if both is None:
            both = made[key] = merged(outer, layer)
        found.append(both)
    return found
