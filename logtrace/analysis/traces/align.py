"""Two traces aligned: which span of one answers to which of the other.

From the roots down: children of two spans that answer to one another are grouped by operation, and within a group they
are aligned in order (Needleman and Wunsch), preferring equal subtrees. What is left over on both sides and alike is
moved. Linear in the spans but for groups of like siblings, whose cost is bounded. No tree edit distance: that is cubic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from logtrace.analysis.traces.structure import Structures, operation, sizes
from logtrace.ids import NO_SPAN
from logtrace.model import Span, Trace

MOST_SIBLINGS = 200
"""Larger groups of like siblings are aligned by their rank."""

_ERROR_COST, _ATTRIBUTE_COST = 0.25, 0.2  # a different subtree costs 1, as does a gap: two gaps cost more than any pair


class Aligned(NamedTuple):
    """A span of a, its answer in b, or one of them alone; in the order of a tree that holds both.

    parent      place of the parent in the list, -1 for a root
    moved       they answer to one another though their parents do not
    """

    a: Span | None
    b: Span | None
    parent: int
    depth: int
    moved: bool


def align(a: Trace, b: Trace) -> list[Aligned]:
    """Every span of both traces exactly once, parents first. The same up to sides for (b, a), but for which of several
    like spans is the one left over."""
    pairs = _Pairs(a, b)
    pairs.descend(NO_SPAN, NO_SPAN)
    pairs.find_moved()
    return list(_in_order(a, b, pairs))


class _Pairs:
    """a_of, b_of: keys of spans that answer to one another; moved: keys in b."""

    def __init__(self, a: Trace, b: Trace) -> None:
        self.a, self.b = a, b
        structures = Structures()
        self.structure_a, self.structure_b = structures.of(a), structures.of(b)
        self.a_of: dict[int, int] = {}
        self.b_of: dict[int, int] = {}
        self.moved: set[int] = set()

    def descend(self, a_key: int, b_key: int) -> None:
        """Aligns what lies under two spans that answer to one another."""
        stack = [(a_key, b_key)]
        while stack:
            a_parent, b_parent = stack.pop()
            groups_a = _groups(span for span in self.a.children.get(a_parent, ()) if span.key not in self.b_of)
            groups_b = _groups(span for span in self.b.children.get(b_parent, ()) if span.key not in self.a_of)
            for key in groups_a.keys() & groups_b.keys():
                for one, other in self._group(groups_a[key], groups_b[key]):
                    self.b_of[one.key], self.a_of[other.key] = other.key, one.key
                    stack.append((one.key, other.key))

    def find_moved(self) -> None:
        """Pairs up what is left over on both sides: equal subtrees, the largest first, then operations that are left
        over once on each side."""
        if len(self.b_of) == len(self.structure_a) or len(self.a_of) == len(self.structure_b):
            return  # nothing is left over on one side
        size_a, size_b = sizes(self.a), sizes(self.b)
        left_b: dict[int, list[Span]] = {}
        for span in sorted(_left(self.b, self.structure_b, self.a_of), key=lambda span: size_b[span.key]):
            left_b.setdefault(self.structure_b[span.key], []).append(span)
        for span in sorted(_left(self.a, self.structure_a, self.b_of), key=lambda span: -size_a[span.key]):
            found = [other for other in left_b.get(self.structure_a[span.key], ()) if other.key not in self.a_of]
            if found and span.key not in self.b_of:
                self._move(span, found[0])
        once_b = _alone(_left(self.b, self.structure_b, self.a_of))
        for key, span in _alone(_left(self.a, self.structure_a, self.b_of)).items():
            if key in once_b and span.key not in self.b_of and once_b[key].key not in self.a_of:
                self._move(span, once_b[key])

    def _move(self, one: Span, other: Span) -> None:
        self.b_of[one.key], self.a_of[other.key] = other.key, one.key
        self.moved.add(other.key)
        self.descend(one.key, other.key)

    def _group(self, ones: Sequence[Span], others: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
        """The pairs of two groups of like siblings: as many as the smaller group has members."""
        if len(ones) == len(others) == 1:
            yield ones[0], others[0]
            return
        told_a, told_b = _telling(ones), _telling(others)

        def cost(one: Span, other: Span) -> float:
            differs = self.structure_a[one.key] != self.structure_b[other.key]
            told, also = told_a[one.key], told_b[other.key]
            apart = len(told ^ also) / len(told | also) if told or also else 0
            return differs + _ERROR_COST * (one.error != other.error) + _ATTRIBUTE_COST * apart

        first = 0
        while first < min(len(ones), len(others)) and cost(ones[first], others[first]) == 0:
            first += 1
        last = 0
        while last < min(len(ones), len(others)) - first and cost(ones[-1 - last], others[-1 - last]) == 0:
            last += 1
        yield from zip(ones[:first], others[:first], strict=True)
        yield from zip(ones[len(ones) - last :], others[len(others) - last :], strict=True)
        middle_a, middle_b = ones[first : len(ones) - last], others[first : len(others) - last]
        if max(len(middle_a), len(middle_b)) > MOST_SIBLINGS:
            yield from zip(middle_a, middle_b, strict=False)
        elif middle_a and middle_b:
            costs = [[cost(one, other) for other in middle_b] for one in middle_a]
            yield from ((middle_a[i], middle_b[j]) for i, j in _aligned(costs))


def _left(trace: Trace, known: Collection[int], paired: Collection[int]) -> list[Span]:
    """The spans of the tree that have no answer, but for those without a name."""
    return [span for span in trace.spans if span.key not in paired and span.name and span.key in known]


def _groups(spans: Iterable[Span]) -> dict[tuple[str, str], list[Span]]:
    groups: dict[tuple[str, str], list[Span]] = {}
    for span in spans:
        groups.setdefault(operation(span), []).append(span)
    return groups


def _alone(spans: Iterable[Span]) -> dict[tuple[str, str], Span]:
    return {key: found[0] for key, found in _groups(spans).items() if len(found) == 1}


def _telling(siblings: Sequence[Span]) -> dict[int, frozenset[tuple[str, str]]]:
    """Span key → the attributes that tell it from its like siblings."""
    items = {span.key: {(key, repr(value)) for key, value in span.attributes.items()} for span in siblings}
    counts = Counter(item for of_span in items.values() for item in of_span)
    return {key: frozenset(item for item in of_span if counts[item] < len(siblings)) for key, of_span in items.items()}


def _aligned(costs: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    """(row, column) of the pairs of a cheapest alignment in order, last first; a row or column left over costs 1."""
    rows, columns = len(costs), len(costs[0])
    best = [[float(j) for j in range(columns + 1)]]
    for i in range(rows):
        line = [float(i + 1)]
        for j in range(columns):
            line.append(min(best[i][j] + costs[i][j], best[i][j + 1] + 1, line[j] + 1))
        best.append(line)
    i, j = rows, columns
    while i and j:
        if best[i][j] == best[i - 1][j - 1] + costs[i - 1][j - 1]:
            i, j = i - 1, j - 1
            yield i, j
        elif best[i][j] == best[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1


def _in_order(a: Trace, b: Trace, pairs: _Pairs) -> Iterator[Aligned]:
    """The tree of b, with what is only in a after the sibling that it followed there."""
    stack: list[Aligned] = []
    place = -1
    _push(stack, _below(a, b, pairs, NO_SPAN, NO_SPAN), -1, 0)
    while stack:
        node = stack.pop()
        place += 1
        yield node
        a_key = node.a.key if node.a is not None else None
        b_key = node.b.key if node.b is not None else None
        _push(stack, _below(a, b, pairs, a_key, b_key), place, node.depth + 1)


def _push(stack: list[Aligned], below: Sequence[tuple[Span | None, Span | None, bool]], place: int, depth: int) -> None:
    stack.extend(Aligned(one, other, place, depth, moved) for one, other, moved in reversed(below))


def _below(
    a: Trace, b: Trace, pairs: _Pairs, a_key: int | None, b_key: int | None
) -> list[tuple[Span | None, Span | None, bool]]:
    """The children of a node: those of b in their order, those of a that have no answer each after its elder sibling."""
    after: dict[int | None, list[Span]] = {}
    elder: int | None = None
    for one in a.children.get(a_key, ()) if a_key is not None else ():
        answer = pairs.b_of.get(one.key)
        if answer is None:
            after.setdefault(elder, []).append(one)
        elif b.by_key[answer].parent_key == b_key:
            elder = answer
    found: list[tuple[Span | None, Span | None, bool]] = [(one, None, False) for one in after.get(None, ())]
    for other in b.children.get(b_key, ()) if b_key is not None else ():
        answer = pairs.a_of.get(other.key)
        found.append((a.by_key[answer] if answer is not None else None, other, other.key in pairs.moved))
        found += [(one, None, False) for one in after.get(other.key, ())]
    return found
