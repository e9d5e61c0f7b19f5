"""Two populations of requests compared: what is slower, fails more, is called otherwise, and how much of the whole that
explains.

Each kind of request (by its root's operation) is compared with its own kind, so that other traffic is not called slower.
Values are one a request. A finding is more than chance (q < 0.05 among all tests made) and large enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logtrace.analysis.cohorts import significance
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.measured import (
    ATTRIBUTE,
    CALLS,
    ERRORS,
    NODE,
    PRESENCE,
    TIMES,
    TOTAL,
    Cohorts,
    Kind,
    Sample,
    Share,
)
from logtrace.analysis.cohorts.related import is_setting, setting, with_related
from logtrace.analysis.cohorts.significance import LEAST, LEVEL, Interval, Power
from logtrace.analysis.cohorts.tails import HIGHEST, tail_of
from logtrace.columns import Operation

if TYPE_CHECKING:
    from logtrace.columns import Floats

LEAST_DELTA = 0.147
"""Cliff's delta below this is negligible (Romano and others, 2006)."""

LEAST_RATIO, NEAR = 1.2, 1.1
LEAST_SHARE = 0.02
LEAST_PRESENCE = 0.1
MOST_P_PRESENCE = 1e-4
ERROR_WEIGHT = 2.0
"""A failed request is as bad as one that takes three times as long."""

TWO_WITNESSES = 1.5
"""What took longer and handled more weighs more than what took longer alone."""

_FACTORS = {ERRORS: ERROR_WEIGHT, PRESENCE: 0.001, CALLS: 0.001, ATTRIBUTE: 0.01}
"""What a difference weighs that adds no time, as far as is known."""

LEAST_NS, LEAST_PART = 1_000, 0.001
"""A time that changed by less than both (the part is of a request) is no finding."""


@dataclass(frozen=True)
class Found:
    """findings: the weightiest first; untested: what is large but of too few samples to test, or has no library to.

    tests   how many were made
    power   what could have been found in the most frequent kind of request; None where nothing was tested
    """

    kinds: tuple[Kind, ...]
    findings: tuple[Finding, ...]
    untested: tuple[Finding, ...]
    tests: int
    power: Power | None


def findings(cohorts: Cohorts, attributes: Iterable[Sample], *, errors: bool = True) -> Found:
    """What differs. attributes: samples of kind ATTRIBUTE with the key as `other`'s name; errors: whether failures count."""
    kinds = tuple(cohorts.kinds())
    grown = list(attributes)
    settings = {setting(each) for each in grown if is_setting(each)}
    samples = [*cohorts.samples(), *cohorts.calls(), *grown]
    measured = [_of_sample(sample) for sample in samples if len(sample.before) and len(sample.after)]
    shares = [_of_share(share) for share in cohorts.shares() if errors or share.kind != ERRORS]
    beside = [each for each in measured if each.kind in (TOTAL, ATTRIBUTE)]
    judged = [*judge([*(each for each in measured if each.kind not in (TOTAL, ATTRIBUTE)), *shares]), *judge(beside)]
    weighed = [weighed for each in judged if matters(each) and (weighed := _weighed(each, kinds))]
    found = sorted(with_related([each for each in weighed if each.q is not None], settings), key=_order)
    untested = sorted(with_related([each for each in weighed if each.q is None], settings), key=_order)
    made = [each for each in judged if each.q is not None]
    return Found(kinds, tuple(found), tuple(untested), len(made), _power(kinds, judged, cohorts))


def _order(each: Finding) -> tuple[bool, float, Operation]:
    return not each.worse, -each.weight, each.operation


def _of_sample(sample: Sample) -> Finding:
    kind, root, operation, other, before, after, added_ns = sample
    tested = min(len(before), len(after)) >= LEAST and significance.can_test()
    p, effect = significance.mann_whitney(before, after) if tested else (None, significance.cliffs_delta(before, after))
    middle = np.mean if kind == CALLS else np.median
    one, two = float(middle(before)), float(middle(after))
    key = other.name if kind == ATTRIBUTE and other else ""
    return Finding(
        kind, root, operation, None if kind == ATTRIBUTE else other, key, one, two, len(before), len(after),
        two / one if one > 0 else None, _interval(kind, before, after), effect, p, None, added_ns,
        tail=tail_of(before, after, added_ns) if kind in TIMES else None,
    )  # fmt: skip


def _interval(kind: str, before: Floats, after: Floats) -> Interval | None:
    return None if kind == CALLS else significance.ratio_interval(before, after)


