"""Bounds that were inferred from lines grow to cover the children: reconstruct.spans.repair.widen, for many traces at once."""

from __future__ import annotations

import numpy as np

from logtrace.jobs.assembly.owned import NUMBER, OBSERVED
from logtrace.model import Flag
from logtrace.reconstruct.spans.bounds import LAST_LINE
from logtrace.reconstruct.spans.repair import HULL
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.store.rows.spanrows import END, START, SpanRows, among

_HULL, _LINES = NUMBER[HULL.source], NUMBER[LAST_LINE.source]


def widened(rows: SpanRows, above: Numbers, skew: Numbers, fixed: Truths) -> SpanRows:
    """The rows with bounds grown. above: the place of each one's parent, -1 for none; skew: what brings each one's times
    to the common clock; fixed: those that stay as they are."""
    start_known = among(rows.source(START), OBSERVED)
    end_known = among(rows.source(END), OBSERVED)
    grows = ~(fixed | (start_known & end_known))
    children = np.flatnonzero((above >= 0) & grows[above])
    if not len(children):
        return rows
    depth = _depths(above)[children]
    grown = rows._replace(
        start=rows.start.copy(), duration=rows.duration.copy(), facts=rows.facts.copy(), flags=rows.flags.copy()
    )
    children = children[np.argsort(-depth, kind="stable")]
    for level in np.split(children, np.flatnonzero(np.diff(-np.sort(-depth))) + 1):
        parents, place = np.unique(above[level], return_inverse=True)
        begun = grown.start[level] + skew[level] - skew[above[level]]
        taken = np.where(grown.duration[level] == NONE, 0, grown.duration[level])
        first, last = np.full(len(parents), 1 << 62), np.full(len(parents), -1 << 62)
        np.minimum.at(first, place, begun)
        np.maximum.at(last, place, begun + taken)
        _cover(grown, parents, first, last, ~start_known[parents], ~end_known[parents])
    return grown


def _cover(rows: SpanRows, at: Numbers, first: Numbers, last: Numbers, may_start: Truths, may_end: Truths) -> None:
    """Grows the rows at some places: see reconstruct.spans.repair.covering."""
    start, duration = rows.start[at], rows.duration[at]
    end = start + np.where(duration == NONE, 0, duration)
    start_moved = may_start & (first < start)
    end_moved = may_end & (last > end)
    line_ends = start_moved & may_end & ~end_moved & (duration == NONE)
    begun = np.where(start_moved, first, start)
    rows.start[at] = begun
    rows.duration[at] = np.where(
        end_moved, last - begun, np.where(start_moved & ((duration != NONE) | line_ends), end - begun, duration)
    )
    facts = rows.facts[at]
    facts = np.where(start_moved, facts & ~(15 << START) | _HULL << START, facts)
    facts = np.where(line_ends, facts & ~(15 << END) | _LINES << END, facts)
    rows.facts[at] = np.where(end_moved, facts & ~(15 << END) | _HULL << END, facts)
    rows.flags[at] |= np.where(end_moved | line_ends, int(Flag.LOWER_BOUND), 0)


def _depths(above: Numbers) -> Numbers:
    """How many are above each."""
    depth, at = (above >= 0).astype(np.int64), above
    while (at >= 0).any():
        depth += np.where(at >= 0, depth[at], 0)
        at = np.where(at >= 0, at[at], -1)
    return depth
