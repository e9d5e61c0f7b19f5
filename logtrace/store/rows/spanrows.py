"""The numbers of many rows of `span` as columns, those of one trace together: what assembly looks at first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from logtrace.distinct import distinct
from logtrace.reconstruct.spans.runs import NONE, Numbers, Truths
from logtrace.reconstruct.spans.within import begins
from logtrace.store.rows.of_fragments import Row


class Begun(NamedTuple):
    """start: of the first row of each trace; low: the low halves of their ids."""

    start: Numbers
    low: Numbers


def by_start(begun: Sequence[Begun]) -> tuple[list[int], list[int]]:
    """(the low halves of traces by start, the places at which they stand)."""
    start, low = map(np.concatenate, zip(*begun, strict=True))
    order = np.lexsort((low, start))
    return low[order].tolist(), order.tolist()


class SpanRows(NamedTuple):
    """Columns of one length. NONE stands for a start, a duration or a confidence that there is not."""

    id: Numbers
    low: Numbers
    high: Numbers
    key: Numbers
    parent: Numbers
    operation: Numbers
    start: Numbers
    duration: Numbers
    facts: Numbers
    error: Numbers
    flags: Numbers
    lines: Numbers
    confidence: Numbers

    def take(self, which: Numbers | Truths | slice) -> SpanRows:
        """Those at some places, or that are marked."""
        return SpanRows._make(column[which] for column in self)

    def parts(self, many: int, lows: list[int]) -> Iterator[SpanRows]:
        """The rows of the traces with some low halves, in parts of whole traces: what so many rows have of them."""
        first, start = np.append(self.first, len(self.id)), 0
        wanted = np.isin(self.low, np.array(lows, np.int64))
        while start < len(self.id):
            end = int(first[min(int(np.searchsorted(first, start + many)), len(first) - 1)])
            if wanted[start:end].any():
                yield self.take(start + np.flatnonzero(wanted[start:end]))
            start = end

    def starting(self, traces: int) -> SpanRows:
        """Those of the first so many traces."""
        return self.take(slice(int(np.append(self.first, len(self.id))[: traces + 1][-1])))

    def up_to(self, many: int) -> SpanRows:
        """Those of the first traces that together have no more than so many rows."""
        ends = np.append(self.first, len(self.id))
        return self.take(slice(int(ends[ends <= many].max(initial=0))))

    def begun(self) -> Begun:
        """When each trace began."""
        return Begun(np.minimum.reduceat(self.start, self.first) if len(self.id) else self.start, self.low[self.first])

    def ids_of(self, traces: Sequence[int]) -> list[list[int]]:
        """The ids of the rows of some traces, which are told by their places."""
        bounds = np.append(self.first, len(self.id))
        return [self.id[bounds[at] : bounds[at + 1]].tolist() for at in traces]

    def changes(self) -> Iterator[tuple[Any, ...]]:
        """What inference changes, by id: (parent, confidence, start, duration, facts, flags, id), None for NONE."""
        order = np.argsort(self.id)
        for at in range(0, len(order), _AT_ONCE):
            some = self.take(order[at : at + _AT_ONCE])
            yield from zip(
                some.parent.tolist(), _or_none(some.confidence), some.start.tolist(), _or_none(some.duration),
                some.facts.tolist(), some.flags.tolist(), some.id.tolist(), strict=True,
            )  # fmt: skip

    @property
    def first(self) -> Numbers:
        """Where each trace begins."""
        return begins(self.low)

    @property
    def taken_ns(self) -> Numbers:
        """The durations; 0 where there is none."""
        return np.where(self.duration == NONE, 0, self.duration)

    def source(self, shift: int) -> Numbers:
        """What stands in `facts` from a bit on: see store.rows.of_fragments."""
        return self.facts >> shift & 15

    def dumped(self) -> bytes:
        """The rows on their way to another process."""
        return np.array(self, np.int64).tobytes()

    @classmethod
    def loaded(cls, data: bytes) -> SpanRows:
        """The rows that were dumped."""
        return cls._make(np.frombuffer(data, np.int64).reshape(len(cls._fields), -1))

    @classmethod
    def numbered(cls, numbered: Iterable[tuple[int, Row]]) -> SpanRows:
        """Rows with all their columns (see store.rows.of_fragments.COLUMNS) and their ids."""
        found = [(at, *row[:3], row[3] or 0, *row[5:12], row[4]) for at, row in numbered]
        return cls.of_numbers([[NONE if each is None else each for each in row] for row in found])

    @classmethod
    def of_numbers(cls, rows: list[Any]) -> SpanRows:
        """Rows from their numbers, in the order of the fields."""
        return cls._make(np.array(rows, np.int64).reshape(-1, len(cls._fields)).T)

    @classmethod
    def joined(cls, parts: Iterable[SpanRows]) -> SpanRows:
        """Several as one."""
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


_AT_ONCE = 10_000


def _or_none(numbers: Numbers) -> list[int | None]:
    return [None if each == NONE else each for each in numbers.tolist()]


PARENT, START, END = 16, 20, 24
"""Where `facts` has the sources of parent, start and end."""


def among(numbers: Numbers, wanted: Iterable[int]) -> Truths:
    """Whether numbers of four bits are among some."""
    table = np.zeros(16, np.bool_)
    table[list(wanted)] = True
    found: Truths = table[numbers]
    return found


def services_of(operation: Numbers, service: Callable[[int], str]) -> Numbers:
    """A number for the service of each row, 0 for none. service: gives that of an operation."""
    numbers = {"": 0}
    known = np.unique(operation)
    told = np.array([numbers.setdefault(service(each), len(numbers)) for each in known.tolist()], np.int64)
    found: Numbers = told[np.searchsorted(known, operation)]
    return found


def distinct_in(trace: Numbers, number: Numbers, many: int) -> Numbers:
    """How many different numbers each of so many traces has, 0 left out."""
    named = number > 0
    width = int(number.max(initial=0)) + 1
    pairs = distinct(trace[named] * width + number[named])
    found: Numbers = np.bincount(pairs // width, minlength=many).astype(np.int64)
    return found
