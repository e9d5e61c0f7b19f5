"""Estimates over a store of which a sample was kept."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.analysis.statistics.sampled import Estimate, Weighed, percentile, total
from logtrace.query.ast import Node
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.upkeep import preserve

PERCENTILES = (50, 90, 95, 99)


class Estimates(NamedTuple):
    """traces that an expression holds for, of all that were read; durations by percentile; left_out: traces that the sample
    left out, of any kind."""

    traces: Estimate
    durations: dict[int, Estimate]
    left_out: int


def estimates(reader: FragmentReader, node: Node | None) -> Estimates:
    """See Store.estimate."""
    shares = preserve.shares(reader)
    matched = None if node is None else preserve.matching(reader, node)
    kept = [
        Weighed(matched is None or (low, high) in matched, 1 / shares.get((low, high), 1.0), duration_ns)
        for low, high, duration_ns in preserve.durations(reader)
    ]
    left_out = dict(preserve.dropped(reader)).get("sample", 0)
    return Estimates(total(kept), {percent: percentile(kept, percent) for percent in PERCENTILES}, left_out)
