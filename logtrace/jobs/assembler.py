"""Span rows → trace rows, for all traces that got new rows: the second half of an ingest.

A worker process reads the rows of a batch of traces. A plain trace (see reconstruct.trace) costs a look at its numbers;
any other is rebuilt from its fragments, and its rows are rewritten with what was inferred.
"""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.ids import NO_SPAN
from logtrace.jobs.pool import Message
from logtrace.model import Flag
from logtrace.reconstruct.fragments import merged
from logtrace.reconstruct.naming import operation_of
from logtrace.reconstruct.trace import Rebuilt, by_trace, is_plain, rebuild, root_of, summary
from logtrace.store.reader import FragmentReader, Outline
from logtrace.store.rows import SOURCES, row, shown, shown_alone
from logtrace.store.terms import documents

if TYPE_CHECKING:
    from logtrace.reconstruct.tables import Tables

NO_MODEL = 0
"""Kept with a trace of which no parent had to be inferred, instead of the version of a model."""

SETTLED_PARENTS = frozenset(SOURCES.index(name) for name in ("none", "root", "explicit"))
OBSERVED = frozenset(SOURCES.index(name) for name in ("field", "duration", "record"))
SLACK_NS = 50_000
TROUBLE = int(Flag.MANY_PARENTS | Flag.SELF_PARENT | Flag.CYCLE_CUT)
"""What the rows of a plain trace have: evidence of parents and of ends by number, none of these flags."""


class Batch(NamedTuple):
    """What assembly of some traces found; plain values.

    traces      rows of `trace`, where the root stands as an operation id or as (service, name, kind)
    dropped     ids of rows whose fragment was merged into another
    changed     (id of a row, its new columns, the operation it names as (service, name, kind))
    duplicates  lines that turned out to be copies
    spans_changed   spans known before that got new lines
    inferred    what was inferred of rows (see inference.Inferred)
    open        low halves of traces whose parents are to be inferred, once the model is known
    uneven      whether times of a plain trace say that clocks may differ
    """

    lows: list[int]
    traces: list[tuple[Any, ...]]
    dropped: list[int]
    changed: list[tuple[int, tuple[Any, ...], tuple[str, str, str]]]
    duplicates: int
    spans_changed: int
    inferred: list[tuple[Any, ...]]
    open: list[int]
    uneven: bool = False


class _Join(NamedTuple):
    """Rows (by id, the smallest first) that became one, its columns and operation, the lines that were copies."""

    ids: list[int]
    row: tuple[Any, ...]
    operation: tuple[str, str, str]
    copies: int


def _with_joins(batch: Batch, joins: list[_Join], since: int) -> Batch:
    for join in joins:
        batch.changed.append((join.ids[0], join.row, join.operation))
        batch.dropped.extend(join.ids[1:])
    copies = sum(join.copies for join in joins)
    grown = sum(join.ids[0] <= since < join.ids[-1] for join in joins)
    return batch._replace(duplicates=batch.duplicates + copies, spans_changed=batch.spans_changed + grown)


