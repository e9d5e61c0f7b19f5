"""How long requests took, over time: counts of traces in a grid, straight from their rows."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from logtrace.store.reading.reader import FragmentReader

COLUMNS = 60
STEPS = 4
"""Rows a decade."""


class Cell(NamedTuple):
    """Traces that start in one stretch of time and take about as long. row: of 10^(row / STEPS) nanoseconds on."""

    column: int
    row: int
    traces: int
    failed: int


class Heat(NamedTuple):
    """The grid over a window, in COLUMNS of equal width; traces without a time or a duration are not in it."""

    since_ns: int
    until_ns: int
    cells: tuple[Cell, ...]


def heat(reader: FragmentReader, since_ns: int | None, until_ns: int | None) -> Heat | None:
    """The grid of the traces that start in a window (None: of all); None where there is none."""
    first, last = reader.run(
        "SELECT min(start_ns), max(start_ns) FROM trace WHERE start_ns >= ifnull(?, start_ns) AND start_ns < ifnull(?, 1 << 62)",
        (since_ns, until_ns),
    )[0]
    if first is None:
        return None
    since, until = (first if since_ns is None else since_ns), (last + 1 if until_ns is None else until_ns)
    width = max(1, -(-(until - since) // COLUMNS))
    all_: Counter[tuple[int, int]] = Counter()
    failed: Counter[tuple[int, int]] = Counter()
    rows = reader.stream(
        "SELECT start_ns, duration_ns, errors FROM trace WHERE start_ns >= ? AND start_ns < ? AND duration_ns IS NOT NULL",
        (since, until),
    )
    for start, duration, errors in rows:
        place = (start - since) // width, math.floor(math.log10(max(duration, 1)) * STEPS)
        all_[place] += 1
        if errors:
            failed[place] += 1
    cells = tuple(Cell(*place, count, failed[place]) for place, count in sorted(all_.items()))
    return Heat(since, since + width * COLUMNS, cells)
