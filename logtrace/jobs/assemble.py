"""Assembly: trace rows for all traces that got new span rows. The second half of every ingest."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.jobs.assembler import Batch
from logtrace.jobs.bulk import Bulk, Plain, plain_traces
from logtrace.jobs.pool import Pool
from logtrace.store import history
from logtrace.store.reader import FragmentReader
from logtrace.store.writer import Writer

TRACES = 400
"""Traces of one job: about as many as a block of log gives."""

DOCUMENTS = 10_000
"""Traces that are made known to search in one transaction."""


class Assembled(NamedTuple):
    """What an assembly did."""

    traces_new: int = 0
    traces_changed: int = 0
    spans_changed: int = 0
    duplicates: int = 0


def assemble(writer: Writer, pool: Pool, since: int, bulk: Bulk | None = None, *, learn: bool = False) -> Assembled:
    """Assembles all traces with rows that no assembly has seen, also those that a killed run left.

    since: the highest row id before the run that calls; bulk: the numbers of all rows of a store that was empty then;
    learn: there is more to learn from than rows.
    First come the traces that lines tell whole; then the model is made of all that is known, and parents are inferred
    with it, also of older traces where it is a new one. Every batch is a transaction; the note that all is assembled
    comes with the last, so that a run that is killed in between is taken up again by the next.
    """
    highest, done, plain = writer.highest_row(), Assembled(), Plain([], [], [], False)
    if bulk is not None and bulk.whole:
        plain = plain_traces(bulk.columns(), writer.services())
        writer.begin()
        writer.replace_traces([], plain.traces)
        writer.commit()
        done = Assembled(traces_new=len(plain.traces))
        writer.index_for_assembly()
    left = plain.left if plain.lows else writer.dirty_traces()
    done, open_, uneven = _all(writer, pool, "assemble", left, since, done)
    lows, uneven = [*plain.lows, *left], uneven or plain.uneven
    if lows or learn or _rules_changed(writer):
        writer.note_uneven(uneven)
        open_ = _with_model(writer, open_, learn)
    else:
        open_ += writer.inferred_traces(writer.model()[0])
    done, _, _ = _all(writer, pool, "infer", open_, since, done)
    _index(writer, pool, lows)
    if lows:
        writer.begin()
        writer.set_assembled(highest)
        writer.commit()
    if lows and since == 0:
        writer.analyze()
    if lows:
        history.remember(writer.connection, writer.path)
    return done


def _index(writer: Writer, pool: Pool, lows: list[int]) -> None:
    """Makes the indexes that reading needs, and traces known to search. While SQLite sorts, workers collect words."""
    in_time = writer.by_start(lows)
    parts = [in_time[start : start + DOCUMENTS] for start in range(0, len(in_time), DOCUMENTS)]
    sent = _ask_for_words(writer, pool, parts, 0)
    writer.begin()
    writer.index_for_reading()
    writer.commit()
    written, found = 0, dict[int, list[tuple[int, str]]]()
    while written < len(parts):
        found.update(answer for _, answer in pool.answers())
        sent = _ask_for_words(writer, pool, parts, sent)
        while written in found:
            writer.begin()
            writer.add_documents(found.pop(written))
            writer.commit()
            written += 1


def _ask_for_words(writer: Writer, pool: Pool, parts: list[list[int]], sent: int) -> int:
    """Gives workers as many parts as they take: how many are given by then."""
    while sent < len(parts) and pool.room():
        pool.send(("words", str(writer.path), sent, parts[sent]))
        sent += 1
    return sent


def _all(
    writer: Writer, pool: Pool, job: str, lows: list[int], since: int, done: Assembled
) -> tuple[Assembled, list[int], bool]:  # fmt: skip
    """Does a job for all traces, in batches: (what was done by then, the traces that are left to infer, whether clocks
    may differ)."""
    open_: list[int] = []
    uneven: list[int] = []
    for start in range(0, len(lows), TRACES):
        while not pool.room():
            done = _take(writer, pool, done, open_, uneven)
        pool.send((job, str(writer.path), lows[start : start + TRACES], since))
    while (more := _take(writer, pool, done, open_, uneven)) is not done:
        done = more
    return done, open_, bool(uneven)


def _rules_changed(writer: Writer) -> bool:
    version, rules = writer.model()
    if not version:
        return False
    from logtrace.reconstruct.priors import RULES

    return rules != RULES


def _with_model(writer: Writer, open_: list[int], learn: bool) -> list[int]:
    """Makes the model of the store, where anything is inferred with it, or a clock needs a correction; the traces whose
    parents are to be inferred."""
    needed = bool(open_) or learn or bool(writer.model()[0])
    if not needed and not writer.is_uneven():
        return []
    from logtrace.jobs.learning import clocks_differ, model_of
    from logtrace.reconstruct.clocks import clocks_text
    from logtrace.reconstruct.priors import RULES

    with FragmentReader(writer.path) as reader:
        lows = [*reader.lows(), *open_]
        if not needed and not clocks_differ(reader, lows):
            return []
        model = model_of(reader, lows)
    if writer.model()[0] != model.version:
        writer.begin()
        writer.save_model(model.version, RULES, model.text(), clocks_text(model.clocks))
        writer.commit()
    return sorted({*open_, *writer.inferred_traces(model.version)})


def _take(writer: Writer, pool: Pool, done: Assembled, open_: list[int], uneven: list[int]) -> Assembled:
    """Writes the batches that are ready; `done` itself where none was."""
    for _, message in pool.answers():
        batch = Batch(*message)
        writer.begin()
        writer.replace_rows(batch.dropped, batch.changed)
        writer.infer(batch.inferred)
        new, changed = writer.replace_traces(batch.lows, batch.traces)
        writer.commit()
        open_.extend(batch.open)
        uneven.extend(batch.lows[:1] if batch.uneven else ())
        done = Assembled(
            done.traces_new + new,
            done.traces_changed + changed,
            done.spans_changed + batch.spans_changed,
            done.duplicates + batch.duplicates,
        )
    return done
