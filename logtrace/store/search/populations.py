"""Populations of traces: all that start in a window, all that an expression holds for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import orjson

from logtrace.query.ast import Node
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.traces import Search, Wanted

_MIX = 0x9E3779B97F4A7C15
_BITS = (1 << 64) - 1


class Population(NamedTuple):
    """lows: the low half of each trace id → whether spans of it are missing."""

    lows: Mapping[int, bool]

    def without(self, lows: Collection[int]) -> Population:
        """The others."""
        return Population({low: partial for low, partial in self.lows.items() if low not in lows}) if lows else self

    def thinned(self, weights: Mapping[int, float]) -> Population:
        """Of those of a sample so many that each stands for as many as any other: the chance that one stays is its weight (1
        where it has none) by the largest. The same ones each time."""
        most = max((weights.get(low, 1.0) for low in self.lows), default=1.0)
        stay = (_mixed(~low) < weights.get(low, 1.0) / most * _BITS for low in self.lows)
        return Population({low: partial for (low, partial), kept in zip(self.lows.items(), stay, strict=True) if kept})

    def drawn(self, most: int) -> list[int]:
        """At most so many of them, the same each time, by no order that time or ids have."""
        if len(self.lows) <= most:
            return list(self.lows)
        return sorted(self.lows, key=_mixed)[:most]


def _mixed(low: int) -> int:
    return (((low & _BITS) ^ (low & _BITS) >> 29) * _MIX) & _BITS


def population_within(reader: FragmentReader, since_ns: int | None, until_ns: int | None) -> Population:
    """The traces with spans that start in a window."""
    sql = (
        "SELECT low, partial FROM trace WHERE spans > 0 AND start_ns >= coalesce(?, start_ns) AND start_ns < coalesce(?, 1 << 62)"
    )
    return Population({low: bool(partial) for low, partial in reader.stream(sql, (since_ns, until_ns))})


def population_of(reader: FragmentReader, node: Node | None) -> Population:
    """The traces with spans that an expression holds for."""
    lows = orjson.dumps([low for low, _ in Search(reader, Wanted(node)).traces()]).decode()
    sql = "SELECT t.low, t.partial FROM json_each(?) j CROSS JOIN trace t ON t.low = j.value WHERE t.spans > 0"
    return Population({low: bool(partial) for low, partial in reader.stream(sql, (lows,))})


def start_times(reader: FragmentReader) -> list[int]:
    """When traces start, of those that have a time."""
    return [start for (start,) in reader.stream("SELECT start_ns FROM trace WHERE start_ns IS NOT NULL")]
