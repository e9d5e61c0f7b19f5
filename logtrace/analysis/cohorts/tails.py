"""Times whose mean went one way and whose median went the other: the slowest decide what an average request takes."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logtrace.analysis.cohorts.significance import LEAST

if TYPE_CHECKING:
    from logtrace.columns import Floats

HIGHEST = 0.99
"""Means are without what is above this: one request says nothing."""

_SURE = 1.96


class Tail(NamedTuple):
    """The slowest of two samples, in nanoseconds.

    share       of the requests, those on the side with the higher mean that take longer than 99 % do on the other
    typical_ns  the median of these; 0 where there are none
    sure        whether the means differ by more than chance (Welch, 95 %)
    """

    p95_before: float
    p95_after: float
    p99_before: float
    p99_after: float
    share: float
    typical_ns: float
    sure: bool


def tail_of(before: Floats, after: Floats, added_ns: float) -> Tail | None:
    """The slowest of both, where an average request has so much more (less, below 0) of what half of them have less (more)
    of; None where both go one way."""
    if added_ns * float(np.median(after) - np.median(before)) >= 0:
        return None
    slow, other = (after, before) if added_ns > 0 else (before, after)
    beyond = slow[slow > _percentile(other, 99)]
    typical_ns = float(np.median(beyond)) if len(beyond) else 0.0
    p95, p99 = ([_percentile(side, of) for side in (before, after)] for of in (95, 99))
    return Tail(p95[0], p95[1], p99[0], p99[1], len(beyond) / len(slow), typical_ns, _is_sure(before, after, added_ns))


def _percentile(values: Floats, of: int) -> float:
    """The smallest value that so many of a hundred do not exceed."""
    return float(np.sort(values)[-(-len(values) * of // 100) - 1])


def _is_sure(before: Floats, after: Floats, added_ns: float) -> bool:
    if min(len(before), len(after)) < LEAST:
        return False
    most = np.quantile(np.concatenate([before, after]), HIGHEST)
    one, other = np.minimum(before, most), np.minimum(after, most)
    error = sqrt(float(one.var(ddof=1)) / len(one) + float(other.var(ddof=1)) / len(other))
    change = float(other.mean() - one.mean())
    return (change if added_ns > 0 else -change) > _SURE * error
