"""Self time of very many spans at once: what `self_time.self_time_ns` says of each; and how much of it lies around calls
to other services.

The intervals of all spans are laid one after the other on one line, so that one running maximum tells what is covered:

    span a ─────────            span b ─────────────
            ────  ───  children          ────
              ────
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logtrace.columns import MISSING, SpanColumns

if TYPE_CHECKING:
    from logtrace.columns import Bools, Ints

_MOST = 4e18


class _Line(NamedTuple):
    """Children that lie within their parents, by parent and start, clipped to them and laid on one line.

    reached     how far the parent was covered before the child; its start where nothing was
    step        nanoseconds of a unit of the line, which has to fit 64 bits
    """

    child: Ints
    parent: Ints
    first: Ints
    last: Ints
    reached: Ints
    end: Ints
    step: int


def own_times(spans: SpanColumns) -> Ints:
    """Nanoseconds of each span that no child of it covers; MISSING where it has no duration."""
    line = _line(spans)
    own = spans.duration_ns - _summed(line.parent, _covered(line), len(spans))
    return np.where(spans.duration_ns == MISSING, MISSING, np.maximum(0, own))


def waited_times(spans: SpanColumns) -> Ints:
    """Nanoseconds that each span covers of its parent, and no other child that began before it does."""
    line = _line(spans)
    return _summed(line.child, _covered(line), len(spans))


def _covered(line: _Line) -> Ints:
    found: Ints = np.maximum(0, line.last - np.maximum(line.first, line.reached)) * line.step
    return found


def edge_times(spans: SpanColumns, remote: Bools) -> tuple[Ints, Ints]:
    """(time of each span's own without what lies around its remote children, time around each remote span); MISSING
    where it has no duration, or is not remote.

    What lies around a call is what its parent did in between: before it, after the child that ended last, and behind
    it where no other child follows. What waits in a queue begins when the parent has ended.

        parent      ─────────────────────
        local          ───
        remote               ────
        around             ──    ────────
    """
    own, parents = own_times(spans), spans.parents
    inside = _around(_line(spans), remote, len(spans))
    called = parents >= 0
    node = own - _summed(parents[called], inside[called], len(spans))
    timed = called & remote & (spans.start_ns != MISSING) & spans.closed[parents] & (spans.start_ns[parents] != MISSING)
    queued = np.where(timed, spans.start_ns - spans.start_ns[parents] - spans.duration_ns[parents], 0)
    edge = np.where(timed, inside + np.maximum(0, queued), MISSING)
    return np.where(own == MISSING, MISSING, np.maximum(0, node)), edge


def _around(line: _Line, remote: Bools, spans: int) -> Ints:
    """What of its parent's own time lies around each remote span."""
    if not len(line.child):
        return np.zeros(spans, np.int64)
    place, far = np.arange(len(line.child)), remote[line.child]
    new = np.diff(line.parent, prepend=-1) != 0
    ends_last = np.maximum.accumulate(np.where(new | (line.last > line.reached), place, 0))  # so far, in its parent
    to = np.where(far, place, np.where(new, -1, np.roll(ends_last, 1)))
    chosen = (to >= 0) & far[to]
    before = np.maximum(0, line.first - line.reached)
    found = _summed(line.child[to[chosen]], before[chosen], spans)
    final = np.append(new[1:], True) & far[ends_last]
    behind = line.end - np.maximum(line.reached, line.last)
    return (found + _summed(line.child[ends_last[final]], behind[final], spans)) * line.step


def _summed(place: Ints, values: Ints, many: int) -> Ints:
    """The sum of the values at each place."""
    return np.bincount(place, values, many).astype(np.int64)


def _line(spans: SpanColumns) -> _Line:
    parents = spans.parents
    timed = (spans.start_ns != MISSING) & (spans.duration_ns != MISSING)
    child = np.flatnonzero((parents >= 0) & timed & timed[parents])
    parent = parents[child]
    length = np.maximum(0, spans.duration_ns[parent])
    begin = spans.start_ns[child] - spans.start_ns[parent]
    first, last = np.clip(begin, 0, length), np.clip(begin + spans.duration_ns[child], 0, length)
    within = last > first
    child, parent, first, last, length = (each[within] for each in (child, parent, first, last, length))
    order = np.lexsort((first, parent))
    child, parent, first, last, length = (each[order] for each in (child, parent, first, last, length))
    new = np.diff(parent, prepend=-1) != 0
    step = 1 + int(np.sum(np.where(new, length, 0), dtype=np.float64) / _MOST)
    width = length // step + 1
    base = np.cumsum(np.where(new, width, 0)) - width
    first, last, end = first // step + base, last // step + base, length // step + base
    running = np.maximum.accumulate(last) if len(last) else last
    reached = np.where(new, base, np.concatenate([[0], running[:-1]])[: len(base)])
    return _Line(child, parent, first, last, reached, end, step)
