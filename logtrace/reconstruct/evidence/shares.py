"""How much it tells that spans name one another: how well what they say agrees over all traces.

Of each operation, how often the callers of its spans name it, of those that name any (Told.named), and how often spans do so that
did not call it (Told.chance). Where neither is more than the other, nothing follows from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.evidence.agreement import agreements, is_asked, of_asked
from logtrace.reconstruct.forest.candidates import AFTER, Candidates
from logtrace.reconstruct.forest.columns import UNKNOWN_PARENT, Flags, Floats, Forest, Ints

NAMED, CHANCE, CASES = 0.75, 0.25, 4
"""Before anything is known of an operation so likely agree what a caller and its child tell of one another, and what another and
the child do; that counts as so many cases."""

ROUNDS = 40
"""Of working out how often what agrees does so by chance."""

MOST, LEAST = 0.99, 0.02
"""No share of those that agree counts as more, or less."""


class Shares(NamedTuple):
    """By operation.

    named    the share of callers that agree, of those that tell anything
    chance   that of other candidates
    found    how many more spans have one that agrees than have one by chance, as a share of those that could
    cases    of so many spans
    verdict  by candidate, see `of_asked`
    """

    named: Floats
    chance: Floats
    found: Floats
    cases: Floats
    verdict: Ints


def shares(forest: Forest, pairs: Candidates) -> Shares:
    """How well agreement tells who called spans, by all candidates of all spans: of those whose parent is named by that; of
    others by whether any candidate agrees, where that is more often so than if they did by chance.

    A share `found` of the spans has a caller that agrees, a candidate that is none does so with the chance `chance`: both follow
    from how many candidates agree, and how many spans have one that does.
    """
    verdict, many = agreements(forest, pairs), len(forest.operations)
    if not verdict.any():
        return Shares(np.full(many, 0.5), np.full(many, 0.5), np.zeros(many), np.zeros(many), verdict)
    verdict = of_asked(forest, pairs, verdict, is_asked(forest, pairs, verdict))
    child = pairs.child
    told = (verdict != 0) & ((forest.named[child] != UNKNOWN_PARENT) | (pairs.relation != AFTER))
    told &= np.isin(forest.operation[child], np.unique(forest.operation[child[verdict > 0]]))
    agrees = told & (verdict > 0)
    named = forest.named[child] == pairs.parent
    of, agreeing = (np.bincount(child[which], minlength=len(forest.key)) for which in (told, agrees))
    by_name = forest.named != UNKNOWN_PARENT
    of_named, agreeing_named = (np.bincount(child[which & named], minlength=len(forest.key)) for which in (told, agrees))
    spans = np.where(by_name, of_named > 0, of > 0)
    some = np.where(by_name, agreeing_named > 0, agreeing > 0)

    def total(values: Ints | Floats | Flags) -> Floats:
        return np.bincount(forest.operation, values, many).astype(np.float64)

    cases, with_any, every, every_agreeing = (total(column) for column in (spans, some, of, agreeing))
    found, chance = with_any / np.maximum(cases, 1), np.zeros(many)
    for _ in range(ROUNDS):
        chance = np.clip((every_agreeing - found * cases) / np.maximum(every - found * cases, 1), 0.0, 1.0)
        by_chance = total(spans * np.where(by_name, 0.0, 1 - (1 - chance[forest.operation]) ** of))
        found = np.clip((with_any - by_chance) / np.maximum(cases - by_chance, 1), 0.0, 1.0)
    others = np.maximum(every - cases, 0)
    agreed = (found + (1 - found) * chance) * cases
    named = (agreed + NAMED * CASES) / (cases + CASES)
    return Shares(named, (chance * others + CHANCE * CASES) / (others + CASES), found, cases, verdict)


def gains(named: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """(what agreement adds to the score of a candidate, what it adds where they do not agree: less than 0)."""
    named = np.clip(named, chance, MOST)
    chance = np.clip(chance, LEAST, named)
    return np.log(named / chance), np.log((1 - named) / (1 - chance))
