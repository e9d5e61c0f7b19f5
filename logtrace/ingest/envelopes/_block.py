"""Many lines at once without their envelopes.

Each layer is taken off all lines that plainly have it by a few operations over lists, envelope by envelope; what is under
it is looked at again in the same way. A line that is wrapped otherwise, is a part of a split line, or needs a closer look,
is left out: it is to be read by itself, and its neighbours are none the slower for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from itertools import chain
from typing import NamedTuple

from logtrace.ingest.envelopes._base import Layer, Outer, Peeled
from logtrace.ingest.envelopes._heads import only
from logtrace.ingest.envelopes._joining import Stream, may_be_partial, opens_stream
from logtrace.ingest.envelopes._peeling import BARE, MAX_LAYERS, merged
from logtrace.ingest.envelopes._table import ENVELOPES

_QUICK = tuple((envelope.name, envelope.peel_lines) for envelope in ENVELOPES if envelope.peel_lines)
_OBJECT = b'{"log"'
"""How objects begin that may be envelopes which are taken off here."""


class UnwrappedLines(NamedTuple):
    """Those of many lines that were wrapped and are JSON objects now, as it seems.

    indexes     which lines, in order
    texts       their innermost texts, each from brace to brace
    known       what was around each, without the time; one object for all that are alike
    times       texts of the times around them, to be read in the zone that times without one have; None where there is none
    """

    indexes: Sequence[int]
    texts: Sequence[bytes]
    known: Sequence[Outer]
    times: Sequence[str | None]

    def among(self, indexes: Sequence[int], texts: Sequence[bytes]) -> UnwrappedLines:
        """These lines and others, which have no envelope."""
        others = _Under(indexes, texts, [BARE] * len(indexes), [None] * len(indexes))
        return _sorted([_Under(*self), others])


def may_have_envelope(line: bytes) -> bool:
    """Whether a line can be one that `unwrap_lines` unwraps. Of plain JSON objects none can."""
    return line[:1] != b"{" or line[:6] == _OBJECT


def unwrap_lines(lines: Sequence[bytes], zone: tzinfo = UTC) -> UnwrappedLines:
    """`unwrap` of those lines that are plainly wrapped, and of which no other line is a part.

    Texts, times and what is known are what `unwrap` gives, as long as the text is a JSON object: whoever finds that it is none,
    or an object that `may_be_wrapped`, has to read that line by itself. So has he with the lines that are left out.
    """
    indexes = [at for at, line in enumerate(lines) if line[:1] != b"{" or line[:6] == _OBJECT]
    found = _Under(indexes, [lines[at] for at in indexes] if len(indexes) < len(lines) else lines)
    done: list[_Under] = []
    for depth in range(MAX_LAYERS):
        layers = list(_layers(found.texts, zone))
        if not depth:
            layers = _without_parts(found.texts, layers)
        under = [found.without(layer) for _, layer in layers]
        done += [part for each in under if (part := each.objects())]
        found = _joined([part for each in under if (part := each.others())])
        if not found.texts:
            break
    return _sorted(done)


class _Under(NamedTuple):
    """Lines on their way, as UnwrappedLines; known and times are empty before the first layer is off."""

    indexes: Sequence[int]
    texts: Sequence[bytes]
    known: Sequence[Outer] = ()
    times: Sequence[str | None] = ()

    def without(self, layer: Layer) -> _Under:
        """The lines that have a layer, without it."""
        own = self.at(layer.taken)
        known = _both(own.known or (BARE,) * len(layer.known), layer.known)
        times: Sequence[str | None] = layer.times or own.times or (None,) * len(known)
        if layer.times and own.times and layer.known[0].zoneless:
            times = [outer or inner for outer, inner in zip(own.times, layer.times, strict=True)]
        return _Under(own.indexes, layer.inners, known, times)

    def objects(self) -> _Under | None:
        """The lines that are objects now."""
        texts = [text if text[-1:] == b"}" else text.strip(_WHITE) for text in self.texts]
        places = [at for at, text in enumerate(texts) if text[:1] == b"{" and text[:6] != _OBJECT]
        if len(places) == len(texts):
            return self._replace(texts=texts)
        return self._replace(texts=texts).at(places) if places else None

    def others(self) -> _Under | None:
        """All other lines."""
        places = [at for at, text in enumerate(self.texts) if text[:1] != b"{" or text[:6] == _OBJECT]
        return self.at(places) if places else None

    def at(self, places: Sequence[int]) -> _Under:
        """The lines at some places."""
        if len(places) == len(self.texts):
            return self
        return _Under(*([column[at] for at in places] if column else () for column in self))  # type: ignore[arg-type]


_WHITE = b" \t\r\n"


def _layers(texts: Sequence[bytes], zone: tzinfo) -> Iterator[tuple[str, Layer]]:
    """(name of the envelope, layer) of all that can be taken off; no line is in two of them."""
    left: Sequence[int] = range(len(texts))
    for name, peel_lines in _QUICK:
        layer = peel_lines([texts[at] for at in left] if len(left) < len(texts) else texts, zone)
        if layer.taken:
            yield name, layer._replace(taken=[left[at] for at in layer.taken])
            gone = set(layer.taken)
            left = [place for at, place in enumerate(left) if at not in gone] if len(gone) < len(left) else ()
        if not left:
            return


def _without_parts(texts: Sequence[bytes], layers: list[tuple[str, Layer]]) -> list[tuple[str, Layer]]:
    """Layers without the lines that parts of a split line may go on in: the next of the same stream after each."""
    streams: dict[int, Stream] = {}
    for name, layer in layers:
        streams.update(zip(layer.taken, [(name, known.stream) for known in layer.known], strict=True))
    opened = {
        at: stream
        for at, text in enumerate(texts)
        if at not in streams and may_be_partial(text) and (stream := opens_stream(text)) is not None
    }
    if not opened:
        return layers
    following: dict[Stream, int] = {}
    parts = set()
    for at in reversed(range(len(texts))):
        if at in streams:
            following[streams[at]] = at
        elif at in opened:
            parts.add(following.get(opened[at]))
    whole = [(name, layer, [at for at, place in enumerate(layer.taken) if place not in parts]) for name, layer in layers]
    return [(name, only(layer, places)) for name, layer, places in whole if places]


def _both(outers: Sequence[Outer], layers: Sequence[Peeled]) -> list[Outer]:
    """The layers around each line joined, each pair of them once."""
    pairs = list(zip(map(id, outers), map(id, layers), strict=True))
    whole: dict[Outer, Outer] = {}
    made = {
        pair: whole.setdefault(both := merged(outer, layer), both)
        for pair, (outer, layer) in dict(zip(pairs, zip(outers, layers, strict=True), strict=True)).items()
    }
    return [made[pair] for pair in pairs]


def _joined(parts: Sequence[_Under]) -> _Under:
    columns = zip(*parts, strict=True)
    return _Under(*(list(chain.from_iterable(column)) for column in columns)) if parts else _NOTHING


_NOTHING = _Under((), ())


def _sorted(done: Sequence[_Under]) -> UnwrappedLines:
    """All lines that are done, in order."""
    if len(done) == 1:
        return UnwrappedLines(*done[0])
    whole = _joined(done)
    order = sorted(range(len(whole.indexes)), key=whole.indexes.__getitem__)
    return UnwrappedLines(*([column[at] for at in order] for column in whole))
