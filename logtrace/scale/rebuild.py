"""The shuffled rows of whole traces → rows of Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from logtrace.analysis.preservation import in_sample
from logtrace.parquet.meta import Model
from logtrace.parquet.rows import Columns, Names, told
from logtrace.parquet.schema import date_of
from logtrace.query.grammar import parse
from logtrace.scale.shuffled import FIELDS, mixed
from logtrace.scale.stored import Place, stored
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.whole import Key, Spelling, all_traces, whole_rows
from logtrace.store.upkeep.preserve import matching

BUCKETS = 64
"""Partitions of a day."""

MOST_ROWS = 200_000
"""Rows of one trace that are put together; of a larger one the first so many, and it is said of each of its spans."""

_LOW = FIELDS.index("trace_low")


class Sample(NamedTuple):
    """Which traces stay: those that an expression in `always` holds for, and of the others a share (1: all)."""

    share: float = 1.0
    always: tuple[str, ...] = ()


class Rebuilder(NamedTuple):
    """What every machine knows. places: by the number of a split."""

    model: Model | None
    places: Sequence[Place]
    sample: Sample = Sample()
    most_rows: int = MOST_ROWS

    def rows(self, shuffled: Iterable[Sequence[Any]]) -> Iterator[Columns]:
        """The rows of Parquet of whole traces, each with its `date` and `bucket`. shuffled: in the order of traces, within
        each the earliest first."""
        capped: set[int] = set()
        with stored(self._capped(shuffled, capped), self.model) as reader:
            names = Names(
                reader.operation, reader.attribute_pair, self.places.__getitem__, Spelling(reader).span_text, reader.body
            )
            for each in whole_rows(reader, self._staying(reader)):
                bucket = int(mixed(np.array([each.trace.low]), BUCKETS)[0])
                columns = told(each.row, each.trace, names, capped=each.trace.low in capped)
                yield {**columns, "date": date_of(each.start_ns), "bucket": bucket}

    def _capped(self, shuffled: Iterable[Sequence[Any]], capped: set[int]) -> Iterator[Sequence[Any]]:
        """The rows without those of a trace that has too many; notes its low half."""
        low, many = 0, 0
        for row in shuffled:
            low, many = row[_LOW], many + 1 if row[_LOW] == low else 1
            if many <= self.most_rows:
                yield row
            else:
                capped.add(low)

    def _staying(self, reader: FragmentReader) -> Iterator[Key]:
        """The traces that stay, oldest first."""
        share, always = self.sample
        if share >= 1:
            return all_traces(reader)
        wanted = {key for expression in always for key in matching(reader, parse(expression))}
        return (key for key in all_traces(reader) if key in wanted or in_sample(*key, share))
