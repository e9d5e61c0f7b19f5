"""Whether a difference is more than chance, how sure its size is, and what a sample could have shown at all.

The tests themselves are scipy's; it is imported where one is made. Without it nothing is tested, and that is said.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import exp, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logtrace.analysis.statistics.quantiles import P50

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logtrace.columns import Floats

LEAST = 20
"""Fewer samples on a side are not tested."""

LEVEL = 0.05
"""Among the findings so many are chance, at most (Benjamini and Hochberg)."""

_POWER = 0.8
_RESAMPLED = 1_000
_NORMAL = NormalDist()


class Interval(NamedTuple):
    """Where a number lies, 95 % sure."""

    low: float
    high: float


class Power(NamedTuple):
    """What samples of this size show four times of five: an operation slower by this factor; failures more frequent by
    so much. None where no sample would."""

    slowdown: float | None
    failures: float | None


def can_test() -> bool:
    """Whether scipy is there."""
    return find_spec("scipy") is not None


def mann_whitney(before: Floats, after: Floats) -> tuple[float, float]:
    """(p, Cliff's delta) of two samples; delta is above 0 where `after` is larger. (1, 0) where all values are one."""
    from scipy.stats import mannwhitneyu

    if before.min() == before.max() == after.min() == after.max():
        return 1.0, 0.0
    u, p = mannwhitneyu(after, before, method="asymptotic")
    return float(p), 2 * float(u) / (len(before) * len(after)) - 1


def cliffs_delta(before: Floats, after: Floats) -> float:
    """How much oftener a value of `after` is larger than one of `before` than the other way round: -1 to 1."""
    order = np.sort(before)
    below, above = np.searchsorted(order, after, "left"), len(before) - np.searchsorted(order, after, "right")
    return float((below - above).sum() / (len(before) * len(after)))


def fisher(hits_before: int, before: int, hits_after: int, after: int) -> float:
    """The p of Fisher's exact test that two shares are one."""
    from scipy.stats import fisher_exact

    table = [[hits_before, before - hits_before], [hits_after, after - hits_after]]
    return float(fisher_exact(table)[1])


def false_discovery(p: Sequence[float]) -> list[float]:
    """The p of several tests, adjusted for their number."""
    from scipy.stats import false_discovery_control

    return [float(q) for q in false_discovery_control(np.clip(p, 0, 1))] if len(p) else []


def ratio_interval(before: Floats, after: Floats, permille: int = P50) -> Interval | None:
    """Of the ratio of two percentiles, by bootstrap; None where one may be 0.

    The percentile of a sample drawn with replacement is one of the sorted values: that at n times a draw of the rank's
    beta distribution. So nothing is drawn but the rank.
    """
    draws = [_resampled(each, permille, seed) for seed, each in enumerate((before, after))]
    if not (draws[0] > 0).all():
        return None
    low, high = np.quantile(draws[1] / draws[0], [0.025, 0.975]).tolist()
    return Interval(low, high)


def _resampled(values: Floats, permille: int, seed: int) -> Floats:
    ordered, many = np.sort(values), len(values)
    rank = max(1, -(-many * permille // 1000))
    draws = np.random.default_rng(seed).beta(rank, many - rank + 1, _RESAMPLED)
    found: Floats = ordered[np.minimum((draws * many).astype(np.int64), many - 1)].astype(np.float64)
    return found


def difference_interval(hits_before: int, before: int, hits_after: int, after: int) -> Interval:
    """Of the difference of two shares (Newcombe, by Wilson's intervals)."""
    one, other = hits_before / before, hits_after / after
    (low, high), (low_after, high_after) = _wilson(hits_before, before), _wilson(hits_after, after)
    delta = other - one
    below = sqrt((other - low_after) ** 2 + (high - one) ** 2)
    above = sqrt((high_after - other) ** 2 + (one - low) ** 2)
    return Interval(delta - below, delta + above)


def _wilson(hits: int, many: int) -> Interval:
    z, share = _NORMAL.inv_cdf(0.975), hits / many
    middle = (share + z * z / (2 * many)) / (1 + z * z / many)
    half = z * sqrt(share * (1 - share) / many + z * z / (4 * many * many)) / (1 + z * z / many)
    return Interval(middle - half, middle + half)


def power(before: int, after: int, tests: int, spread: float, failing: float) -> Power:
    """What so many samples can show. tests: how many are made; spread: the standard deviation of log(duration);
    failing: the share that fails before."""
    sure = _NORMAL.inv_cdf(1 - LEVEL / (2 * max(1, tests))) + _NORMAL.inv_cdf(_POWER)
    delta = sure * sqrt((before + after + 1) / (3 * before * after))
    slowdown = exp(spread * sqrt(2) * _NORMAL.inv_cdf((1 + delta) / 2)) if delta < 1 else None
    return Power(slowdown, _failures(before, after, sure, failing))


def _failures(before: int, after: int, sure: float, failing: float) -> float | None:
    """The least rise of a share that a test of two shares shows, in steps of a thousandth."""
    for step in range(1, 1001):
        risen = failing + step / 1000
        if risen > 1:
            return None
        mean = (failing * before + risen * after) / (before + after)
        if step / 1000 >= sure * sqrt(mean * (1 - mean) * (1 / before + 1 / after)):
            return step / 1000
    return None
