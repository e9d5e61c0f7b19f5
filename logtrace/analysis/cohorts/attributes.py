"""Attributes of two populations of requests: values that are over-represented, keys that came or went."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import log2
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logtrace.analysis.cohorts import significance
from logtrace.analysis.cohorts.measured import Cohorts
from logtrace.analysis.cohorts.significance import LEAST, LEVEL
from logtrace.analysis.traces.attributes import tells_status
from logtrace.columns import Operation
from logtrace.model import plain_key
from logtrace.query.values import amount, canonical

if TYPE_CHECKING:
    from logtrace.columns import Ints

MOST_VALUES = 1_000
"""A key with more distinct values in one kind of request tells no values apart."""

AMOUNTS = 20
"""A key with more distinct numbers than this is an amount: it grows or not, no value of it is over-represented."""

LEAST_SUPPORT, LEAST_HITS = 0.01, 5
LEAST_DIFFERENCE = 0.05
LEAST_LIFT = 1.2
_GONE = 0.01


class Carried(NamedTuple):
    """Which attributes the spans of two populations have: places of spans, numbers of pairs, the (key, value) pairs."""

    place: Ints
    code: Ints
    pairs: Sequence[tuple[str, Any]]


class ValueFinding(NamedTuple):
    """A value that requests of a kind have more or less often than before. value: None where the key itself came or went.

    before, after   shares of the requests; hits_*: of so many
    lift            after to before; None where it was never there before
    interval        of the difference, 95 % sure
    q               among all values tested; None: not tested
    divergence      how far the distributions of the key are apart (Jensen and Shannon, 0 to 1 bit)
    """

    root: Operation
    key: str
    value: Any
    operation: Operation
    before: float
    after: float
    hits_before: int
    hits_after: int
    lift: float | None
    interval: significance.Interval
    q: float | None
    divergence: float


class _Candidate(NamedTuple):
    """A value, or a key (None), in one kind of request."""

    root: int
    key: str
    value: Any
    operation: int
    hits: tuple[int, int]
    of: tuple[int, int]


def value_findings(
    cohorts: Cohorts, carried: Carried, excluded: Collection[str], moved: Collection[tuple[Operation, str]] = ()
) -> list[ValueFinding]:
    """Values that are over-represented after: keys that came or went first, then by how far a key's values are apart.

    excluded: plain keys (model.plain_key) that the populations were chosen by; moved: of which kinds of requests (their
    roots) which keys are told as amounts: then no value of them is
    """
    found = []
    for root in np.unique(cohorts.root).tolist():
        of_kind = cohorts.root == root
        of = int((of_kind & ~cohorts.after).sum()), int((of_kind & cohorts.after).sum())
        if min(of):
            amounts = {key for of_root, key in moved if of_root == cohorts.spans.operations[root]}
            found += list(_candidates(cohorts, carried, root, of, excluded, amounts))
    judged = _judged(cohorts, found)
    told = [each for each in judged if each.q is None or each.q < LEVEL]
    return sorted(_the_tellings(told), key=lambda each: (each.value is not None, -each.divergence, each.key, str(each.value)))


def _candidates(
    cohorts: Cohorts, carried: Carried, root: int, of: tuple[int, int], excluded: Collection[str], moved: Collection[str]
) -> Iterator[_Candidate]:
    trace = cohorts.trace[carried.place]
    mine = cohorts.root[trace] == root
    trace, code, place = trace[mine], carried.code[mine], carried.place[mine]
    codes = np.unique(code).tolist()
    by_key: dict[str, dict[str, list[int]]] = {}
    for number_ in codes:
        key, value = carried.pairs[number_]
        by_key.setdefault(key, {}).setdefault(canonical(value), []).append(number_)
    group = np.full(len(carried.pairs), -1)
    wanted: list[tuple[str, Any]] = []
    for key, values in by_key.items():
        if plain_key(key) in excluded or tells_status(key):
            continue
        wanted.append((key, None))
        if (
            key not in moved
            and len(values) <= MOST_VALUES
            and not _is_amount(carried.pairs[each[0]][1] for each in values.values())
        ):
            for same in values.values():
                group[same] = len(wanted)
                wanted.append((key, carried.pairs[same[0]][1]))
    key_group = {key: place_ for place_, (key, value) in enumerate(wanted) if value is None}
    of_key = np.array([key_group.get(key, -1) for key, _ in carried.pairs], np.int64)
    for table in (group, of_key):
        yield from _counted(cohorts, table[code], trace, place, wanted, root, of)


def _counted(
    cohorts: Cohorts, group: Ints, trace: Ints, place: Ints, wanted: Sequence[tuple[str, Any]], root: int, of: tuple[int, int]
) -> Iterator[_Candidate]:
    """In how many requests of each side each of `wanted` is. `group` of a pair that no value stands for is -1."""
    chosen = group >= 0
    many = len(cohorts.ids)
    pairs, first = np.unique(group[chosen] * many + trace[chosen], return_index=True)
    which, after = pairs // many, cohorts.after[pairs % many]
    operation = cohorts.spans.operation[place[chosen][first]]
    hits = [np.bincount(which[side], minlength=len(wanted)) for side in (~after, after)]
    start = np.flatnonzero(np.diff(which, prepend=-1))
    for at in start.tolist():
        number_ = int(which[at])
        key, value = wanted[number_]
        yield _Candidate(root, key, value, int(operation[at]), (int(hits[0][number_]), int(hits[1][number_])), of)


def _is_amount(values: Iterable[Any]) -> bool:
    found = [amount(value) for value in values]
    return len(found) > AMOUNTS and all(each is not None for each in found)


def _judged(cohorts: Cohorts, candidates: Sequence[_Candidate]) -> list[ValueFinding]:
    """The candidates that differ enough, with their q among all that have enough support."""
    supported = [each for each in candidates if _is_supported(each)]
    tested = [each for each in supported if min(each.of) >= LEAST] if significance.can_test() else []
    p = [significance.fisher(each.hits[0], each.of[0], each.hits[1], each.of[1]) if _differs(each) else 1.0 for each in tested]
    q = dict(zip(map(id, tested), significance.false_discovery(p) if p else [], strict=True))
    apart = _divergences(candidates)
    return [_finding(cohorts, each, q.get(id(each)), apart[each.root, each.key]) for each in supported if _differs(each)]


def _is_supported(each: _Candidate) -> bool:
    return sum(each.hits) >= max(LEAST_HITS, LEAST_SUPPORT * sum(each.of))


def _shares(each: _Candidate) -> tuple[float, float]:
    return each.hits[0] / each.of[0], each.hits[1] / each.of[1]


def _differs(each: _Candidate) -> bool:
    before, after = _shares(each)
    if each.value is None and min(before, after) > _GONE:
        return False  # a key is news only where it came or went
    return abs(after - before) >= LEAST_DIFFERENCE and (before == 0 or not 1 / LEAST_LIFT < after / before < LEAST_LIFT)


def _divergences(candidates: Sequence[_Candidate]) -> dict[tuple[int, str], float]:
    """(kind, key) → the Jensen–Shannon divergence of its values before and after, in bits."""
    counts: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for each in candidates:
        counts.setdefault((each.root, each.key), [])
        if each.value is not None:
            counts[each.root, each.key].append(each.hits)
    return {key: _divergence(pairs) for key, pairs in counts.items()}


def _divergence(pairs: Sequence[tuple[int, int]]) -> float:
    sums = [max(1, sum(pair[side] for pair in pairs)) for side in (0, 1)]
    total = 0.0
    for pair in pairs:
        one, other = pair[0] / sums[0], pair[1] / sums[1]
        middle = (one + other) / 2
        total += sum(share * log2(share / middle) for share in (one, other) if share) / 2
    return total


def _finding(cohorts: Cohorts, each: _Candidate, q: float | None, divergence: float) -> ValueFinding:
    before, after = _shares(each)
    operations = cohorts.spans.operations
    return ValueFinding(
        operations[each.root], each.key, each.value, operations[each.operation], before, after, *each.hits,
        after / before if before else None,
        significance.difference_interval(each.hits[0], each.of[0], each.hits[1], each.of[1]), q, divergence,
    )  # fmt: skip


def _the_tellings(found: Sequence[ValueFinding]) -> Iterator[ValueFinding]:
    """Of each key in each kind of request what became more frequent; what became less so where nothing did; no values of
    a key that came or went."""
    news = {(each.root, each.key) for each in found if each.value is None}
    more = {(each.root, each.key) for each in found if each.after > each.before}
    for each in found:
        at = each.root, each.key
        if (each.value is None or at not in news) and (each.after > each.before or at not in more):
            yield each