def _of_share(share: Share) -> Finding:
    before, after = share.shares
    counts = share.hits_before, share.before, share.hits_after, share.after
    there = bool(share.before and share.after)
    tested = min(share.before, share.after) >= LEAST and significance.can_test()
    return Finding(
        share.kind, share.root, share.operation, share.other, "", before, after, share.before, share.after,
        after / before if before else None, significance.difference_interval(*counts) if there else None, after - before,
        significance.fisher(*counts) if tested else None, None, share.added_ns,
    )  # fmt: skip


def moved_amounts(found: Sequence[Finding]) -> Iterator[tuple[Operation, str]]:
    """(root, key) of the attributes that are told as amounts, by themselves or beside a time."""
    for each in found:
        if each.kind == ATTRIBUTE:
            yield each.root, each.key
        yield from moved_amounts(each.related)


def judge(found: Sequence[Finding]) -> list[Finding]:
    """The same findings, those that were tested with their q among one another."""
    tested = [each for each in found if each.p is not None]
    adjusted = significance.false_discovery([each.p or 0.0 for each in tested]) if tested else []
    q = dict(zip(map(id, tested), adjusted, strict=True))
    return [each._replace(q=q.get(id(each))) for each in found]


def matters(each: Finding) -> bool:
    """Whether a difference is large enough to be said, and surely there where it was tested."""
    if each.q is not None and each.q >= LEVEL:
        return False
    if each.kind == ERRORS:
        return abs(each.effect) >= LEAST_SHARE
    if each.kind == PRESENCE:
        return abs(each.effect) > LEAST_PRESENCE and (each.p is None or each.p < MOST_P_PRESENCE) and min(each[7:9]) > 0
    return abs(each.effect) >= LEAST_DELTA and each.before != each.after and _grew(each)


def _grew(each: Finding) -> bool:
    """Whether the ratio is far from 1, and may be as far as LEAST_RATIO, as sure as its interval is."""
    low, high = each.interval or (each.ratio or 0.0,) * 2
    near = each.ratio is not None and 1 / NEAR < each.ratio < NEAR
    return not near and (each.ratio is None or low <= 1 / LEAST_RATIO or high >= LEAST_RATIO)


def _weighed(each: Finding, kinds: Sequence[Kind]) -> Finding | None:
    """With its weight: how much worse an average request got by it, in shares of a request, and its share of that. None where
    that is no more than clocks are exact."""
    kind = next(kind for kind in kinds if kind.root == each.root)
    of_all = kind.after / max(1, sum(kind.after for kind in kinds))
    usual, grown_ns = _means(kind)
    if each.kind in TIMES and abs(each.per_request_ns) < min(LEAST_NS, LEAST_PART * max(usual, abs(grown_ns))):
        return None
    share = each.per_request_ns / grown_ns if each.per_request_ns and abs(grown_ns) > 0.05 * usual else None
    part = abs(each.per_request_ns) / max(1.0, usual)
    weight = part * TWO_WITNESSES if each.kind == TOTAL else max(part, abs(each.effect) * _FACTORS.get(each.kind, 0.0))
    return each._replace(weight=weight * of_all, share=share)


def _means(kind: Kind) -> tuple[float, float]:
    """(mean duration before, what it grew by), without the highest hundredth."""
    if not len(kind.before_ns) or not len(kind.after_ns):
        return 0.0, 0.0
    most = np.quantile(np.concatenate([kind.before_ns, kind.after_ns]), HIGHEST)
    before, after = (float(np.minimum(each, most).mean()) for each in (kind.before_ns, kind.after_ns))
    return before, after - before


def _power(kinds: Sequence[Kind], judged: Sequence[Finding], cohorts: Cohorts) -> Power | None:
    kind = kinds[0] if kinds else None
    tested = [each for each in judged if each.p is not None and each.kind not in (TOTAL, ATTRIBUTE)]
    if kind is None or not tested or min(kind.before, kind.after) < LEAST:
        return None
    there = [sample for sample in cohorts.samples() if sample.kind == NODE and sample.root == kind.root and len(sample.before)]
    spreads = list(map(_spread, there))
    failing = [each.before for each in judged if each.kind == ERRORS and each.root == kind.root]
    usual = float(np.median(failing)) if failing else 0.0
    return significance.power(kind.before, kind.after, len(tested), float(np.median(spreads)) if spreads else 0.0, usual)


def _spread(sample: Sample) -> float:
    """The standard deviation of the logarithm, by the two thirds in the middle."""
    values = np.maximum(sample.before, 1)
    low, high = np.quantile(values, [0.1587, 0.8413])
    return float(np.log(high / low) / 2)
