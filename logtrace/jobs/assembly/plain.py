"""Traces that lines tell whole: their rows of `trace` from the numbers of their span rows alone.

A property test holds that they are what `summary(rebuild(...))` finds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.model import Flag
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.reconstruct.spans.within import doubled, numbered, places_of
from logtrace.store.rows.of_fragments import SOURCES
from logtrace.store.rows.spanrows import END, PARENT, START, SpanRows, among, distinct_in, services_of

NO_MODEL = 0
"""Kept with a plain trace instead of the version of a model: none changes it."""

SLACK_NS = 50_000
_SETTLED_PARENTS = frozenset(SOURCES.index(name) for name in ("none", "root", "explicit"))
_OBSERVED = frozenset(SOURCES.index(name) for name in ("field", "duration", "record"))
_TROUBLE = int(Flag.MANY_PARENTS | Flag.SELF_PARENT | Flag.CYCLE_CUT)
"""What the rows of a plain trace have: evidence of parents and of ends by number, none of these flags."""

_MOST_NS, _LEAST_NS = (1 << 63) - 1, NONE
_ROUNDS = 40


class Plain(NamedTuple):
    """What is known of traces from numbers alone.

    lows      the low halves of the plain ones; traces: their rows of `trace`
    left      the low halves of the others
    asking    whether some of the others ask for a model: those of which lines name all parents lack ends or starts alone
    uneven    whether times say that clocks may differ
    """

    lows: list[int]
    traces: list[tuple[Any, ...]]
    left: list[int]
    asking: bool
    uneven: bool


def plain_traces(rows: SpanRows, service: Callable[[int], str]) -> Plain:
    """The rows of `trace` of all plain traces. service: gives that of an operation."""
    if not len(rows.id):
        return Plain([], [], [], False, False)
    first = rows.first
    trace = numbered(first, len(rows.id))
    spans = rows.key != NO_SPAN
    roots = spans & (rows.parent == NO_SPAN)
    up = places_of(first, rows.key, rows.parent, spans & ~roots)
    count = np.add.reduceat(spans.astype(np.int64), first)
    settled = ~np.logical_or.reduceat(_is_odd(rows, spans, first, trace) | (spans & ~below(up, roots)), first)
    settled &= ~crowded(rows, service) & (np.add.reduceat(roots.astype(np.int64), first) == 1)
    starts, ends = among(rows.source(START), _OBSERVED), among(rows.source(END), _OBSERVED)
    plain = settled & ~np.logical_or.reduceat(spans & ~(starts & ends), first)
    timed, end = rows.start != NONE, rows.start + rows.taken_ns
    begun = np.minimum.reduceat(np.where(timed, rows.start, _MOST_NS), first)
    ended = np.maximum.reduceat(np.where(timed, end, _LEAST_NS), first)
    root = np.zeros(len(first), np.int64)
    root[trace[roots]] = rows.operation[roots]
    services = services_of(rows.operation, service)
    found = zip(
        *(column[plain].tolist() for column in (
            rows.low[first], rows.high[first], begun, ended, root, count, distinct_in(trace, services, len(first)),
            np.add.reduceat((rows.error > 0).astype(np.int64), first), np.add.reduceat(rows.lines, first),
        )), strict=True,
    )  # fmt: skip
    traces = [
        (low, high, 0, *((begun, ended - begun) if ended != _LEAST_NS else (None, None)), root, count, services, errors, 0,
         lines, 0, 0, NO_MODEL)
        for low, high, begun, ended, root, count, services, errors, lines in found
    ]  # fmt: skip
    early = starts & starts[up] & (rows.start < rows.start[up])
    outside = timed & timed[up] & (early | (ends & ends[up] & (end - end[up] > SLACK_NS)))
    uneven = bool((outside & (services != services[up]) & (up >= 0) & settled[trace]).any())
    return Plain([row[0] for row in traces], traces, rows.low[first][~plain].tolist(), not settled.all(), uneven)


def crowded(rows: SpanRows, service: Callable[[int], str]) -> Truths:
    """Which traces have several rows of one span; or rows of lines that name no span of which one is of no known service: its
    lines may be copies of the others', see `merged_loose`."""
    first, loose = rows.first, rows.key == NO_SPAN
    trace = numbered(first, len(rows.id))[loose]
    nameless = services_of(rows.operation[loose], service) == 0
    several = np.bincount(trace, minlength=len(first)) > 1
    found: Truths = doubled(first, rows.key) | (several & (np.bincount(trace[nameless], minlength=len(first)) > 0))
    return found


def _is_odd(rows: SpanRows, spans: Truths, first: Numbers, trace: Numbers) -> Truths:
    """Which rows no trace has whose parents are settled."""
    settled = among(rows.source(PARENT), _SETTLED_PARENTS) & (rows.flags & _TROUBLE == 0)
    odd: Truths = (rows.high != rows.high[first][trace]) | (spans & ~settled)
    return odd


def below(up: Numbers, tops: Truths) -> Truths:
    """Which rows are tops, or somewhere below one. up: the place of each row's parent, -1 where there is none."""
    at = np.where(up >= 0, up, np.arange(len(up)))
    for _ in range(_ROUNDS):  # doubles the steps each time
        further = at[at]
        if np.array_equal(further, at):
            break
        at = further
    found: Truths = tops[at]
    return found
