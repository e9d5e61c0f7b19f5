"""Which of many lines are parts that other lines go on in, and which stand alone all the same.

out  P┐   P┐         P┘  the first goes on in the next line of its stream
out   └F   F F           the rest of the second was lost: the line behind it begins as a record does
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import chain

from logtrace.ingest.envelopes._base import Layer
from logtrace.ingest.envelopes._heads import some_of
from logtrace.ingest.envelopes._joining import Stream, begins_record, may_be_partial, opens_stream

Layers = list[tuple[str, Layer]]
"""(name of the envelope, layer)."""


def parted(lines: Sequence[bytes], indexes: Sequence[int], layers: Layers) -> tuple[Layers, set[int], bool]:
    """(the layers with no parts but those that stand alone, places of the lines that others go on in, perhaps: the next of the
    same stream after each; whether any line goes on in another). indexes: those of the lines in their block, of which some are
    left out here."""
    taken = set(chain.from_iterable([layer.taken for _, layer in layers]))
    opened: list[tuple[int, Stream]] = [
        (at, stream)
        for at, line in enumerate(lines if len(taken) < len(lines) else ())
        if at not in taken and may_be_partial(line) and (stream := opens_stream(line)) is not None
    ]
    for name, layer in layers:
        alone = _alone(layer, indexes)
        opened += [(layer.taken[at], (name, layer.known[at].stream)) for at in layer.parts if at not in alone]
    going_on = {stream for _, stream in opened}
    for name, layer in layers:  # they may be what another part goes on in
        opened += [(layer.taken[at], s) for at in _alone(layer, indexes) if (s := (name, layer.known[at].stream)) in going_on]
    left = {at for at, _ in opened}
    layers = [(name, _left_out(layer, left)) for name, layer in layers]
    return layers, set(_following(sorted(opened), dict(layers))), bool(opened)


def without_parts(layer: Layer) -> Layer:
    """A layer without all lines that seem to go on in another."""
    return _left_out(layer, {layer.taken[at] for at in layer.parts})


def _left_out(layer: Layer, places: set[int]) -> Layer:
    """A layer without the lines at some places."""
    return layer if places.isdisjoint(layer.taken) else some_of(layer, [at not in places for at in layer.taken])


def _alone(layer: Layer, indexes: Sequence[int]) -> set[int]:
    """Those of the parts of a layer that are followed at once by a line of the same stream which belongs to none."""
    return {at for at in layer.parts if begins_record(layer.inners[at]) and _is_parted(layer, at, indexes)}


def _is_parted(layer: Layer, at: int, indexes: Sequence[int]) -> bool:
    if at + 1 == len(layer.taken):
        return False
    here, behind = (indexes[place] for place in layer.taken[at : at + 2])
    return behind == here + 1 and layer.known[at].stream == layer.known[at + 1].stream and begins_record(layer.inners[at + 1])


def _following(opened: Sequence[tuple[int, Stream]], whole: dict[str, Layer]) -> Iterator[int]:
    following: dict[Stream, tuple[int, int | None]] = {}  # from where on it was looked for, and what was found
    for at, stream in reversed(opened):
        layer = whole.get(stream[0])
        if layer is not None:
            start = bisect(layer.taken, at)
            end, place = following.get(stream, (len(layer.taken), None))
            place = next((layer.taken[i] for i in range(start, end) if layer.known[i].stream == stream[1]), place)
            following[stream] = start, place
            if place is not None:
                yield place
