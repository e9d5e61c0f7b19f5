"""Ingest: files → store. Recognises what was read before, hands blocks to workers, writes what comes back in order.

sources → blocks → workers (decode, collect, encode, compress) → writer → assembly
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from logtrace.account import Account
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import STDIN
from logtrace.ingest.records import DEFAULTS, Settings
from logtrace.jobs.assembly.assemble import Assembled, assemble
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.intake.off_units import inherited, off_units
from logtrace.jobs.intake.planning import NOWHERE, Planner
from logtrace.jobs.intake.recording import Progress, Recorder
from logtrace.jobs.intake.reread import read_anew
from logtrace.jobs.intake.tally import Tally
from logtrace.jobs.intake.window import Window
from logtrace.jobs.workers.pool import Pool, make_pool
from logtrace.store.file.database import writing
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.writing.writer import Writer


def ingest(
    store: Path,
    paths: list[str],
    settings: Settings = DEFAULTS,
    *,
    shared: bool = False,
    progress: Progress | None = None,
    window: Window | None = None,
    places: Mapping[str, str] = NOWHERE,
) -> Account:
    """Reads log files into a store and gives the account of every line.

    Only what is new is read: lines behind the committed offset of a known file, whatever its name is now. Trouble with
    one file is told in the account (`files_unreadable`); the others are read. Raises StoreError where the store can't
    be written; what was committed until then stays, and the next run goes on from there.

    window      lines with a time outside it are left out, for good: the file counts as read
    places      where the bytes of some files are instead
    """
    started, tally = time.monotonic(), Tally()
    files, unreadable = expand(paths, tally.left_out)
    tally.unreadable += unreadable
    size = sum(map(_size, files))
    pool = make_pool(Handler, size if STDIN not in files else sys.maxsize)
    try:
        with writing(store):
            writer = Writer(store, shared)
            try:
                writer.widen()
                writer.begin()
                before = writer.totals()
                recorder = Recorder(writer, pool, tally, size, progress)
                settings = inherited(settings, recorder.sources())
                done = _read(writer, pool, files, recorder, Planner(writer, recorder, settings, tally, window, places), tally)
                return account_of(tally, before, writer.totals(), done, time.monotonic() - started)
            finally:
                pool.close()  # its readers first: the last connection to close, the writer, tidies the file up
                writer.close()
    finally:
        pool.close()


def _size(path: str) -> int:
    try:
        return os.path.getsize(path) if path != STDIN else 0
    except OSError:
        return 0


def _read(writer: Writer, pool: Pool, files: list[str], recorder: Recorder, planner: Planner, tally: Tally) -> Assembled:
    """Reads the files and assembles the traces."""
    highest, known, settings = writer.highest_row(), writer.assembled(), planner.settings
    for task in planner.tasks(files):
        while not pool.room():
            recorder.receive()
        pool.send(("block", *task[:-2], tuple(task.settings), task.kept))
        recorder.write_ready()
    recorder.finish()
    if planner.reread:
        read_anew(writer, pool, dict.fromkeys(planner.reread, settings))
        tally.notes.append(f"the settings changed: {len(planner.reread)} known sources were read anew from the store")
    tally.notes += planner.notes()
    bulk, known = (None, 0) if planner.reread else (recorder.bulk, known)
    with FragmentReader(writer.path) as reader:
        off = off_units(reader, settings, highest, writer.highest_row())
    if off is not None:
        tally.notes += off.notes
    if off is not None and off.settings != settings:
        read_anew(writer, pool, {source.id: off.settings for source in recorder.sources()})
        tally.doubts.forget_durations()
        bulk, known = None, 0
    if settings.trace_key:
        tally.notes.append(f"lines are grouped by {settings.trace_key}, before any trace id")
    return assemble(writer, pool, known, bulk)


def account_of(tally: Tally, before: tuple[int, int], after: tuple[int, int], done: Assembled, wall_s: float) -> Account:
    """The account of what was counted. before, after: traces and spans of the store."""
    counts = tally.counts
    return Account(
        lines_read=counts["lines"], lines_used=counts["used"], lines_duplicate=counts["duplicates"] + done.duplicates,
        lines_without_trace=counts["untraced"], lines_rejected=sum(tally.reasons.values()),
        rejected_by_reason=dict(tally.reasons.most_common()), rejected_examples=tuple(tally.examples),
        redacted_by_rule=dict(tally.redacted.most_common()),
        bytes_read=counts["bytes"], files_read=counts["files"], files_unchanged=counts["unchanged"],
        files_unreadable=tuple((u.path, u.reason) for u in tally.unreadable),
        traces=after[0], traces_new=done.traces_new, traces_changed=done.traces_changed, spans=after[1],
        spans_new=max(0, after[1] - before[1]), spans_changed=done.spans_changed, wall_s=wall_s,
        notes=(*tally.notes, *tally.sentences()),
    )  # fmt: skip
