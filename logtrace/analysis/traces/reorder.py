"""Siblings that changed places: one ended before the other began, and now it is the other way round."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from logtrace.analysis.traces.align import Aligned
from logtrace.model import Span

MOST_SIBLINGS = 200


def reordered(aligned: Sequence[Aligned]) -> set[int]:
    """The keys of the spans of b that changed places: as few as explain the order of the others. Two that were swapped
    stand for the change even where others lie between them.

    Calls that ran side by side have no order, and are none of them.
    """
    siblings: dict[int, list[Aligned]] = {}
    for each in aligned:
        if each.a is not None and each.b is not None and not each.moved:
            siblings.setdefault(each.parent, []).append(each)
    found: set[int] = set()
    for group in siblings.values():
        ranks = _ranks(group)
        kept = max({place for place, rank in enumerate(ranks) if place == rank}, _longest_rise(ranks), key=len)
        out = [each for place, each in enumerate(group) if place not in kept][:MOST_SIBLINGS]
        swapped = [each for each in out if any(_swapped(each, other) for other in group[:MOST_SIBLINGS])]
        found.update(each.b.key for each in swapped if each.b is not None)
    return found


def _ranks(group: Sequence[Aligned]) -> list[int]:
    """For each of b's siblings in order its place among a's."""
    order = sorted(range(len(group)), key=lambda place: _start(group[place].a))
    ranks = [0] * len(group)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _start(span: Span | None) -> float:
    return float("inf") if span is None or span.start_ns is None else span.start_ns


def _longest_rise(values: Iterable[int]) -> set[int]:
    """The places of a longest rising subsequence (patience sorting)."""
    tails: list[int] = []
    places: list[int] = []
    before: dict[int, int] = {}
    for place, value in enumerate(values):
        at = bisect_left(tails, value)
        tails[at : at + 1] = [value]
        places[at : at + 1] = [place]
        before[place] = places[at - 1] if at else -1
    found = set()
    place = places[-1] if places else -1
    while place >= 0:
        found.add(place)
        place = before[place]
    return found


def _swapped(one: Aligned, other: Aligned) -> bool:
    """Whether one came wholly before the other on one side, and wholly after it on the other."""
    assert one.a is not None and one.b is not None and other.a is not None and other.b is not None
    first, then = _before(one.a, other.a), _before(one.b, other.b)
    return first is not None and then is not None and first != then


def _before(one: Span, other: Span) -> bool | None:
    """True, False, or None where they ran at the same time or have no times."""
    if one.start_ns is None or other.start_ns is None or one.end_ns is None or other.end_ns is None or one is other:
        return None
    if one.end_ns <= other.start_ns:
        return True
    return False if other.end_ns <= one.start_ns else None
