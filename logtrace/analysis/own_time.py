"""Self time of very many spans at once: what `self_time.self_time_ns` says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logtrace.columns import MISSING, SpanColumns

if TYPE_CHECKING:
    from logtrace.columns import Ints

_MOST = 4e18


def own_times(spans: SpanColumns) -> Ints:
    """Nanoseconds of each span that no child of it covers; MISSING where it has no duration.

    The intervals of all spans are laid one after the other on one line, so that one running maximum tells what is covered:

        span a ─────────            span b ─────────────
                ────  ───  children          ────
                  ────
    """
    parents = spans.parents
    timed = (spans.start_ns != MISSING) & (spans.duration_ns != MISSING)
    child = np.flatnonzero((parents >= 0) & timed & timed[parents])
    parent = parents[child]
    length = np.maximum(0, spans.duration_ns[parent])
    begin = spans.start_ns[child] - spans.start_ns[parent]
    first = np.clip(begin, 0, length)
    last = np.clip(begin + spans.duration_ns[child], 0, length)
    order = np.lexsort((first, parent))
    parent, first, last, length = parent[order], first[order], last[order], length[order]
    new = np.diff(parent, prepend=-1) != 0
    step = 1 + int(np.sum(np.where(new, length, 0), dtype=np.float64) / _MOST)  # the line has to fit 64 bits
    first, last = first // step, last // step
    width = length // step + 1
    base = np.cumsum(np.where(new, width, 0)) - width
    reached = np.maximum.accumulate(last + base)
    before = np.concatenate([[0], reached[:-1]])[: len(base)]
    covered = np.maximum(0, last + base - np.maximum(first + base, before)) * step
    own = spans.duration_ns - np.bincount(parent, covered, len(spans)).astype(np.int64)
    return np.where(spans.duration_ns == MISSING, MISSING, np.maximum(0, own))
