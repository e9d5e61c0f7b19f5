"""Whether what a span called may as well be what another of its operation called: their callees changed over.

a |---------x---y--|            a |--u------v------|       as likely, where an operation takes its time at both ends;
  b |--u------v------|            b |-----x---y------|     then neither is sure, whatever else fits
"""

from __future__ import annotations

import numpy as np

from logtrace.reconstruct.forest.candidates import TOLERANCE_NS
from logtrace.reconstruct.forest.columns import Floats, Forest, Ints
from logtrace.reconstruct.pace.paces import BEHIND, MOST_CALLS
from logtrace.reconstruct.pace.timelines import Paces

NEIGHBOURS = 24
"""Of the spans of its operation that called something, so many before and after are compared with a span."""

_MOST = 3.0


def own_share(forest: Forest, table: Paces, above: Ints) -> Floats:
    """By span: the chance that what it called, by these places of parents, is its own."""
    child = np.flatnonzero(above >= 0)
    parent, operation = above[child], table.numbers(forest.operations)[forest.operation]
    first, last = np.full((2, len(above)), -1)
    order = np.lexsort((-child, -forest.start[child], parent))
    first[parent[order]] = child[order]
    order = np.lexsort((child, forest.end[child], parent))
    last[parent[order]] = child[order]
    code = forest.trace * len(forest.operations) + forest.operation
    callers = np.flatnonzero(first >= 0)
    callers = callers[np.argsort(code[callers], kind="stable")]

    final = _final(table, above, operation)

    def ends(caller: Ints, of: Ints) -> Floats:
        """How likely the first call and the last answer of one are in another."""
        kind = operation[caller]
        soon = forest.start[first[of]] - forest.start[caller]
        before = table.likelihood(2 * table.begins(kind), 2 * operation[first[of]] + BEHIND, soon)
        after = forest.end[caller] - forest.end[last[of]]
        ends = table.likelihood(2 * final[of], np.full(len(of), 2 * table.ends + BEHIND), after)
        return before + np.where(forest.open_end[caller], 0.0, ends)

    odds = np.zeros(len(above))
    for step in range(1, NEIGHBOURS + 1):
        a, b = callers[:-step], callers[step:]
        same = code[a] == code[b]
        if not same.any():
            break
        a, b = a[same], b[same]
        fits = (forest.start[first[a]] >= forest.start[b]) & (forest.start[first[b]] >= forest.start[a])
        fits &= np.maximum(forest.end[last[a]] - forest.end[b], forest.end[last[b]] - forest.end[a]) <= TOLERANCE_NS
        a, b = a[fits], b[fits]
        gain = np.exp(np.minimum(ends(a, b) + ends(b, a) - ends(a, a) - ends(b, b), _MOST))
        np.add.at(odds, a, gain)
        np.add.at(odds, b, gain)
    share: Floats = 1 / (1 + np.round(odds, 6))
    return share


def _final(table: Paces, above: Ints, operation: Ints) -> Ints:
    """The states of spans that have called all that they call; of more than MOST_CALLS these and the last one tell."""
    found = table.begins(operation)
    child = np.flatnonzero(above >= 0)
    child = child[np.argsort(above[child], kind="stable")]
    first = np.flatnonzero(np.diff(above[child], prepend=-1))
    size = np.diff(first, append=len(child))
    for rank in range(min(int(size.max(initial=0)), MOST_CALLS + 1)):
        at = first[size > rank] + (rank if rank < MOST_CALLS else size[size > rank] - 1)
        found[above[child[at]]] = table.called(found[above[child[at]]], operation[child[at]])
    return found
