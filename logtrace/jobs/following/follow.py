"""Follow: an ingest that does not end. Round after round what is new in growing files goes into the store.

files that changed → tasks → store → assembly → traces that got lines, and after a while those that get no more
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from logtrace.account import Account
from logtrace.analysis.preservation import Policy
from logtrace.errors import UsageError
from logtrace.ids import TraceId
from logtrace.ingest.files.events import changes
from logtrace.ingest.files.followed import Followed, Place
from logtrace.ingest.files.sources import STDIN
from logtrace.ingest.records import DEFAULTS, Settings
from logtrace.jobs.assembly.assemble import Assembled, assemble
from logtrace.jobs.following.tending import Tending
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.intake.ingest import account_of
from logtrace.jobs.intake.off_units import inherited
from logtrace.jobs.intake.planning import Planner
from logtrace.jobs.intake.recording import Recorder
from logtrace.jobs.intake.reread import read_anew
from logtrace.jobs.intake.tally import Tally
from logtrace.jobs.intake.work import Task
from logtrace.jobs.keeping.prune import pruned_by
from logtrace.jobs.workers.pool import InProcess, Pool, make_pool
from logtrace.model import Trace, TraceSummary
from logtrace.query.grammar import parse
from logtrace.query.predicate import predicate
from logtrace.store.file.database import writing
from logtrace.store.reading.lists import summaries_of
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep.preserve import note_readings
from logtrace.store.writing.writer import Writer

Closed = Callable[[list[TraceSummary]], None]
"""Called with traces that got no line for CLOSED_AFTER_S, and at the end with those that are still open."""

CLOSED_AFTER_S = 5.0
ROUND_S = 2.0
"""So long lines are read before the traces of them can be seen, where there is a lot to read."""
PRUNED_EVERY_S = 600.0
REMEMBERED_LINES = 50_000
"""So many lines on, the ids and names of earlier ones are forgotten: of a log that goes on, most do not come again."""
LAST_S = 5.0
"""So long after it is time to stop lines are read, where there is a lot to read."""


def follow(
    store: Path,
    paths: list[str],
    stop: threading.Event,
    settings: Settings = DEFAULTS,
    *,
    shared: bool = False,
    closed: Closed | None = None,
    expression: str | None = None,
    policy: Policy | None = None,
    tending: Tending | None = None,
) -> Account:
    """Reads files as they grow, until `stop` is set; then once more, and gives the account of it all.

    Files may be renamed, copied and truncated, compressed, deleted and made anew, and new ones may come that a path names:
    as long as each is there for a second, and rotated copies are among the paths, nothing is lost and nothing read twice.
    All that was read is committed about every second; a process that is killed is taken up by the next where it was.
    Memory is that of one round. Raises UsageError for stdin and for what is no expression, StoreError where the store can't
    be written.

    closed, expression      what is called with traces that get no more lines, and with which (None: all)
    policy                  what stays how long: all else goes every PRUNED_EVERY_S, and at the end
    tending                 sees all traces that get no more lines, and looks at the clock in every round
    """
    if STDIN in paths:
        raise UsageError("stdin can't be followed", "an ingest without --follow reads it to its end")
    holds = predicate(parse(expression)) if expression else None
    with writing(store), closing(Followed(paths)) as files, closing(Writer(store, shared)) as writer:
        settings = inherited(settings, writer.sources())
        return _Follow(writer, files, settings, closed, holds, policy, tending).run(changes(paths, stop, store), stop)


class _Follow:
    """The state between rounds: counts, files in trouble, traces that may get more lines."""

    def __init__(
        self,
        writer: Writer,
        files: Followed,
        settings: Settings,
        closed: Closed | None,
        holds: Callable[[Trace], bool] | None,
        policy: Policy | None,
        tending: Tending | None,
    ) -> None:
        self._writer = writer
        self._files = files
        self._settings = settings
        self._closed = closed
        self._holds = holds
        self._policy = policy if policy is not None and not policy.is_empty else None
        self._pruned_at = time.monotonic()
        self._tending = tending
        self._tally = Tally()
        self._done = Assembled()
        self._trouble: dict[str, str] = {}
        self._end_at: float | None = None
        self._forgot_at = 0
        self._open: dict[int, float] = {}  # low half of a trace id → when the trace got its last line

    def run(self, news: Iterator[None], stop: threading.Event) -> Account:
        """Catches up again and again; once more when it is time to stop, with what was written until then."""
        started, before = time.monotonic(), self._writer.totals()
        with closing(make_pool(Handler, self._files.size())) as pool:
            self._catch_up(pool, stop)
        with closing(InProcess(Handler)) as pool:  # what comes from now on is little at a time
            for _ in news:
                self._catch_up(pool, stop)
                self._forget(pool)
                self._close(time.monotonic() - CLOSED_AFTER_S)
                if time.monotonic() - self._pruned_at > PRUNED_EVERY_S:
                    self._prune(pool)
            self._catch_up(pool, stop, last=True)
            self._prune(pool)
        self._close(time.monotonic())
        self._tally.left_out += self._files.left_out
        account = account_of(self._tally, before, self._writer.totals(), self._done, time.monotonic() - started)
        return replace(account, files_unreadable=tuple(self._trouble.items()))

    def _catch_up(self, pool: Pool, stop: threading.Event, *, last: bool = False) -> None:
        """Rounds until nothing is left; when it is time to stop, until LAST_S later: the next run reads the rest."""
        while self._round(pool, last=last):
            if stop.is_set():
                self._end_at = self._end_at or time.monotonic() + LAST_S
                if time.monotonic() > self._end_at:
                    return

    def _round(self, pool: Pool, *, last: bool) -> bool:
        """Reads what is new for ROUND_S, then assembles the traces that it belongs to. Whether something is left to read."""
        places = self._files.changed()
        if not places:
            return False
        end_at = time.monotonic() + ROUND_S
        known = self._writer.assembled()
        recorder = Recorder(self._writer, pool, self._tally)
        planner = Planner(self._writer, recorder, self._settings, self._tally)
        left = [place for place in places if not self._read(planner.followed(place, last=last), pool, recorder, end_at)]
        recorder.finish()
        if planner.reread:
            read_anew(self._writer, pool, dict.fromkeys(planner.reread, self._settings))
            known = 0
        for place in (*left, *planner.later):
            self._files.again(place)
        now = time.monotonic()
        self._open.update(dict.fromkeys(self._writer.dirty_traces(), now) if self._closed or self._tending else {})
        done = assemble(self._writer, pool, known)
        self._done = Assembled(*(a + b for a, b in zip(self._done, done, strict=True)))
        self._note_trouble(places)
        return bool(left)

    def _read(self, tasks: Iterator[Task], pool: Pool, recorder: Recorder, end_at: float) -> bool:
        """Reads a file, a block of it at least. Whether it is read to its end."""
        for task in tasks:
            while not pool.room():
                recorder.receive()
            pool.send(("block", *task[:-2], tuple(task.settings), task.kept))
            recorder.write_ready()
            if time.monotonic() > end_at:
                return False
        return True

    def _forget(self, pool: Pool) -> None:
        """Lets go, from time to time, of what is remembered only to be quick."""
        if self._tally.counts["lines"] - self._forgot_at >= REMEMBERED_LINES:
            self._forgot_at = self._tally.counts["lines"]
            pool.tell_all(("forget",))
            self._writer.forget_memo()

    def _note_trouble(self, places: list[Place]) -> None:
        """Keeps what is wrong with files now: what could be read by now is in trouble no more."""
        for place in places:
            self._trouble.pop(place.path, None)
        self._trouble.update((found.path, found.reason) for found in self._tally.unreadable)
        self._tally.unreadable.clear()
        self._tally.notes.clear()

    def _prune(self, pool: Pool) -> None:
        """Lets go what no rule keeps any longer; notes when lines came."""
        self._pruned_at = time.monotonic()
        if self._policy is not None:
            pruned_by(self._writer, pool, self._policy, time.time_ns(), following=True)
        else:
            self._writer.begin()
            note_readings(self._writer, time.time_ns())
            self._writer.commit()

    def _close(self, before: float) -> None:
        """Hands out the traces that got their last line before a time."""
        lows = [low for low, at in self._open.items() if at <= before]
        if lows and (self._closed or self._tending):
            self._hand_out(lows)
        if self._tending:
            self._tending.tick()

    def _hand_out(self, lows: list[int]) -> None:
        for low in lows:
            del self._open[low]
        with SqliteReader(self._writer.path) as reader:
            if self._tending:
                known = summaries_of(reader, lows)
                self._tending.see(trace for key in known if (trace := reader.trace(TraceId(*key))) is not None)
            if self._closed is None:
                return
            self._closed([summary for key, summary in summaries_of(reader, lows).items() if self._is_wanted(reader, key)])

    def _is_wanted(self, reader: SqliteReader, key: tuple[int, int]) -> bool:
        trace = reader.trace(TraceId(*key)) if self._holds else None
        return self._holds is None or (trace is not None and self._holds(trace))
