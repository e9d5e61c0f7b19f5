"""How far clocks differ, from calls between them.

A child that its parent waited for runs within it. Where their clocks differ, what has to be added to the child's times
lies in an interval; its middle makes both ways through the network equally long:

    parent   p.start |---------------------| p.end        p.start - c.start <= add <= p.end - c.end
    child         c.start |---------| c.end

One call tells little. The point that most intervals of two clocks share, over all traces, tells the offset well, and the
few calls that nobody waited for do not move it. (Interval overlap as in the synchronisation of traces by convex hulls.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest.columns import COARSE_NS, Ints

FEWEST, SUPPORT = 5, 0.9
"""An offset takes so many calls, and a point that so large a share of them allow."""

WINDOW_NS = 600_000_000_000
"""Clocks are set and drift: where windows of this length disagree, each has an offset of its own."""

SLACK_NS, COLD_SLACK_NS = 50_000, 150_000
"""Clocks that may agree but for so little are taken to; the second, where no call is known."""

MOST_DRIFT = 0.001
"""No clock gains or loses more, in ns a ns: a quartz stays below a fifth of that, a clock being set below a half. What slides
faster is work that waits in a queue."""

FINE_NS = 1_000
"""No clock is known better."""

_NEAR = 5
_SLOPES = 200


class Calls(NamedTuple):
    """Calls between clock domains, as columns: domains of parent and child, the pair of operations, when, and the
    interval of what may be added to the child's times (low <= high)."""

    parent: Ints
    child: Ints
    pair: Ints
    at: Ints
    low: Ints
    high: Ints

    def where(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Calls:
        """Those that are marked."""
        return Calls(*(column[kept] for column in self))


class Region(NamedTuple):
    """The interval that most calls allow, the likely point in it, the share of calls that do, how many there are, the share of
    them that allow the clocks to agree as they are, and the interval that nearly as many calls allow."""

    low: int
    high: int
    point: int
    share: float
    cases: int
    zero: float
    least: int
    most: int

    def moved(self, by: int) -> Region:
        """The region somewhere else."""
        return self._replace(
            low=self.low + by, high=self.high + by, point=self.point + by, least=self.least + by, most=self.most + by
        )

    def turned(self) -> Region:
        """The region as seen from the other clock."""
        return self._replace(low=-self.high, high=-self.low, point=-self.point, least=-self.most, most=-self.least)

    def allows_zero(self, slack: int) -> bool:
        """Whether the clocks may agree as they are, but for so little, or for a little more as nearly all calls tell."""
        slack = max(slack, COLD_SLACK_NS) if self.zero >= SUPPORT else slack
        return self.low - slack <= 0 <= self.high + slack


class Offset(NamedTuple):
    """What brings the clock of `b` to that of `a`, by window (None: all of the time)."""

    a: int
    b: int
    windows: dict[int | None, Region]

    def region(self, window: int | None) -> Region:
        """That of a window, or what comes nearest to it."""
        return self.windows.get(window) or self.windows.get(None) or next(iter(self.windows.values()))


def overlap(low: Ints, high: Ints) -> Region:
    """The region that most of the intervals cover; of equal ones the first.

    Its point is nearer to the end at which the intervals' ends lie more densely, as there calls come close to what is
    possible, and no farther from it than they lie apart. Where both ends are as dense, it is the middle, at which both ways
    through the network take equally long.
    """
    ends = np.concatenate([low, high])
    steps = np.concatenate([np.ones(len(low), np.int64), -np.ones(len(high), np.int64)])
    order = np.lexsort((-steps, ends))
    covered = np.cumsum(steps[order])
    top = int(np.argmax(covered))
    first, last = int(ends[order[top]]), int(ends[order[top + 1]])
    inside = (low <= first) & (high >= last)
    many = int(inside.sum())
    few = min(max(_NEAR, many // 10), many // 3)
    above = first - int(np.partition(low[inside], -1 - few)[-1 - few])
    below = int(np.partition(high[inside], few)[few]) - last
    at = above**2 / (above**2 + below**2) if above != below else 0.5
    near = min(at * (last - first), above) if at < 0.5 else (1 - at) * (last - first)
    point = first + near if at <= 0.5 else last - min(near, below)
    zero = float(((low - SLACK_NS <= 0) & (high + SLACK_NS >= 0)).mean())
    allowed = np.flatnonzero(covered >= SUPPORT * covered[top])  # from each of these ends to the next
    grain = _grain(low, high)
    least = min(int(ends[order[allowed[0]]]), int(point) - grain)
    most = max(int(ends[order[allowed[-1] + 1]]), int(point) + grain)
    return Region(first, last, int(point), covered[top] / len(low), len(low), zero, least, most)


def _grain(low: Ints, high: Ints) -> int:
    """What times are told in, as far as their differences show."""
    return COARSE_NS if not (low % COARSE_NS).any() and not (high % COARSE_NS).any() else FINE_NS


def passed_on(length: Ints, after: Ints) -> float:
    """How much of a child's length goes into its parent's: the slope of the time from the child's start to the parent's
    end. length: of children; after: from the end of each to that of its parent. Whatever the clocks, it is the same. Children
    that all take equally long tell nothing: 0."""
    spread = float(np.var(length))
    return 1 + float(np.cov(length, after, bias=True)[0, 1]) / spread if spread else 0.0


def offsets(calls: Calls) -> list[Offset]:
    """One offset for each pair of domains that calls tell well enough."""
    turned = calls.parent > calls.child
    calls = Calls(
        np.minimum(calls.parent, calls.child), np.maximum(calls.parent, calls.child), calls.pair * 2 + turned, calls.at,
        np.where(turned, -calls.high, calls.low), np.where(turned, -calls.low, calls.high),
    )  # fmt: skip
    found = []
    for a, b in sorted({(int(a), int(b)) for a, b in zip(calls.parent, calls.child, strict=True)}):
        mine = calls.where((calls.parent == a) & (calls.child == b))
        windows = _windows(mine)
        if windows:
            found.append(Offset(a, b, windows))
    return found


def _windows(calls: Calls) -> dict[int | None, Region]:
    """The regions of one pair of domains: one for all; else one that slides, where a clock drifts; else one for each
    window, where a clock was set."""
    whole = _region(calls)
    if whole is not None:
        return {None: whole}
    numbers = calls.at // WINDOW_NS
    slope = _slope(calls)
    if abs(slope) > MOST_DRIFT:
        return _by_window(calls, numbers)
    moved = np.round((calls.at - calls.at[0]) * slope).astype(np.int64)
    if (sliding := _region(calls._replace(low=calls.low - moved, high=calls.high - moved))) is not None:
        windows = range(int(numbers.min()) - 1, int(numbers.max()) + 2)
        return {w: sliding.moved(round((middle_of(w) - int(calls.at[0])) * slope)) for w in windows}
    return _by_window(calls, numbers)


def _by_window(calls: Calls, numbers: Ints) -> dict[int | None, Region]:
    return {int(w): region for w in np.unique(numbers) if (region := _region(calls.where(numbers == w))) is not None}


def middle_of(window: int) -> int:
    """The time that stands for a window."""
    return window * WINDOW_NS + WINDOW_NS // 2


def _slope(calls: Calls) -> float:
    """How fast the intervals slide, in ns a ns: the median of the slopes between their middles (Theil and Sen)."""
    if len(calls.at) < 2:
        return 0.0
    some = np.linspace(0, len(calls.at) - 1, min(len(calls.at), _SLOPES)).astype(np.int64)
    at, middle = calls.at[some], (calls.low[some] + calls.high[some]) / 2
    first, second = np.triu_indices(len(some), 1)
    apart = at[second] - at[first]
    rises = (middle[second] - middle[first])[apart != 0] / apart[apart != 0]
    return float(np.median(rises)) if len(rises) else 0.0


def _region(calls: Calls) -> Region | None:
    """The shared region; pairs of operations most of whose calls do not allow it are not waited for, and left out."""
    if len(calls.low) < FEWEST:
        return None
    region = overlap(calls.low, calls.high)
    if region.share < SUPPORT:
        allows = (calls.low <= region.point) & (region.point <= calls.high)
        _, place = np.unique(calls.pair, return_inverse=True)
        share = np.bincount(place, allows) / np.bincount(place)
        calls = calls.where(share[place] >= SUPPORT / 2)
        if len(calls.low) < FEWEST:
            return None
        region = overlap(calls.low, calls.high)
    return region if region.share >= SUPPORT else None
