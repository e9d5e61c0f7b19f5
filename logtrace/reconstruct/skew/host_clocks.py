"""What each host's clock needs, from the offsets of pairs of hosts."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from logtrace.reconstruct.forest.columns import Floats, Ints
from logtrace.reconstruct.skew.offsets import COLD_SLACK_NS, SLACK_NS, Offset, middle_of
from logtrace.reconstruct.spans.clocks import Clock

_WEIGHT_NS = 20_000


def clocks(
    found: Sequence[Offset], domains: Sequence[str], spans: Ints, cold: bool = False, first: Sequence[Offset] = ()
) -> list[Clock]:
    """The clocks of domains: offsets of pairs, brought together by weighted least squares in each connected part, whose
    reference is the domain with most spans. Raw times are preferred: a clock that may agree as it is, as far as its
    uncertainty tells, is told with 0 to add. Nothing, where all may agree.

    first: offsets that were found before parents were inferred by their help. What was inferred by a wrong offset confirms it:
    so where these connect a domain, no less is left open than they do."""
    made: list[Clock] = []
    found = [offset for offset in found if not _contradicted(offset, found, len(domains))]
    slack = COLD_SLACK_NS if cold else SLACK_NS
    for part in _connected(found, len(domains)):
        reference = max(part, key=lambda domain: (spans[domain], domains[domain]))
        edges = [offset for offset in found if offset.a in part]
        agree = all(region.allows_zero(slack) for edge in edges for region in edge.windows.values())
        windows: list[int | None] = [*sorted({w for e in edges for w in e.windows if w is not None})] or [None]
        solved = [_solved(edges, part, reference, window, cold) for window in windows]
        ranges = [_ranges(edges, shift, reference, window) for window, shift in zip(windows, solved, strict=True)]
        before = [offset for offset in first if offset.a in part and offset.b in part]
        for each, window, shift in zip(ranges, windows, solved, strict=True) if before else ():
            each.update(_ranges(before, shift, reference, window))
        for domain in set(part) - {reference}:
            at = [(0 if w is None else middle_of(w), shift[domain]) for w, shift in zip(windows, solved, strict=True)]
            knots = tuple((when, round(shift)) for when, shift in at)
            mine = [region for e in edges if domain in (e.a, e.b) for region in e.windows.values()]
            width = min(region.high - region.low for region in mine)
            if agree or all(abs(shift) <= max(slack, width // 2) for _, shift in knots):
                knots = tuple((when, 0) for when, _ in knots)
            may = [each[domain] for each in ranges]
            unsure = max(max(most - shift, shift - least) for (_, shift), (least, most) in zip(knots, may, strict=True))
            cases = sum(region.cases for region in mine)
            made.append(Clock(domains[domain], knots, unsure, cases, domains[reference], cold))
    return sorted(made) if any(clock.corrects for clock in made) else []


def _ranges(
    edges: Sequence[Offset], shift: dict[int, float], reference: int, window: int | None
) -> dict[int, tuple[int, int]]:  # fmt: skip
    """The least and the most that may have to be added to each domain that edges connect with the reference.

    What calls between two leave open adds up along the way from the reference, the surest way of all:

        reference --(-2 … +5)-- a --(-1 … +3)-- b        b: -3 … +8
    """
    above: dict[int, dict[int, int]] = {}
    below: dict[int, dict[int, int]] = {}
    for edge in edges:
        region, apart = edge.region(window), round(shift[edge.b]) - round(shift[edge.a])
        more, less = max(region.most - apart, 0), max(apart - region.least, 0)
        for way, there, back in ((above, more, less), (below, less, more)):
            way.setdefault(edge.a, {})[edge.b] = there
            way.setdefault(edge.b, {})[edge.a] = back
    most, least = _shortest(above, reference), _shortest(below, reference)
    return {domain: (round(shift[domain]) - least[domain], round(shift[domain]) + most[domain]) for domain in most}


def _shortest(ways: dict[int, dict[int, int]], start: int) -> dict[int, int]:
    """How far each place is from the start, by the shortest way (Dijkstra)."""
    found: dict[int, int] = {}
    ahead = [(0, start)]
    while ahead:
        far, here = heappop(ahead)
        if here not in found:
            found[here] = far
            for there, step in ways.get(here, {}).items():
                heappush(ahead, (far + step, there))
    return found


def _contradicted(offset: Offset, found: Sequence[Offset], many: int) -> bool:
    """Whether narrow regions of others, which all allow the clocks to agree, connect what this one would move apart."""
    region = offset.windows.get(None)
    if region is None or region.allows_zero(SLACK_NS):
        return False
    apart = max(region.low, -region.high)
    narrow = [one for one in found if (of := one.windows.get(None)) and of.allows_zero(SLACK_NS) and of.high - of.low < apart / 2]
    return any({offset.a, offset.b} <= set(part) for part in _connected(narrow, many))


def _connected(found: Sequence[Offset], many: int) -> list[list[int]]:
    """The domains that offsets connect, part by part."""
    part = list(range(many))
    for offset in found:
        a, b = part[offset.a], part[offset.b]
        part = [min(a, b) if p in (a, b) else p for p in part]
    groups: dict[int, list[int]] = {}
    for domain, number in enumerate(part):
        groups.setdefault(number, []).append(domain)
    return [group for group in groups.values() if len(group) > 1]


def _solved(edges: Sequence[Offset], part: Sequence[int], reference: int, window: int | None, cold: bool) -> dict[int, float]:
    """What to add to each domain of a connected part in a window, so that the offsets of pairs fit best. Pairs that may
    agree as they are should, where their calls are known; else the middle of a region is safest: most spans stay within
    those that hold them."""
    free = [domain for domain in part if domain != reference]
    column = {domain: at for at, domain in enumerate(free)}
    rows: list[Floats] = []
    wanted: list[float] = []
    for edge in edges:
        region = edge.region(window)
        point = (region.low + region.high) // 2 if cold else region.point
        near, width = min(point - region.low, region.high - point), region.high - region.low
        weight = 1 / (max(2 * near, width / 4) + _WEIGHT_NS)
        row = np.zeros(len(free))
        if edge.b in column:
            row[column[edge.b]] += weight
        if edge.a in column:
            row[column[edge.a]] -= weight
        rows.append(row)
        wanted.append(0.0 if not cold and region.allows_zero(SLACK_NS) else weight * point)
    solution, *_ = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)
    return {reference: 0.0, **{domain: float(solution[at]) for domain, at in column.items()}}
