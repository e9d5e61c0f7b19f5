"""Keys looked up within their traces, for many traces at once. Rows of one trace lie together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.reconstruct.spans.runs import Numbers, Truths

SMALL = 48
"""Traces of no more rows are compared row by row, as blocks of traces of one size; larger ones are sorted."""

_BLOCK = 1 << 20
"""Comparisons of one block: few enough that they stay in the processor's cache."""


def begins(trace: Numbers) -> Numbers:
    """Where each trace begins, in a column of their numbers (or of their ids)."""
    if not len(trace):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.r_[True, trace[1:] != trace[:-1]])


def numbered(first: Numbers, many: int) -> Numbers:
    """The number of the trace of each of so many rows, from 0. first: where each trace begins."""
    return np.repeat(np.arange(len(first)), np.diff(np.append(first, many)))


def places_of(first: Numbers, key: Numbers, wanted: Numbers, asked: Truths) -> Numbers:
    """For each row that is asked for the place of the last row of its trace with the key that is wanted; -1 where there
    is none, and for all other rows."""
    found = np.full(len(key), -1, np.int64)
    for rows in _blocks(first, len(key)):
        own, other = key[rows], wanted[rows]
        if rows.shape[1] > SMALL:
            order = np.argsort(own[0], kind="stable")
            at = np.searchsorted(own[0][order], other[0], side="right") - 1
            place = order[np.maximum(at, 0)]
            found[rows[0]] = np.where(own[0][place] == other[0], rows[0][place], -1)
            continue
        for at in range(rows.shape[1]):
            same = own[:, at, None] == other
            trace, row = np.nonzero(same)
            found[rows[trace, row]] = rows[trace, at]
    found[~asked] = -1
    return found


def doubled(first: Numbers, key: Numbers) -> Truths:
    """Which traces have a span key more than once; rows of lines that name no span do not count."""
    found = np.zeros(len(first), np.bool_)
    for rows in _blocks(first, len(key)):
        keys = np.sort(key[rows], axis=1)
        found[np.searchsorted(first, rows[:, 0])] = ((keys[:, 1:] == keys[:, :-1]) & (keys[:, 1:] != NO_SPAN)).any(axis=1)
    return found


def _blocks(first: Numbers, many: int) -> Iterator[Numbers]:
    """The rows of all traces, as blocks of traces of one size: a row of the block for each."""
    sizes = np.diff(np.append(first, many))
    for size in np.unique(sizes).tolist():
        starts = first[sizes == size]
        step = max(1, _BLOCK // size**2) if size <= SMALL else 1
        for begin in range(0, len(starts), step):
            yield starts[begin : begin + step, None] + np.arange(size)
