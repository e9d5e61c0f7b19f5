"""Layers of many lines at once: those told by a short head that is the same again and again, those that begin with a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from itertools import compress

from logtrace.ingest.envelopes._base import Layer, Peeled
from logtrace.units import RFC3339, are_instants

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


def timed(layer: Layer, shape: re.Pattern[bytes] = RFC3339, zone: tzinfo = UTC) -> Layer:
    """A layer without the lines whose times are none, or not of the shape (see `units.are_instants`)."""
    times = layer.times or ()
    if not times or are_instants(times, shape, zone):
        return layer
    fitting = [are_instants((text,), shape, zone) for text in times]
    taken, inners, known, its_times = (
        list(compress(column, fitting)) for column in (layer.taken, layer.inners, layer.known, times)
    )
    return Layer(taken, inners, known, its_times)  # type: ignore[arg-type]


def texts_of(times: Sequence[bytes]) -> list[str]:
    """Bytes as texts; what is no UTF-8 becomes a text that no time has."""
    return b"\n".join(times).decode("utf-8", "replace").split("\n") if times else []
