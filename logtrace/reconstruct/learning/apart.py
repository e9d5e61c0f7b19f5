"""Which operations are told apart by what their spans call, and whose spans name it rightly.

    order   GET   peer.service: pay      |-----------|        may have called whom it names: a span of `pay` lies within it
    pay     POST /charge                    |-----|
    order   GET   peer.service: stock                  |--|   may not, though the trace has a span of `stock` elsewhere

Names may be those of proxies, of what is called later, or old ones. So they count only where spans may have called whom they
name more often than they may have called others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from logtrace.reconstruct.evidence.agreement import meant
from logtrace.reconstruct.evidence.priors import FEWEST_CASES
from logtrace.reconstruct.forest.candidates import AFTER, candidates
from logtrace.reconstruct.forest.columns import Floats, Forest
from logtrace.reconstruct.forest.nearest import one_each
from logtrace.reconstruct.forest.peers import together
from logtrace.reconstruct.learning.lessons import Lesson
from logtrace.reconstruct.spans.naming import OperationKey

MOSTLY, RIGHTLY = 0.5, 0.85
"""So often have spans called whom they name, beyond chance, that names count; and that they tell operations apart."""

CASES = 4
"""What is seen of all operations counts as so many cases of each."""


def rightly_told(forest: Forest, lessons: Sequence[Lesson] = ()) -> tuple[Forest, list[Lesson]]:
    """The forest, where spans name what they call only if they do so rightly more often than not, with operations told apart by
    that only where they do so nearly always, and come often enough to tell of them; and the lessons with the same operations.
    Lessons tell themselves whether what is named alike is one service.
    """
    known = _of_one_service(lessons)
    if not known and not forest.peer.any():
        return forest, list(lessons)
    whole = forest.renamed([together(key) for key in forest.operations])
    share = _called(whole)
    right = {key for key, of in zip(whole.operations, share.tolist(), strict=True) if of >= RIGHTLY}
    right = (right - known.keys()) | {key for key, one in known.items() if one}
    many = np.bincount(forest.operation, minlength=len(forest.operations)).tolist()
    often = {key for key, spans in zip(forest.operations, many, strict=True) if spans >= FEWEST_CASES}
    often.update(key for lesson in lessons for key in lesson.forest.operations)

    def renamed(keys: Iterable[OperationKey]) -> list[OperationKey]:
        return [key if together(key) in right and key in often else together(key) for key in keys]

    hushed = forest._replace(operation=whole.operation, operations=whole.operations).hushed(share < MOSTLY)
    told = hushed._replace(operation=forest.operation, operations=forest.operations)
    return told.renamed(renamed(forest.operations)), [lesson.renamed(renamed) for lesson in lessons]


def _called(forest: Forest) -> Floats:
    """By operation, how often its spans may each have called a span of its own that they name, beyond how often they may have
    called other services. Where they may have called all, nothing speaks against what they name."""
    pairs, service, many = candidates(forest, every=True), forest.services[forest.operation], len(forest.operations)
    pairs = pairs.where((forest.peer[pairs.parent] > 0) & ((pairs.relation != AFTER) | forest.open_end[pairs.parent]))
    spans = np.flatnonzero(forest.peer > 0)
    if not len(spans):
        return np.zeros(many)
    named = meant(forest, spans)
    asked, there = named.services[named.place], named.present[named.place]
    may = np.zeros((len(forest.key), there.shape[1]), bool)
    may[pairs.parent, service[pairs.child]] = True
    there[np.arange(len(spans)), service[spans]] = False
    others, some = there & ~asked, np.flatnonzero(asked.any(axis=1))
    by_chance = (may[spans] & others).sum(axis=1) / np.maximum(others.sum(axis=1), 1)
    _, callers = one_each(forest, pairs.where(asked[np.searchsorted(spans, pairs.parent), service[pairs.child]]))
    columns = np.ones(len(spans)), np.isin(spans, callers), by_chance
    seen = np.stack([np.bincount(forest.operation[spans[some]], column[some], many) for column in columns]).astype(np.float64)
    every = _beyond(seen.sum(axis=1, keepdims=True), 1.0).clip(0.0) if len(some) else np.array([MOSTLY])
    return _beyond(seen, float(every[0]))


def _beyond(seen: Floats, before: float) -> Floats:
    """Of the cases that are none by chance, the share of those that are found; before any is known. seen: cases, found, by
    chance."""
    cases, found, chance = seen
    share: Floats = (np.minimum(found, cases) - chance + CASES * before) / (cases - chance + CASES)
    return share


def _of_one_service(lessons: Sequence[Lesson]) -> dict[OperationKey, bool]:
    """Of operations that lessons tell apart, whether two spans that name the same nearly always called the same service, and two
    that do not mostly others."""
    named: dict[OperationKey, dict[OperationKey, dict[str, int]]] = {}
    for by, service, many in (
        (by, service, edges.known) for each in lessons for (by, (service, *_)), edges in each.edges.items()
    ):
        if by != together(by) and service != by[0]:
            of = named.setdefault(together(by), {}).setdefault(by, {})
            of[service] = of.get(service, 0) + many
    found = {key: (_alike(calls.values()), _alike([_sum(calls.values())])) for key, calls in named.items()}
    return {
        key: same >= RIGHTLY * pairs and every - same <= MOSTLY * (every_pair - pairs)
        for key, ((same, pairs), (every, every_pair)) in found.items()
        if pairs
    }


def _alike(calls: Iterable[dict[str, int]]) -> tuple[int, int]:
    """(pairs of calls of one service, all pairs) of groups of calls, by service."""
    counts = [list(each.values()) for each in calls]
    same = sum(many * (many - 1) for each in counts for many in each)
    return same, sum(sum(each) * (sum(each) - 1) for each in counts)


def _sum(calls: Iterable[dict[str, int]]) -> Counter[str]:
    found = Counter[str]()
    for each in calls:
        found.update(each)
    return found
