"""Wrappers of many lines that are told by a short head, which is the same again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from operator import methodcaller

from logtrace.ingest.envelopes._base import Layer, Peeled

_DISTINCT = 256


def by_head(lines: list[bytes], end: bytes, peel: Callable[[str, tzinfo], Peeled | None]) -> Layer | None:
    """The layer of lines whose heads, up to and with the first `end`, `peel` takes; it must look at nothing behind them."""
    heads, _, inners = zip(*map(methodcaller("partition", end), lines), strict=True)
    distinct = set(heads)
    if len(distinct) > _DISTINCT:
        return None
    known = {}
    for head in distinct:
        peeled = peel((head + end).decode(), UTC)
        if peeled is None or peeled.inner:
            return None
        known[head] = peeled
    return Layer(list(inners), [known[head] for head in heads])
