"""Assembly: trace rows for all traces that got new span rows. The second half of every ingest.

Batches of traces go to workers and come back as rows to write. The first bulk of a store takes a shorter way through the
same steps: the numbers of its rows are still at hand, and what changes is written in one go through the table.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from logtrace.jobs.assembly.assembler import NOTHING, Batch, replaced
from logtrace.jobs.assembly.bulk import Bulk
from logtrace.jobs.assembly.errands import Errands
from logtrace.jobs.assembly.joins import parts_of_spans
from logtrace.jobs.assembly.plain import plain_traces
from logtrace.jobs.workers.pool import Pool
from logtrace.store.reading import history
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.spanrows import Begun, SpanRows, by_start
from logtrace.store.writing.writer import Writer

TRACES = 2_000
"""Traces of one job."""

ROWS = 20_000
"""Rows of one job, where rows are given."""

JOINS = 3_000
"""Spans of one job whose rows are to be joined."""

MANY_ROWS = 10_000
"""From so many new rows on they are copied from the log of the store into its file beside the assembly, not at the end."""

DOCUMENTS = 4_000
"""Traces that are made known to search in one transaction."""


class Assembled(NamedTuple):
    """What an assembly did. Changed are traces and spans that were there and that a reader sees otherwise now."""

    traces_new: int = 0
    traces_changed: int = 0
    spans_changed: int = 0
    duplicates: int = 0


def assemble(
    writer: Writer, pool: Pool, since: int, bulk: Bulk | None = None, *, learn: bool = False, frozen: bool = False
) -> Assembled:  # fmt: skip
    """Assembles all traces with rows that no assembly has seen, also those that a killed run left.

    since: the highest row id that the assembly before has seen; bulk: the numbers of all rows of a store that was empty then;
    learn: there is more to learn from than rows; frozen: the model stays as it is, whatever rows there are.
    First come the traces that lines tell whole; then the model is made of all that is known, and parents are inferred
    with it, also of older traces where it is a new one. Every batch is a transaction; the note that all is assembled
    comes last, so that a run that is killed in between is taken up again by the next.
    """
    assembly, highest = _Assembly(writer, pool, since, learn, frozen), writer.highest_row()
    any_new = assembly.first(bulk) if bulk is not None and bulk.holds(highest) else assembly.some()
    assembly.add_documents()
    writer.begin()
    writer.index_for_reading()
    writer.commit()
    if any_new:
        writer.begin()
        writer.set_assembled(highest)
        writer.commit()
    if any_new and since == 0:
        writer.analyze()
    if any_new:
        history.remember(writer.connection, writer.path)
    return assembly.done


class _Assembly:
    """One run of an assembly, and what it did so far."""

    def __init__(self, writer: Writer, pool: Pool, since: int, learn: bool, frozen: bool) -> None:
        self._writer = writer
        self._errands = Errands(pool, writer.path)
        self._since = since
        self._learn = learn
        self._together = set[int]()  # ids of rows that were there before this run and got more parts in it
        self._frozen = frozen
        self._numbers = count()  # of the parts of traces that are asked for their words, in that order
        self._told = dict[int, Any]()  # the words of those that others before them wait for
        self._written = 0  # so many parts are known to search
        self.done = Assembled()

    def some(self) -> bool:
        """Assembles what no assembly has seen; whether there was any."""
        lows, uneven, asking, left = self._writer.dirty_traces(), False, False, list[int]()
        self._errands.ask("assemble", ((part, self._since) for part in _parts(lows, TRACES)))
        for batch in self._batches("assemble"):
            self._take(batch)
            left += batch.open
            asking, uneven = asking or batch.asking, uneven or batch.uneven
        if self._writer.highest_row() - self._since >= MANY_ROWS:
            self._errands.ask("copy_log", [()])
        self._ask_for_words(self._writer.by_start(sorted({*lows}.difference(left))))  # of the others rows may change
        open_ = left
        if lows or self._learn or _rules_changed(self._writer):
            self._writer.note_uneven(uneven)
            open_ = self._with_model(left, asking)
        elif version := self._writer.model()[0]:
            open_ = [*left, *self._writer.inferred_traces(version)]
        self._infer_from_store(open_)
        self._ask_for_words(self._writer.by_start(left))
        deque(self._errands.answers("copy_log"), maxlen=0)
        return bool(lows)

    def first(self, bulk: Bulk) -> bool:
        """Assembles the first traces of a store; whether there was any. bulk: the numbers of all rows."""
        begun, left, asking, uneven = list[Begun](), list[int](), False, False
        whole = SpanRows.of_numbers([])
        for rows in map(self._joined, bulk.parts()):
            begun.append(rows.begun())
            if bulk.many == 1:  # workers have nothing else to do until there is an index
                self._ask_for_words(*by_start(begun), rows)
            plain = plain_traces(rows, self._writer.services().__getitem__)
            self._take(NOTHING._replace(lows=plain.lows, traces=plain.traces))
            self._add_documents(self._errands.found("words"))
            left, asking, uneven = left + plain.left, asking or plain.asking, uneven or plain.uneven
            whole = rows if bulk.many == 1 else whole
            del rows  # the next are as many: they are not held together
        self._writer.index_for_assembly()  # by now: rows that became parts of others would have to go from it as well
        self._add_documents(self._errands.found("words"))
        if bulk.many > 1:
            self._ask_for_words(by_start(begun)[0])
        self._writer.note_uneven(uneven)
        open_ = self._with_model(left, asking)
        if bulk.many > 1:
            self._infer_from_store(open_)
        else:
            self._infer(whole, open_)
        return bool(begun)

    def _infer(self, rows: SpanRows, open_: list[int]) -> None:
        """Infers the parents in some traces of which all rows are given."""
        self._errands.ask("infer_rows", ((part.dumped(),) for part in rows.parts(ROWS, open_)), soon=True)
        inferred = [SpanRows.of_numbers([])]
        for batch in self._batches("infer_rows"):
            self._take(batch._replace(inferred=b""))
            inferred.append(SpanRows.loaded(batch.inferred))
            self._add_documents(self._errands.found("words"))
        self._take(NOTHING._replace(inferred=SpanRows.joined(inferred).dumped()))

    def _infer_from_store(self, open_: list[int]) -> None:
        """Infers the parents in some traces."""
        self._errands.ask("infer", ((part, self._since) for part in _parts(open_, TRACES)), soon=True)
        for batch in self._batches("infer"):
            self._take(batch)
            self._add_documents(self._errands.found("words"))

    def _joined(self, rows: SpanRows) -> SpanRows:
        """The rows with those made one that are parts of one span."""
        groups = parts_of_spans(rows, self._writer.services().__getitem__)
        self._errands.ask("join", ((part,) for part in _parts(groups, JOINS)))
        made, dropped = [SpanRows.of_numbers([])], list[int]()
        for batch in self._batches("join"):
            self._take(batch)
            operations = self._writer.name_operations(key for _, _, key in batch.changed)
            numbered = zip(batch.changed, operations, strict=True)
            made.append(SpanRows.numbered((at, (*row[:5], number, *row[6:])) for (at, row, _), number in numbered))
            dropped += batch.dropped
        return replaced(rows, SpanRows.joined(made), dropped)

    def _batches(self, kind: str) -> Iterator[Batch]:
        return (Batch(*answer) for answer in self._errands.answers(kind))

    def _take(self, batch: Batch) -> None:
        """Writes a batch."""
        inferred = SpanRows.loaded(batch.inferred)
        self._writer.begin()
        self._writer.replace_rows(batch.dropped, batch.changed)
        self._writer.infer(inferred.changes())
        replaced = self._writer.replace_traces(batch.lows, batch.traces)
        self._writer.commit()
        anew = self._inferred_anew(batch, inferred)
        changed = len(replaced.others) + len(set(replaced.same).intersection(anew.low.tolist()))
        done = self.done
        self.done = Assembled(
            done.traces_new + replaced.new, done.traces_changed + changed,
            done.spans_changed + batch.spans_changed + len(anew.id) + replaced.spans, done.duplicates + batch.duplicates,
        )  # fmt: skip

    def _inferred_anew(self, batch: Batch, inferred: SpanRows) -> SpanRows:
        """The rows of which something else is inferred than before this run. What was put together in it is no such row: what
        had been inferred of it is only found again."""
        self._together.update(row_id for row_id, _, _ in batch.changed if row_id <= self._since)
        if not self._since:
            return inferred.take(slice(0))
        together = np.fromiter(self._together, np.int64, len(self._together))
        return inferred.take((inferred.id <= self._since) & ~np.isin(inferred.id, together))

    def _with_model(self, open_: list[int], asking: bool) -> list[int]:
        """Makes the model of the store, where anything is inferred with it, or a clock needs a correction, else keeps none; the
        traces that are to be looked at with it. asking: whether some of the open ones ask for a model."""
        writer = self._writer
        if self._frozen:
            return open_
        kept = writer.model()[0]
        needed = asking or self._learn or (kept != 0 and writer.needs_model(open_))
        if not needed and not (writer.is_uneven() and self._clocks_differ(open_)):
            if kept:
                writer.begin()
                writer.drop_model()
                writer.commit()
            return open_
        from logtrace.jobs.assembly.learning import model_of
        from logtrace.reconstruct.evidence.priors import RULES
        from logtrace.reconstruct.spans.clocks import clocks_text

        with FragmentReader(writer.path, mapped=False) as reader:
            model = model_of(reader, open_)
        if kept != model.version:
            writer.begin()
            writer.save_model(model.version, RULES, model.text(), clocks_text(model.clocks))
            writer.commit()
        return sorted({*open_, *writer.inferred_traces(model.version)})

    def _clocks_differ(self, open_: list[int]) -> bool:
        from logtrace.jobs.assembly.learning import clocks_differ

        with FragmentReader(self._writer.path, mapped=False) as reader:
            return clocks_differ(reader, open_)

    def _ask_for_words(self, lows: list[int], places: Sequence[int] = (), rows: SpanRows | None = None) -> None:
        """Asks what search is to know of traces. rows: theirs, where they are at hand; places: which traces of these they are."""
        parts = (slice(start, start + DOCUMENTS) for start in range(0, len(lows), DOCUMENTS))
        self._errands.ask(
            "words", ((next(self._numbers), lows[part], [] if rows is None else rows.ids_of(places[part])) for part in parts)
        )

    def add_documents(self) -> None:
        """Makes all traces known to search whose words were asked for."""
        self._add_documents(self._errands.answers("words"))

    def _add_documents(self, found: Iterable[tuple[Any, ...]]) -> None:
        """Makes traces known to search as their words come, in the order in which they were asked for."""
        for number, words in found:
            self._told[number] = words
            while self._written in self._told:
                self._writer.begin()
                self._writer.add_documents(self._told.pop(self._written))
                self._writer.commit()
                self._written += 1


def _rules_changed(writer: Writer) -> bool:
    version, rules = writer.model()
    if not version:
        return False
    from logtrace.reconstruct.evidence.priors import RULES

    return rules != RULES


def _parts(all_: Sequence[Any], many: int) -> Iterator[Sequence[Any]]:
    return (all_[start : start + many] for start in range(0, len(all_), many))
