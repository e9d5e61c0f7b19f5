"""Span rows → trace rows, in a worker process, for all traces that got new rows: the second half of an ingest.

All rows of a batch of traces are looked at together, as columns of numbers. Only traces with trouble (cycles, ids that
spans share, several forms of one id) are rebuilt one by one from their fragments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.joins import Join, joins, parts_of_spans
from logtrace.jobs.assembly.plain import plain_traces
from logtrace.jobs.workers.pool import Message
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.trace import Rebuilt, by_trace, rebuild, root_of, summary
from logtrace.store.file.database import copy_log
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.of_fragments import row, shown, shown_alone
from logtrace.store.rows.spanrows import SpanRows
from logtrace.store.search.terms import documents


class Batch(NamedTuple):
    """What assembly of some traces found; plain values.

    traces      rows of `trace`, where the root stands as an operation id or as (service, name, kind)
    dropped     ids of rows whose fragment was merged into another
    changed     (id of a row, its new columns, the operation it names as (service, name, kind))
    duplicates  lines that turned out to be copies
    spans_changed   spans known before that got new lines
    inferred    the rows of which something was inferred, as SpanRows.dumped gives them
    open        low halves of traces that are no plain ones, and are to be looked at once the model is known
    asking      whether some of these ask for a model: see jobs.plain
    uneven      whether times of some trace say that clocks may differ
    """

    lows: list[int]
    traces: list[tuple[Any, ...]]
    dropped: list[int]
    changed: list[tuple[int, tuple[Any, ...], tuple[str, str, str]]]
    duplicates: int
    spans_changed: int
    inferred: bytes
    open: list[int]
    asking: bool = False
    uneven: bool = False


NOTHING = Batch([], [], [], [], 0, 0, b"", [])


def in_one(batches: Iterable[Batch]) -> Batch:
    """All that several batches found."""
    parts = list(batches)
    return Batch(
        lows=[low for part in parts for low in part.lows],
        traces=[row for part in parts for row in part.traces],
        dropped=[row_id for part in parts for row_id in part.dropped],
        changed=[change for part in parts for change in part.changed],
        duplicates=sum(part.duplicates for part in parts),
        spans_changed=sum(part.spans_changed for part in parts),
        inferred=SpanRows.joined([SpanRows.loaded(part.inferred) for part in parts or [NOTHING]]).dumped(),
        open=[low for part in parts for low in part.open],
        asking=any(part.asking for part in parts),
        uneven=any(part.uneven for part in parts),
    )


def _batch(lows: list[int], found: Sequence[Join] = (), since: int = 0) -> Batch:
    """A batch of what was joined. since: the highest row id before this run."""
    return Batch(
        lows,
        [],
        [row_id for join in found for row_id in join.ids[1:]],
        [(join.ids[0], join.row, join.operation) for join in found],
        sum(join.copies for join in found),
        sum(join.grown and join.ids[0] <= since < join.ids[-1] for join in found),
        b"",
        [],
    )


class Assembler:
    """Assembles batches of traces, in a worker process or in this one. Each answer is a Batch as a tuple."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = FragmentReader(path, mapped=False)
        self._reader.keep_many_pages()

    def close(self) -> None:
        """Closes its connection to the store."""
        self._reader.close()

    def answer(self, kind: str, *asked: Any) -> Message:
        """Does a job of a kind, which is one of the following methods."""
        kinds: dict[str, Callable[..., Message]] = {
            "assemble": self.assemble,
            "join": self.join,
            "infer": self.infer,
            "infer_rows": self.infer_rows,
            "words": self.words,
            "copy_log": self.copy_log,
        }
        return kinds[kind](*asked)

    def assemble(self, lows: list[int], since: int) -> Message:
        """The traces with these low halves that lines tell whole. since: highest row id that was there before this run."""
        return tuple(in_one(self._plain(rows, since) for rows in self._reader.span_rows(lows)))

    def _plain(self, rows: SpanRows, since: int) -> Batch:
        found = joins(self._reader, parts_of_spans(rows, self._reader.service))
        whole = SpanRows.numbered((join.ids[0], join.row) for join in found)
        rows = replaced(rows, whole, [row_id for join in found for row_id in join.ids[1:]])
        strange = rows.low[rows.operation == 0]  # the store has no operation like that of the whole yet
        plain = plain_traces(rows.take(~np.isin(rows.low, strange)), self._reader.service)
        batch = _batch(plain.lows, found, since)
        open_ = sorted({*plain.left, *strange.tolist()})
        return batch._replace(traces=plain.traces, open=open_, asking=plain.asking or len(strange) > 0, uneven=plain.uneven)

    def join(self, groups: list[list[int]]) -> Message:
        """The rows with these ids, those of each group made one."""
        return tuple(_batch([], joins(self._reader, groups)))

    def words(self, number: int, lows: list[int], rows: list[list[int]]) -> Message:
        """(number, what search is to know of the traces with these low halves, and rows): see store.search.terms."""
        return number, documents(self._reader, lows, rows)

    def copy_log(self) -> Message:
        """Nothing; what the log of the store holds is in its file by then."""
        copy_log(self._path)
        return ()

    def infer(self, lows: list[int], since: int) -> Message:
        """The traces with these low halves, whose parents are to be inferred with the model of the store."""
        return tuple(in_one(self._inferred(rows, since) for rows in self._reader.span_rows(lows)))

    def infer_rows(self, rows: bytes) -> Message:
        """As `infer`, for traces all of whose rows are given (see SpanRows.dumped) and were not there before this run."""
        return tuple(self._inferred(SpanRows.loaded(rows), 0))

    def _inferred(self, rows: SpanRows, since: int) -> Batch:
        from logtrace.jobs.assembly.inference import infer
        from logtrace.jobs.assembly.owned import own_rows
        from logtrace.reconstruct.evidence.tables import tables_of

        model = self._reader.model()
        owned = own_rows(rows, self._reader)
        found = infer(owned, model, tables_of(model), self._reader)
        batch = _batch(rows.low[rows.first].tolist())._replace(traces=found.traces, inferred=found.rows.dumped())
        for low in owned.difficult:
            batch = self._difficult(batch, low, since)
        return batch

    def _difficult(self, batch: Batch, low: int, since: int) -> Batch:
        """The batch with the traces of one more low half, rebuilt from their fragments."""
        kept = self._reader.rows(low)
        old = {row_id: columns for row_id, columns, _ in kept}
        free: dict[int, list[int]] = {}
        for row_id, _, fragment in kept:
            free.setdefault(fragment.span, []).append(row_id)
        grown = sum(min(ids) <= since < max(ids) for span, ids in free.items() if span != NO_SPAN)
        lines_left = 0
        for (_, high), fragments in by_trace([fragment for _, _, fragment in kept]).items():
            rebuilt = rebuild(fragments, self._reader.model, self._reader.clocks())
            parts = [(s.fragment, shown(s)) for s in rebuilt.spans if s.fragment is not None]
            parts += [(part, shown_alone(part)) for part in rebuilt.loose]
            for fragment, show in parts:
                lines_left += len(fragment.lines)
                operation, rank = operation_of(fragment)
                row_id = free[fragment.span].pop(0)
                made = row(fragment, show, self._reader.operation_id(operation), rank, self._reader.attribute_id)
                if old[row_id] != made:
                    batch.changed.append((row_id, made, operation))
            short = high != 0 and any(fragment.trace.high == 0 for fragment in fragments)
            batch.traces.append(_trace_row(low, high, short, rebuilt, self._reader.model().version))
        batch.dropped.extend(row_id for ids in free.values() for row_id in ids)
        copies = sum(len(fragment.lines) for _, _, fragment in kept) - lines_left
        return batch._replace(duplicates=batch.duplicates + copies, spans_changed=batch.spans_changed + grown)


def replaced(rows: SpanRows, whole: SpanRows, dropped: Sequence[int]) -> SpanRows:
    """Rows of which some have other numbers, and some, by id, are gone. The columns of `rows` are used up: of a million lines
    another copy of all takes forty megabytes."""
    if not len(whole.id):
        return rows
    kept = np.flatnonzero(~np.isin(rows.id, np.array(dropped, np.int64)))
    for column in rows:
        column[: len(kept)] = column[kept]
    rows = rows.take(slice(len(kept)))
    order = np.argsort(rows.id)
    at = order[np.searchsorted(rows.id, whole.id, sorter=order)]
    for column, numbers in zip(rows, whole, strict=True):
        column[at] = numbers
    return rows


def _trace_row(low: int, high: int, short: bool, rebuilt: Rebuilt, version: int) -> tuple[Any, ...]:
    found = summary(rebuilt, "")
    root = root_of(rebuilt)
    return (
        low, high, int(short), found.start_ns, found.duration_ns, ("", "", "") if root is None else operation_of(root)[0],
        found.spans, found.services, found.errors, found.inferred, found.lines, int(found.partial),
        int(found.lower_bound), version,
    )  # fmt: skip
