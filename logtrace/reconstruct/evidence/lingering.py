"""Spans that go on a little after they have answered: servers write their spans down, or clean up, when the caller has its answer
already. Times say then that they outlive it, and that something farther up holds them.

    caller |-----------|              the caller ends as a rule within the last part of the span; what nobody waits for has
    called    |-----------|           callers that end anywhere in it
"""

from __future__ import annotations

import math

import numpy as np

from logtrace.reconstruct.forest.candidates import LINGERS, OUTLIVES, Candidates
from logtrace.reconstruct.forest.columns import Forest, Ints

RULE = 0.9
"""Where the called linger, so many of those that outlive their caller do so by little."""

EVIDENCE = 5.0
"""So much likelier (ln) the overlaps are by that rule than by chance, which ends one span anywhere in another: all those of the
caller's operation, or of the called one."""


def lingering(forest: Forest, pairs: Candidates) -> Ints:
    """The pairs of operations of two services (code, see Forest) whose second goes on after it has answered the first."""
    many, service = len(forest.operations), forest.services
    told = (pairs.relation == OUTLIVES) & ~(forest.open_end[pairs.parent] | forest.open_end[pairs.child])
    parent, child = pairs.parent[told], pairs.child[told]
    overrun = forest.end[child] - forest.end[parent]
    kept = service[forest.operation[parent]] != service[forest.operation[child]]
    kept &= overrun > np.minimum(forest.grain[parent], forest.grain[child])
    parent, child, overrun = parent[kept], child[kept], overrun[kept]
    little = overrun <= LINGERS * (forest.end[child] - forest.start[child])
    codes, place = np.unique(forest.operation[parent] * many + forest.operation[child], return_inverse=True)
    cases, lingers = np.bincount(place, minlength=len(codes)), np.bincount(place, little, len(codes))
    odds = lingers * math.log(RULE / LINGERS) + (cases - lingers) * math.log((1 - RULE) / (1 - LINGERS))
    by_caller, by_called = (np.bincount(of, odds, many)[of] for of in (codes // many, codes % many))
    found: Ints = codes[(odds > 0) & (np.maximum(by_caller, by_called) >= EVIDENCE)]
    return found
