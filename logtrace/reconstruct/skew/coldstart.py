"""Offsets of clocks where no line names a parent: from operations that always fit one another.

A call of b by a takes less time than a, in every trace, and what has to be added to b's clock so that a holds b lies in an
interval. Where all of these intervals share a point, a called b; by accident they hardly do:

    a   |----------|       |---------------|     |------|
    b        |------|           |-----------|        |--|        one shift to the left fits all three

Where a trace has several of them, each b lies within some a; that one shift of them all brings each into one is as unlikely.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.forest.candidates import LINGERS
from logtrace.reconstruct.forest.columns import Flags, Floats, Ints
from logtrace.reconstruct.skew.offsets import COLD_SLACK_NS, SLACK_NS, Offset, Region, overlap

FEWEST, MANY = 12, 200
"""So many traces make a case: of fewer, calls fit one another by chance; one of so many may differ."""

FITS = 0.95
"""An operation fits around another where so large a share of its spans are longer."""

CLOSEST = 6
"""Of the operations that fit around one, those that fit most closely are tried."""

OPERATIONS = 128

ALIKE, AROUND = 3, 0.5
"""Lengths that differ by so many times the play that the one has in the other are not alike by chance. Where so large a share of
spans is held as times are, nothing speaks against these."""

PAIRS, FEW_PAIRS, ENOUGH = 1_000_000, 50_000, 40
"""So many pairs of spans are looked at; where a few traces are enough, so few, or those of so many traces."""

_HULL = -1

_NEAR_NS, _FAR_NS = 1 << 42, 1 << 44
"""Times of one request differ by less; and by more."""


class Spans(NamedTuple):
    """Spans with both ends known, as columns: number of the trace, domain, operation, start and end in ns."""

    trace: Ints
    domain: Ints
    operation: Ints
    start: Ints
    end: Ints


class _Fit(NamedTuple):
    """An operation that another fits around: by how much on the whole, their domains, what may be added to its times."""

    slack: int
    outer: int
    inner: int
    region: Region


def contradicted(spans: Spans) -> bool:
    """Whether clocks have to differ, wherever else spans may lie: spans of one operation take as long as those of another, but
    are not where these are. A few traces show it."""
    domain, kind = _kinds(spans)
    length = spans.end - spans.start
    for pairs, seen in _pairs(spans, kind, len(domain), FEW_PAIRS):
        for close in _closest(pairs, seen, len(domain), 1):
            at = slice(close.low, close.behind)
            inner, slack = np.unique(pairs.inner[at]), max(close.slack, COLD_SLACK_NS)
            around = (pairs.low[at] <= slack) & (pairs.high[at] >= -slack)
            if np.std(length[inner]) < ALIKE * close.slack or around.sum() >= AROUND * len(inner):
                continue
            region = _region(pairs.inner[at], pairs.low[at], pairs.high[at], close.cases, 2 * close.slack)
            if region is not None and not region.allows_zero(slack):
                return True
    return False


def first_offsets(spans: Spans) -> list[Offset]:
    """Offsets that connect domains in trees, the closest fits first."""
    pairs: dict[tuple[int, int], list[_Fit]] = {}
    for fit in sorted(_not_queued(list(_fits(_with_hulls(spans))))):
        turned = fit._replace(outer=fit.inner, inner=fit.outer, region=fit.region.turned()) if fit.outer > fit.inner else fit
        pairs.setdefault((turned.outer, turned.inner), []).append(turned)
    part: dict[int, int] = {}
    found: list[Offset] = []
    for fit in sorted(agreed for fits in pairs.values() if (agreed := _agreed(fits)) is not None):
        a, b = part.setdefault(fit.outer, fit.outer), part.setdefault(fit.inner, fit.inner)
        if a != b:
            part = {domain: a if root == b else root for domain, root in part.items()}
            found.append(Offset(fit.outer, fit.inner, {None: fit.region}))
    return found


def _not_queued(fits: Sequence[_Fit]) -> list[_Fit]:
    """The fits without those that a queue explains as well: spans of a domain that calls no other lie behind what fits around
    them, by less than the play that they have in it, so that they fit though each begins as late as it may.

        a   |---------------|                |-------------|
        b                     |--|                           |---|     a late clock, or what consumes messages of a
    """
    calls = {fit.outer for fit in fits}
    return [fit for fit in fits if fit.inner in calls or not -fit.slack < fit.region.high < -COLD_SLACK_NS]


def _with_hulls(spans: Spans) -> Spans:
    """The spans, and where a trace has several of a domain, what lies around all of these, as spans of the operation -1: what one
    call of another asked for lies within that."""
    each = np.flatnonzero(np.bincount(group := spans.trace * (int(spans.domain.max(initial=0)) + 1) + spans.domain) > 1)
    start, end = np.full(int(group.max(initial=0)) + 1, np.iinfo(np.int64).max), np.zeros(int(group.max(initial=0)) + 1, np.int64)
    np.minimum.at(start, group, spans.start)
    np.maximum.at(end, group, spans.end)
    many = int(spans.domain.max(initial=0)) + 1
    hulls = each // many, each % many, np.full(len(each), _HULL), start[each], end[each]
    order = np.argsort(np.append(spans.trace, hulls[0]), kind="stable")
    return Spans._make(np.append(column, more)[order] for column, more in zip(spans, hulls, strict=True))


def loose(spans: Spans, shift: Sequence[int]) -> int:
    """How many spans, but for the first of each trace, no other holds, with so much added to the times of each domain."""
    added = np.array(shift, np.int64)[spans.domain]
    start, end = spans.start + added, spans.end + added
    order = np.lexsort((start - end, start, spans.trace))
    late = np.maximum(SLACK_NS, LINGERS * (end - start)).astype(np.int64)
    found, latest, trace = 0, 0, -1
    for number, ends, more in zip(spans.trace[order].tolist(), end[order].tolist(), late[order].tolist(), strict=True):
        found += number == trace and ends > latest + more
        latest, trace = max(ends, latest) if number == trace else ends, number
    return found


def _agreed(fits: list[_Fit]) -> _Fit | None:
    """The closest of the fits of two domains, unless as many of them allow the clocks to agree as they are."""
    plain = [fit for fit in fits if fit.region.allows_zero(COLD_SLACK_NS)]
    closest = fits[0]
    same = sum(fit.region.low <= closest.region.point <= fit.region.high for fit in fits)
    return closest if same > len(plain) else plain[0] if plain else None


class _Pairs(NamedTuple):
    """Spans of a trace and of two domains, the second of which takes no longer, in the order of the columns: the operations of
    both as one number, the second span, and what may be added to its times so that the first holds it, from `low` to `high`."""

    code: Ints
    inner: Ints
    low: Ints
    high: Ints


def _pairs(spans: Spans, kind: Ints, kinds: int, most: int) -> Iterator[tuple[_Pairs, Floats]]:
    """The pairs of the first traces, so many if these are enough, none where the first has more of them alone; and for each two
    kinds the traces that have both, and the spans of the second in these. Then the same of kinds that a trace has once."""
    first = np.flatnonzero(np.diff(spans.trace, prepend=-1))
    size = np.diff(first, append=len(spans.trace))
    pairs = np.cumsum(size**2)
    many = max(int((pairs <= most).sum()), int((pairs[:ENOUGH] <= PAIRS).sum()))
    first, size = first[:many], size[:many]
    each = np.repeat(size, size)
    inner = np.repeat(np.arange(len(each)), each)
    outer = np.repeat(np.repeat(first, size), each) + np.arange(len(inner)) - np.repeat(np.cumsum(each) - each, each)
    length = spans.end - spans.start
    kept = (spans.domain[inner] != spans.domain[outer]) & (length[outer] >= length[inner])
    kept &= (kind[inner] >= 0) & (kind[outer] >= 0) & (spans.operation[outer] != _HULL)
    inner, outer = inner[kept], outer[kept]
    code, low = kind[outer] * kinds + kind[inner], spans.start[outer] - spans.start[inner]
    order = np.lexsort((low, inner, code))
    inner, outer = inner[order], outer[order]
    both = _Pairs(code[order], inner, low[order], spans.end[outer] - spans.end[inner])
    trace, there = np.repeat(np.arange(many), size), np.zeros((many, kinds))
    told = kind[: len(each)] >= 0
    np.add.at(there, (trace[told], kind[: len(each)][told]), 1)
    for has, kept in (there > 0, np.full(len(inner), True)), (there == 1, _alone(there, trace, kind, inner, outer)):
        also = has.astype(float).T
        yield _Pairs._make(column[kept] for column in both), np.stack([also @ has, also @ (there * has)])


def _alone(there: Floats, trace: Ints, kind: Ints, inner: Ints, outer: Ints) -> Flags:
    """Which pairs are of spans that no other of their trace is like."""
    alone: Flags = (there[trace[inner], kind[inner]] == 1) & (there[trace[outer], kind[outer]] == 1)
    return alone


class _Close(NamedTuple):
    """Two operations of which the first fits around the second: their numbers, how closely on the whole, of how many spans, and
    which of the pairs are theirs."""

    slack: int
    outer: int
    inner: int
    cases: int
    low: int
    behind: int


def _fits(spans: Spans) -> Iterator[_Fit]:
    """All fits of spans whose lengths differ by more than the play that they have in what fits around them; where these tell
    nothing of two operations, those of spans that no other of their trace is like. Of what fits most closely around an operation
    all that allow the clocks to agree: raw times are preferred."""
    domain, kind = _kinds(spans)
    length = spans.end - spans.start
    found: set[tuple[int, int]] = set()
    every, alone = _pairs(spans, kind, len(domain), PAIRS)
    for pairs, seen in (every, alone):
        last = -1
        for close in _closest(pairs, seen, len(domain), CLOSEST):
            at = slice(close.low, close.behind)
            inner, low, high = pairs.inner[at], pairs.low[at], pairs.high[at]
            alike = pairs is alone[0] or np.std(length[np.unique(inner)]) >= close.slack
            closest, last = last != close.inner, close.inner
            late = (LINGERS * length[inner]).astype(np.int64)
            for ends in (high, high + late) if (alike or closest) and (close.outer, close.inner) not in found else ():
                region = _region(inner, low, ends, close.cases, 2 * close.slack)
                if region is not None and (alike or region.allows_zero(COLD_SLACK_NS)):
                    found.add((close.outer, close.inner))
                    yield _Fit(close.slack, int(domain[close.outer]), int(domain[close.inner]), region)
                    break


def _kinds(spans: Spans) -> tuple[Ints, Ints]:
    """(domain of each kind, kind of each span or -1): the operations of a domain that come in most traces."""
    keys, kind = np.unique(np.stack([spans.domain, spans.operation]), axis=1, return_inverse=True)
    many = keys.shape[1]
    traces = np.bincount(np.unique(spans.trace * many + kind) % many, minlength=many)
    often = np.sort(np.argsort(-traces, kind="stable")[:OPERATIONS])
    number = np.full(many, -1)
    number[often] = np.arange(len(often))
    return keys[0, often], number[kind]


def _closest(pairs: _Pairs, seen: Floats, kinds: int, most: int) -> list[_Close]:
    """Of the operations that fit around one, so many that fit most closely."""
    first = np.flatnonzero((np.diff(pairs.code, prepend=-1) != 0) | (np.diff(pairs.inner, prepend=-1) != 0))
    if not len(first):
        return []
    tightest, code = np.minimum.reduceat(pairs.high - pairs.low, first), pairs.code[first]
    codes, begins = np.unique(code, return_index=True)
    found: dict[int, list[_Close]] = {}
    for of, low, behind in zip(codes.tolist(), begins.tolist(), [*begins[1:].tolist(), len(code)], strict=True):
        outer, inner = of // kinds, of % kinds
        traces, cases = seen[:, outer, inner].tolist()
        if traces >= FEWEST and behind - low >= FITS * cases:
            rows = int(first[low]), int(first[behind]) if behind < len(first) else len(pairs.code)
            slack = int(np.median(tightest[low:behind]))
            found.setdefault(inner, []).append(_Close(slack, outer, inner, int(cases), *rows))
    return [close for inner in sorted(found) for close in sorted(found[inner])[:most]]


def _region(inner: Ints, low: Ints, high: Ints, cases: int, widest: int) -> Region | None:
    """The region that intervals of nearly all spans cover, where there is but one. Intervals of a span that overlap are one."""
    group = np.cumsum(np.diff(inner, prepend=-1) != 0) * _FAR_NS
    low, high = np.clip(low, -_NEAR_NS, _NEAR_NS), np.clip(high, -_NEAR_NS, _NEAR_NS)
    reach = np.maximum.accumulate(high + group)
    first = np.flatnonzero(np.append(True, low[1:] + group[1:] > reach[:-1]))
    low, high = low[first], (reach - group)[np.append(first[1:], len(group)) - 1]
    region = overlap(low, high)
    part = len(low) / cases
    region = region._replace(share=region.share * part, zero=region.zero * part, cases=cases)
    least = cases - cases // MANY
    if round(region.share * cases) < least:
        return None
    ends = np.append(low, high)
    order = np.lexsort((np.arange(len(ends)) >= len(low), ends))
    enough = np.flatnonzero(np.cumsum(np.where(order < len(low), 1, -1)) >= least)
    apart = int(ends[order[enough[-1] + 1]] - ends[order[enough[0]]])
    return region if apart <= widest else None
