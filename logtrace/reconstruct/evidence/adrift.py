"""Parents that depend on how far clocks differ: what is added to the times of a host is known plus or minus something, and
within that the span may lie in another than the one that seems to hold it.

    caller   |--a--|  |--b--|            by the correction c lies within b; had so much less been added as calls leave open, it
    called              |-c-|            would lie within a
                   ◀────▶
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import TOGETHER
from logtrace.reconstruct.forest.columns import Flags, Forest, Ints

_BLOCK = 1 << 20
"""So many pairs of spans are looked at together."""


def numbered_domains(domains: Sequence[str]) -> Ints:
    """A number for each clock domain, the same for the same."""
    number = {domain: at for at, domain in enumerate(dict.fromkeys(domains))}
    return np.array([number[domain] for domain in domains], np.int64)


def adrift(forest: Forest, above: Ints, tables: Tables) -> Flags:
    """By span: whether its parent, by another clock, is not the only one of its length that may hold it, as far as clocks are
    known: another that is no longer would hold it, had more or less been added; of a span whose callers are known, another of
    these. above: places of parents, below 0: none."""
    found = np.zeros(len(above), bool)
    if not forest.unsure.any():
        return found
    child = np.flatnonzero(above >= 0)
    child = child[_apart(forest, child, above[child]) > 0]
    length, operation = forest.end - forest.start, tables.numbers(forest.operations)[forest.operation]
    for of, other in _beside(forest, child):
        moved = np.maximum(forest.start[other] - forest.start[of], forest.end[of] - forest.end[other])
        near = (moved > 0) & (moved <= _apart(forest, of, other))
        near &= (length[of] <= length[other]) & (length[other] <= length[above[of]]) & (other != above[of])
        near &= ~tables.known[operation[of]] | tables.is_known(operation[other], operation[of])
        found[of[near]] = True
    return found


def _apart(forest: Forest, one: Ints, other: Ints) -> Ints:
    """By how much their times may be wrong to one another."""
    same = forest.clock[one] == forest.clock[other]
    return np.where(same, 0, forest.unsure[one] + forest.unsure[other])


def _beside(forest: Forest, place: Ints) -> Iterator[tuple[Ints, Ints]]:
    """(place, any place of its trace) for all of these places, in blocks; of a large trace, those that begin nearest."""
    first, behind = (np.searchsorted(forest.trace, forest.trace[place], side) for side in ("left", "right"))
    first, behind = np.maximum(first, place - TOGETHER), np.minimum(behind, place + TOGETHER)
    pairs = np.cumsum(behind - first)
    for part in np.split(np.arange(len(place)), np.flatnonzero(np.diff(pairs // _BLOCK)) + 1):
        size = (behind - first)[part]
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        yield np.repeat(place[part], size), np.repeat(first[part], size) + within
