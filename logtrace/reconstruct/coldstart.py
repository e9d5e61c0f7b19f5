"""Offsets of clocks where no line names a parent: from operations that come once in a trace and always fit one another.

A call of b by a takes less time than a, in every trace, and what has to be added to b's clock so that a holds b lies in an
interval. Where all of these intervals share a point, a called b; by accident they hardly do:

    a   |----------|       |---------------|     |------|
    b        |------|           |-----------|        |--|        one shift to the left fits all three
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest import Floats, Ints
from logtrace.reconstruct.skew import COLD_SLACK_NS, SLACK_NS, Offset, Region, overlap

FEWEST, MANY = 20, 200
"""So many traces make a case; one of so many may differ."""

FITS = 0.95
"""An operation fits around another where so large a share of its spans are longer."""

CLOSEST = 6
"""Of the operations that fit around one, those that fit most closely are tried."""

OPERATIONS = 64


class Spans(NamedTuple):
    """Spans with both ends known, as columns: number of the trace, domain, operation, start and end in ns."""

    trace: Ints
    domain: Ints
    operation: Ints
    start: Ints
    end: Ints


class _Fit(NamedTuple):
    """An operation that another fits around: by how much on the whole, their domains, and what may be added to its times."""

    slack: float
    outer: int
    inner: int
    region: Region


def first_offsets(spans: Spans) -> list[Offset]:
    """Offsets that connect domains in trees, the closest fits first."""
    pairs: dict[tuple[int, int], list[_Fit]] = {}
    for fit in sorted(_fits(*_columns(spans))):
        turned = fit._replace(outer=fit.inner, inner=fit.outer, region=fit.region.turned()) if fit.outer > fit.inner else fit
        pairs.setdefault((turned.outer, turned.inner), []).append(turned)
    part: dict[int, int] = {}
    found: list[Offset] = []
    for fit in sorted(agreed for fits in pairs.values() if (agreed := _agreed(fits)) is not None):
        a, b = part.setdefault(fit.outer, fit.outer), part.setdefault(fit.inner, fit.inner)
        if a != b:
            part = {domain: a if root == b else root for domain, root in part.items()}
            found.append(Offset(fit.outer, fit.inner, {None: fit.region}))
    return found


def loose(spans: Spans, shift: Sequence[int]) -> int:
    """How many spans, but for the first of each trace, no other holds, with so much added to the times of each domain."""
    added = np.array(shift, np.int64)[spans.domain]
    start, end = spans.start + added, spans.end + added
    order = np.lexsort((start - end, start, spans.trace))
    found, latest, trace = 0, 0, -1
    for number, ends in zip(spans.trace[order].tolist(), end[order].tolist(), strict=True):
        found += number == trace and ends > latest + SLACK_NS
        latest, trace = max(ends, latest) if number == trace else ends, number
    return found


def _agreed(fits: list[_Fit]) -> _Fit | None:
    """The closest of the fits of two domains, unless as many of them allow the clocks to agree as they are."""
    plain = [fit for fit in fits if fit.region.allows_zero(COLD_SLACK_NS)]
    closest = fits[0]
    same = sum(fit.region.low <= closest.region.point <= fit.region.high for fit in fits)
    return closest if same > len(plain) else plain[0] if plain else None


def _columns(spans: Spans) -> tuple[Ints, Floats, Floats]:
    """(domain of each column, starts, ends): a column for each operation of a domain, a row for each trace; NaN where the
    trace does not have it just once. Times count from the trace's first."""
    keys, column = np.unique(np.stack([spans.domain, spans.operation]), axis=1, return_inverse=True)
    traces, row = np.unique(spans.trace, return_inverse=True)
    first = np.full(len(traces), np.iinfo(np.int64).max)
    np.minimum.at(first, row, spans.start)
    count = np.zeros((len(traces), keys.shape[1]), np.int64)
    np.add.at(count, (row, column), 1)
    start, end = np.full((2, *count.shape), np.nan)
    start[row, column], end[row, column] = spans.start - first[row], spans.end - first[row]
    start[count != 1] = end[count != 1] = np.nan
    often = np.sort(np.argsort(-(count == 1).sum(0), kind="stable")[:OPERATIONS])
    return keys[0, often], start[:, often], end[:, often]


def _fits(domain: Ints, start: Floats, end: Floats) -> Iterator[_Fit]:
    length = end - start
    for inner in range(len(domain)):
        slack = length - length[:, [inner]]
        told = ~np.isnan(slack)
        cases = told.sum(0)
        around = (domain != domain[inner]) & (cases >= FEWEST) & ((slack >= 0).sum(0) >= FITS * cases)
        close = sorted((float(np.nanmedian(slack[:, outer])), outer) for outer in np.flatnonzero(around).tolist())
        for typical, outer in close[:CLOSEST]:
            both = told[:, outer]
            low = (start[both, outer] - start[both, inner]).astype(np.int64)
            high = (end[both, outer] - end[both, inner]).astype(np.int64)
            region = overlap(low, high)
            if round((1 - region.share) * len(low)) <= len(low) // MANY:
                yield _Fit(typical, int(domain[outer]), int(domain[inner]), region)
