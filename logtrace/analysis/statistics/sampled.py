"""Estimates from a sample: what stands for others counts as many times as it stands for, with how sure that is.

A trace that was kept with probability p stands for 1/p (Horvitz and Thompson, 1952). The variance of a sum of such is the sum of
(1 - p) / p² over the kept; traces that were kept for certain have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

_Z = 1.96
_FEW = 4.0
"""Added to the variance as if a few more had been drawn: where nothing was drawn, nothing is not certain (as Agresti and Coull
do with shares)."""


class Estimate(NamedTuple):
    """A number of everything there was, and the interval that holds it in 95 of 100 samples. exact: nothing was left out."""

    value: float
    low: float
    high: float
    exact: bool = False


class Weighed(NamedTuple):
    """A kept trace: whether it is counted, how many it stands for, and its duration (None: unknown)."""

    counted: bool
    weight: float
    duration_ns: int | None = None


def total(kept: Sequence[Weighed]) -> Estimate:
    """How many traces there were that count."""
    counted = [each.weight for each in kept if each.counted]
    value, heaviest = sum(counted), max((each.weight for each in kept), default=1.0)
    if heaviest <= 1:
        return Estimate(value, value, value, exact=True)
    certain = sum(1 for weight in counted if weight <= 1)
    spread = half_width(sum(weight * (weight - 1) for weight in counted), heaviest)
    return Estimate(value, max(certain, value - spread), value + spread)


def half_width(variance: Any, heaviest: float) -> Any:
    """How far an estimate may be off, 95 % sure, by the variance of its sum (a number, or an array of such)."""
    return _Z * (variance + _FEW * heaviest * (heaviest - 1) / 2) ** 0.5


def percentile(kept: Sequence[Weighed], percent: float) -> Estimate:
    """The duration that so many in a hundred of the counted traces do not exceed; zeros where none has one.

    The interval goes between the percentiles that the share itself may be (Woodruff, 1952).
    """
    timed = sorted((e.duration_ns, e.weight) for e in kept if e.counted and e.duration_ns is not None)
    if not timed:
        return Estimate(0, 0, 0, exact=True)
    size = sum(weight for _, weight in timed)
    share = percent / 100
    value = _at(timed, share * size)
    if all(weight <= 1 for _, weight in timed):
        return Estimate(value, value, value, exact=True)
    variance, below = 0.0, 0.0
    for duration_ns, weight in timed:
        inside = duration_ns <= value
        variance += weight * (weight - 1) * ((1.0 if inside else 0.0) - share) ** 2
        below += weight if inside else 0.0
    spread = _Z * sqrt(variance) / size
    return Estimate(value, _at(timed, max(0.0, share - spread) * size), _at(timed, min(1.0, share + spread) * size))


def _at(timed: Sequence[tuple[int, float]], wanted: float) -> int:
    """The smallest duration up to which so much weight lies."""
    reached = 0.0
    for duration_ns, weight in timed:
        reached += weight
        if reached >= wanted - 1e-9:
            return duration_ns
    return timed[-1][0]
