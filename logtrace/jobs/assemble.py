"""Assembly: trace rows for all traces that got new span rows. The second half of every ingest."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.jobs.assembler import MODEL_VERSION, Batch
from logtrace.jobs.pool import Pool
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


def assemble(writer: Writer, pool: Pool, since: int) -> Assembled:
    """Assembles all traces with rows that no assembly has seen, also those that a killed run left.

    since: the highest row id before the run that calls. Every batch is a transaction; the note that all is assembled
    comes with the last, so that a run that is killed in between is taken up again by the next.
    """
    lows, highest = writer.dirty_traces(MODEL_VERSION), writer.highest_row()
    fresh = since == 0
    done = Assembled()
    for start in range(0, len(lows), TRACES):
        while not pool.room():
            done = _take(writer, pool, done)
        pool.send(("assemble", str(writer.path), lows[start : start + TRACES], since))
    while (more := _take(writer, pool, done)) is not done:
        done = more
    in_time = writer.by_start(lows)
    for start in range(0, len(in_time), DOCUMENTS):
        writer.begin()
        writer.add_documents(in_time[start : start + DOCUMENTS])
        writer.commit()
    if lows:
        writer.begin()
        writer.set_assembled(highest)
        writer.commit()
        if fresh:
            writer.analyze()
    return done


def _take(writer: Writer, pool: Pool, done: Assembled) -> Assembled:
    """Writes the batches that are ready; `done` itself where none was."""
    for _, message in pool.answers():
        batch = Batch(*message)
        writer.begin()
        writer.replace_rows(batch.dropped, batch.changed)
        new, changed = writer.replace_traces(batch.lows, batch.traces)
        writer.commit()
        done = Assembled(
            done.traces_new + new,
            done.traces_changed + changed,
            done.spans_changed + batch.spans_changed,
            done.duplicates + batch.duplicates,
        )
    return done
