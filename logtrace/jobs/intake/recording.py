"""Results of workers → store, in the order of their tasks, with how far each source is read.

A source's rows and the offset behind them are committed together, so that a run that is killed is taken up where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from logtrace.ingest.files import sources
from logtrace.ingest.files.sources import Unreadable
from logtrace.jobs.assembly.bulk import Bulk
from logtrace.jobs.intake.tally import Tally
from logtrace.jobs.intake.work import Result
from logtrace.jobs.workers.pool import Pool
from logtrace.store.rows.of_fragments import resolved
from logtrace.store.rows.packed import Packed, unpacked
from logtrace.store.writing.writer import SourceRow, Writer

Progress = Callable[[int, int, int], None]
"""Called with bytes done, bytes in all (0 if unknown) and lines read so far."""

COMMIT_SECONDS = 2.0


class Piece(NamedTuple):
    """What is to be known of a task: its source, how far that is read with it, the (up to) 1024 bytes before that offset."""

    source: int
    end: int
    tail: bytes


class Recorder:
    """Writes what comes back from workers. size: bytes of all input, as far as it is known.

    bulk    the numbers of all rows; None where the store held some before
    """

    def __init__(self, writer: Writer, pool: Pool, tally: Tally, size: int = 0, progress: Progress | None = None) -> None:
        self._writer = writer
        self._pool = pool
        self._tally = tally
        self._size = size
        self._progress = progress
        self._sources = {source.id: source for source in writer.sources()}  # as they are with what was written so far
        self._ended: dict[int, SourceRow] = {}  # as they will be when all of their pieces are written
        self._touched: set[int] = set()
        self._pieces: dict[int, Piece] = {}
        self._results: dict[int, Result] = {}
        self._broken: set[int] = set()  # sources of which a piece could not be read
        self._next = 0
        self.bulk = None if writer.highest_row() else Bulk(writer.path.parent)
        self._committed_at = time.monotonic()

    def sources(self) -> list[SourceRow]:
        """The sources with what was written so far, oldest first."""
        return list(self._sources.values())

    def know(self, source: SourceRow) -> None:
        """Takes a source as the store is to have it from now on; how far it is read stays."""
        self._sources[source.id] = source

    def expect(self, number: int, piece: Piece) -> None:
        """Announces the task with the next number."""
        self._pieces[number] = piece

    def put(self, result: Result) -> None:
        """Takes a result that no worker had to make."""
        self._results[result.number] = result

    def ends(self, source: SourceRow) -> None:
        """Announces that all of a file is handed out, and what its source is then."""
        self._ended[source.id] = source
        self._touched.add(source.id)

    def receive(self) -> None:
        """Takes the answers that are ready; tells workers the numbers of the names that were new to them."""
        for worker, message in self._pool.answers():
            result = Result(*message)
            self._writer.begin()
            operations = self._writer.name_operations(result.operations)
            attributes = self._writer.name_attributes(result.attributes)
            if operations or attributes:
                self._pool.tell(worker, ("names", result.operations, operations, result.attributes, attributes))
            pending = list(resolved(result.pending, operations, attributes))
            self._results[result.number] = result._replace(pending=pending)

    def write_ready(self) -> None:
        """Writes the results whose turn it is: sources are committed in their own order."""
        while self._next in self._results:
            self._write(self._results.pop(self._next), self._pieces.pop(self._next))
            self._next += 1

    def finish(self) -> None:
        """Waits for all announced tasks, writes and commits them."""
        while self._pieces:
            self.receive()
            self.write_ready()
        self.commit()

    def _write(self, result: Result, piece: Piece) -> None:
        source = self._sources[piece.source]
        if result.error and piece.source not in self._broken:
            self._tally.unreadable.append(Unreadable(source.path, result.error))
            self._broken.add(piece.source)
        if piece.source in self._broken:
            return  # what follows a gap is read again, after the gap
        self._writer.begin()
        self._tally.add(result, source.path, source.lines + 1)
        after = self._writer.add_chunks(source.id, source.lines + 1, result.chunks)
        self._writer.add_rejected(result.rejected)
        self._writer.add_messages(result.messages)
        self._writer.add_opaque(result.opaque_traces, result.opaque_spans)
        usual, others = Packed(*result.usual), [*result.rows, *result.pending]
        self._writer.add_rows(unpacked(usual))
        self._writer.add_rows(others)
        if self.bulk is not None:
            self.bulk.add(usual, others)
        self._sources[source.id] = source._replace(
            lines=after - 1, committed=piece.end, tail_hash=sources.digest(piece.tail) if piece.tail else None
        )
        self._touched.add(source.id)
        if time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self.commit()
        if self._progress:
            self._progress(self._tally.counts["bytes"], self._size, self._tally.counts["lines"])

    def commit(self) -> None:
        """Commits what was written together with how far each source is read."""
        self._writer.begin()
        unfinished = {piece.source for piece in self._pieces.values()}
        for source_id in self._touched:
            if source_id in self._ended and source_id not in unfinished | self._broken:
                self._sources[source_id] = self._ended.pop(source_id)._replace(lines=self._sources[source_id].lines)
            self._writer.update_source(self._sources[source_id])
        self._touched &= unfinished
        self._writer.commit()
        self._committed_at = time.monotonic()
