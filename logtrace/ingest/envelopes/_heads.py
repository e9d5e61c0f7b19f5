"""Layers of many lines at once: those told by a short head that is the same again and again, those that begin with a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from itertools import accumulate, compress

from logtrace.ingest.envelopes._base import Layer, Peeled
from logtrace.units import RFC3339, are_instants, instants_ns

NO_LAYER = Layer((), (), ())


def by_head(lines: Sequence[bytes], end: bytes, peel: Callable[[str, tzinfo], Peeled | None]) -> Layer:
    """The layer of lines whose heads, up to and with the first `end`, `peel` takes; it must look at nothing behind them."""
    parts = [line.partition(end) for line in lines]
    known = {head: _known(head + end, peel) for head in {head for head, found, _ in parts if found}}
    if not any(known.values()):
        return NO_LAYER
    each = [known.get(head) if found else None for head, found, _ in parts]
    if None not in each:
        return Layer(range(len(lines)), [inner for _, _, inner in parts], each)  # type: ignore[arg-type]
    taken = [at for at, peeled in enumerate(each) if peeled is not None]
    return Layer(taken, [parts[at][2] for at in taken], [each[at] for at in taken])  # type: ignore[misc]


def _known(head: bytes, peel: Callable[[str, tzinfo], Peeled | None]) -> Peeled | None:
    try:
        peeled = peel(head.decode(), UTC)
    except UnicodeDecodeError:
        return None
    return None if peeled is None or peeled.inner or peeled.time_ns is not None else peeled


def timed(layer: Layer, texts: Sequence[bytes] | Sequence[str], shape: re.Pattern[bytes] = RFC3339, zone: tzinfo = UTC) -> Layer:
    """A layer with its times, of which these are the texts; without the lines whose times are none, or not of the shape (see
    `units.are_instants`)."""
    from logtrace.ingest.vocabulary import arrays  # those who look at a few lines need no numpy

    if not texts:
        return layer
    found = arrays.instants(texts) if shape is RFC3339 else None
    if found is not None:
        return layer._replace(times=found.tolist())
    told = _texts_of(texts)
    if not are_instants(told, shape, zone):
        fitting = [are_instants((text,), shape, zone) for text in told]
        told, layer = list(compress(told, fitting)), some_of(layer, fitting)
    return layer._replace(times=instants_ns(told, zone))


def some_of(layer: Layer, wanted: Sequence[bool]) -> Layer:
    """Some of the lines of a layer."""
    taken, inners, known = (list(compress(column, wanted)) for column in (layer.taken, layer.inners, layer.known))
    times = None if layer.times is None else list(compress(layer.times, wanted))
    places = list(accumulate(wanted, initial=0))
    return Layer(taken, inners, known, times, [places[at] for at in layer.parts if wanted[at]])  # type: ignore[arg-type]


def _texts_of(times: Sequence[bytes] | Sequence[str]) -> list[str]:
    """Times as texts; what is no UTF-8 becomes a text that no time has."""
    return [time.decode("utf-8", "replace") if isinstance(time, bytes) else time for time in times]
