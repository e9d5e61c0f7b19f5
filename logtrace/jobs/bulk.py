"""The traces of a first bulk, assembled from the numbers of their rows as they came by: nothing is read back.

All plain traces (see reconstruct.trace) get their rows of `trace` by a few operations over columns; the others are left
to the assembler, which reads their rows. A property test holds that both agree on what is plain, and on its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembler import NO_MODEL, OBSERVED, SETTLED_PARENTS, SLACK_NS, TROUBLE
from logtrace.reconstruct.runs import NONE, Numbers, Truths
from logtrace.store.packed import NUMBERS, Packed, columns_of
from logtrace.store.rows import Row

MOST = 3_000_000
"""Rows of which the numbers are kept: about 90 bytes each."""

_PLACES = (0, 1, 2, 3, 5, 6, 7, 8, 10, 11)  # of NUMBERS in a Row; 9 is its error
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)
_ROUNDS = 40
_MOST_NS, _LEAST_NS = (1 << 63) - 1, NONE


class Bulk:
    """The numbers of all rows that a run wrote. `whole`: whether they are all there."""

    def __init__(self) -> None:
        self._parts: list[Numbers] = []
        self._count = 0
        self.whole = True

    def add(self, packed: Packed, rows: Iterable[Row]) -> None:
        """Takes rows as they are written."""
        if not self.whole:
            return
        told = columns_of(packed)
        others = [[NONE if row[at] is None else row[at] for at in (*_PLACES, 9)] for row in rows]
        self._parts.append(np.vstack([told, np.zeros(told.shape[1], np.int64)]))
        if others:
            self._parts.append(np.array(others, np.int64).T)
        self._count += told.shape[1] + len(others)
        if self._count > MOST:
            self._parts.clear()
            self.whole = False

    def columns(self) -> Numbers:
        """The NUMBERS of all rows and their errors, a row of the array for each."""
        return np.hstack(self._parts) if self._parts else np.empty((len(NUMBERS) + 1, 0), np.int64)


class Plain(NamedTuple):
    """What is known of traces from numbers alone.

    lows      the low halves of the plain ones; traces: their rows of `trace`
    left      the low halves of the others
    uneven    whether times say that clocks may differ
    """

    lows: list[int]
    traces: list[tuple[Any, ...]]
    left: list[int]
    uneven: bool


class _Tree(NamedTuple):
    """Rows of spans by trace. up: where the row of each span's parent is, its own where there is none."""

    trace: Numbers
    up: Numbers


def plain_traces(columns: Numbers, services: Mapping[int, str]) -> Plain:
    """The rows of `trace` of all plain traces among rows of `span`. services: by operation number."""
    if not columns.shape[1]:
        return Plain([], [], [], False)
    order = np.argsort(columns[0], kind="stable")
    low, high, key, parent, operation, start, duration, facts, flags, lines, error = columns[:, order]
    firsts = np.flatnonzero(np.r_[True, np.diff(low) != 0])
    sizes = np.diff(np.r_[firsts, len(low)])
    trace = np.repeat(np.arange(len(firsts)), sizes)
    spans, parent = key != NO_SPAN, np.where(parent == NONE, NO_SPAN, parent)
    roots = spans & (parent == NO_SPAN)
    odd = spans & ~(_among(facts >> 20, OBSERVED) & _among(facts >> 24, OBSERVED) & _among(facts >> 16, SETTLED_PARENTS))
    odd |= (high != high[firsts][trace]) | (spans & (flags & TROUBLE != 0))
    tree, lost = _tree(trace, key, parent, spans, roots)
    odd |= lost
    count = np.add.reduceat(spans.astype(np.int64), firsts)
    plain = ~np.logical_or.reduceat(odd, firsts)
    plain &= (np.add.reduceat(roots.astype(np.int64), firsts) == 1) & (count > 0) & (sizes - count <= 1)
    timed = start != NONE
    end = start + np.where(duration == NONE, 0, duration)
    first = np.minimum.reduceat(np.where(timed, start, _MOST_NS), firsts)
    last = np.maximum.reduceat(np.where(timed, end, _LEAST_NS), firsts)
    root_operation = np.zeros(len(firsts), np.int64)
    root_operation[trace[roots]] = operation[roots]
    service = _service_numbers(operation, services)
    found = zip(
        *(column[plain].tolist() for column in (
            low[firsts], high[firsts], first, last, root_operation, count, _distinct(trace, service, len(firsts)),
            np.add.reduceat((error > 0).astype(np.int64), firsts), np.add.reduceat(lines, firsts),
        )), strict=True,
    )  # fmt: skip
    rows = [
        (low, high, 0, *((first, last - first) if last != _LEAST_NS else (None, None)), root, spans, services, errors, 0, lines,
         0, 0, NO_MODEL)
        for low, high, first, last, root, spans, services, errors, lines in found
    ]  # fmt: skip
    outside = timed & timed[tree.up] & ((start < start[tree.up]) | (end - end[tree.up] > SLACK_NS))
    uneven = bool((outside & (service != service[tree.up]) & plain[trace]).any())
    return Plain([row[0] for row in rows], rows, low[firsts][~plain].tolist(), uneven)


def _among(packed: Numbers, wanted: Sequence[int] | frozenset[int]) -> Truths:
    """Whether the lowest four bits are one of some numbers."""
    table = np.zeros(16, np.bool_)
    table[list(wanted)] = True
    found: Truths = table[packed & 15]
    return found


def _tree(trace: Numbers, key: Numbers, parent: Numbers, spans: Truths, roots: Truths) -> tuple[_Tree, Truths]:
    """(where the parents are, which rows are copies, have no parent there, or are not below a root)."""
    own, wanted = _mixed(trace, key), _mixed(trace, parent)
    by_own = np.argsort(own, kind="stable")
    same = np.flatnonzero(own[by_own][1:] == own[by_own][:-1])
    lost = np.zeros(len(key), np.bool_)
    lost[by_own[same]] = lost[by_own[same + 1]] = True
    places = by_own[np.minimum(np.searchsorted(own[by_own], wanted), len(own) - 1)]
    known = spans & ~roots & (key[places] == parent) & (trace[places] == trace)
    lost |= spans & ~roots & ~known
    up = np.where(known, places, np.arange(len(key)))
    top = up
    for _ in range(_ROUNDS):  # doubles the steps each time
        further = top[top]
        if np.array_equal(further, top):
            break
        top = further
    lost |= spans & ~roots[top]
    return _Tree(trace, up), lost


def _mixed(trace: Numbers, key: Numbers) -> Numbers:
    """A number for each (trace, key); two with the same one only make a trace look odd."""
    with np.errstate(over="ignore"):
        mixed = key.astype(np.uint64) * _MIX[0] + trace.astype(np.uint64) * _MIX[1]
        mixed ^= mixed >> np.uint64(29)
    found: Numbers = mixed.astype(np.int64)
    return found


def _service_numbers(operation: Numbers, services: Mapping[int, str]) -> Numbers:
    """A number for the service of each row, 0 for none."""
    numbers = {"": 0}
    known = np.unique(operation)
    told = np.array([numbers.setdefault(services[each], len(numbers)) for each in known.tolist()], np.int64)
    found: Numbers = told[np.searchsorted(known, operation)]
    return found


def _distinct(trace: Numbers, service: Numbers, many: int) -> Numbers:
    """How many services each trace has."""
    named = service > 0
    width = int(service.max(initial=0)) + 1
    pairs = np.unique(trace[named] * width + service[named])
    found: Numbers = np.bincount(pairs // width, minlength=many).astype(np.int64)
    return found