class Assembler:
    """Assembles batches of traces, in a worker process or in this one."""

    def __init__(self, path: Path) -> None:
        self._reader = FragmentReader(path)
        self._tables: tuple[int, Tables] | None = None

    def close(self) -> None:
        """Closes its connection to the store."""
        self._reader.close()

    def __call__(self, lows: list[int], since: int) -> Message:
        """A Batch of the traces with these low halves. since: highest row id that was there before this run."""
        batch = Batch([], [], [], [], 0, 0, [], [])
        for low, group in groupby(self._reader.outlines(lows), key=itemgetter(1)):
            rows = list(group)
            joins: list[_Join] = []
            if len({row[3] for row in rows}) != len(rows):
                rows, joins = self._joined(rows)
            numbered = all(join.row[5] for join in joins)  # 0: the store has no operation like that of the whole yet
            made = _plain_trace(rows, self._reader) if numbered else None
            if made is None:
                batch.open.append(low)
            else:
                batch.lows.append(low)
                batch.traces.append(made)
                if not batch.uneven and _is_uneven(rows, self._reader):
                    batch = batch._replace(uneven=True)
            batch = _with_joins(batch, joins, since)
        return tuple(batch)

    def words(self, number: int, lows: list[int]) -> Message:
        """(number, what search is to know of the traces with these low halves): see store.terms."""
        return number, documents(self._reader, lows)

    def infer(self, lows: list[int], since: int) -> Message:
        """A Batch of the traces with these low halves, whose parents are to be inferred with the model of the store."""
        from logtrace.jobs.inference import infer, own_rows
        from logtrace.reconstruct.tables import Tables

        model = self._reader.model()
        if self._tables is None or self._tables[0] != model.version:
            self._tables = model.version, Tables(model)
        batch = Batch(lows, [], [], [], 0, 0, [], [])
        stored, own, difficult = [], [], []
        for low, group in groupby(self._reader.outlines(lows), key=itemgetter(1)):
            rows = list(group)
            alone = own_rows(rows, self._reader)
            if alone is None:
                difficult.append(low)
            else:
                stored.append(rows)
                own.append(alone)
        found = infer(stored, own, model, self._tables[1], self._reader)
        batch.inferred.extend(found.rows)
        batch.traces.extend(found.traces)
        for low in difficult:
            batch = self._difficult(batch, low, since)
        return tuple(batch)

    def _joined(self, rows: list[Outline]) -> tuple[list[Outline], list[_Join]]:
        """The rows of a trace with those that are parts of one span (its lines lay in several blocks) made one."""
        parts: dict[tuple[int, str, int], list[Outline]] = {}
        for outline in rows:
            parts.setdefault((outline.key, self._reader.service(outline.operation_id), outline.high), []).append(outline)
        joined: list[Outline] = []
        joins: list[_Join] = []
        for same in parts.values():
            if len(same) == 1:
                joined.append(same[0])
                continue
            fragments = [self._reader.fragment(outline.id) for outline in same]
            whole = reduce(merged, fragments)
            operation, rank = operation_of(whole)
            made = row(whole, shown_alone(whole), self._reader.operation_id(operation), rank, self._reader.attribute_id)
            copies = sum(len(fragment.lines) for fragment in fragments) - len(whole.lines)
            joins.append(_Join(sorted(outline.id for outline in same), made, operation, copies))
            joined.append(Outline.of_row(joins[-1].ids[0], made))
        return joined, joins

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


def _is_uneven(rows: list[Outline], reader: FragmentReader) -> bool:
    """Whether a span of one service lies outside its parent of another: asynchronous work, or clocks that differ."""
    by_key = {row.key: row for row in rows if row.key != NO_SPAN}
    for span in rows:
        above = by_key.get(span.parent)
        if above is None or span.start_ns is None or above.start_ns is None or span.operation_id == above.operation_id:
            continue
        after = span.start_ns + (span.duration_ns or 0) - above.start_ns - (above.duration_ns or 0)
        outside = span.start_ns < above.start_ns or after > SLACK_NS
        if outside and reader.service(span.operation_id) != reader.service(above.operation_id):
            return True
    return False


def _trace_row(low: int, high: int, short: bool, rebuilt: Rebuilt, version: int) -> tuple[Any, ...]:
    found = summary(rebuilt, "")
    root = root_of(rebuilt)
    return (
        low, high, int(short), found.start_ns, found.duration_ns, ("", "", "") if root is None else operation_of(root)[0],
        found.spans, found.services, found.errors, found.inferred, found.lines, int(found.partial),
        int(found.lower_bound), version,
    )  # fmt: skip


def _plain_trace(rows: list[Outline], reader: FragmentReader) -> tuple[Any, ...] | None:
    """The trace row of a plain trace from the numbers of its rows alone; None where it needs to be rebuilt.

    Agrees with `summary(rebuild(...))`: a property test holds that.
    """
    low, high = rows[0].low, rows[0].high
    edges: list[tuple[int, int]] = []
    services = set()
    errors = lines = loose = 0
    root_id = first = last = None
    for _, _, row_high, key, parent, operation_id, start_ns, duration_ns, facts, error, flags, n_lines, _ in rows:
        if row_high != high:
            return None
        lines += n_lines
        services.add(reader.service(operation_id))
        if start_ns is not None:
            end_ns = start_ns + (duration_ns or 0)
            first = start_ns if first is None or start_ns < first else first
            last = end_ns if last is None or end_ns > last else last
        errors += error > 0
        if key == NO_SPAN:
            loose += 1
            continue
        if (facts >> 20 & 15) not in OBSERVED or (facts >> 24 & 15) not in OBSERVED or (facts >> 16 & 15) not in SETTLED_PARENTS:
            return None
        if flags & TROUBLE:
            return None
        if parent == NO_SPAN:
            root_id = operation_id
        edges.append((key, parent))
    if loose > 1 or not edges or not is_plain(edges):
        return None
    duration = None if first is None or last is None else last - first
    services.discard("")
    return (low, high, 0, first, duration, root_id, len(edges), len(services), errors, 0, lines, 0, 0, NO_MODEL)
