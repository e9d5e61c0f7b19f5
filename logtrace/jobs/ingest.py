"""Ingest: files → store. Recognises what was read before, hands blocks to workers, writes what comes back in order.

sources → blocks → workers (decode, collect, encode, compress) → writer → assembly
"""

from __future__ import annotations

import os
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from logtrace.account import Account, RejectedLine
from logtrace.ingest import sources
from logtrace.ingest.blocks import Block, file_blocks, stream_blocks
from logtrace.ingest.records import DEFAULTS, Decoder, Settings
from logtrace.ingest.sources import STDIN, TAIL_BYTES, Opened, Unreadable
from logtrace.jobs.assemble import Assembled, assemble
from logtrace.jobs.handler import Handler
from logtrace.jobs.pool import Pool, make_pool
from logtrace.jobs.recognise import recognise, tail_before
from logtrace.jobs.reread import read_anew
from logtrace.jobs.work import CHUNK_IDS, Result, Task
from logtrace.model import Record
from logtrace.store.database import writing
from logtrace.store.packed import NOTHING, Packed, unpacked
from logtrace.store.rows import resolved
from logtrace.store.writer import SourceRow, Writer

Progress = Callable[[int, int, int], None]
"""Called with bytes done, bytes in all (0 if unknown) and lines read so far."""

COMMIT_SECONDS = 2.0
_SETTLED_AFTER_S = 5.0
_EXAMPLES = 5


class _Piece(NamedTuple):
    """What the writer must know of a task: its source, how far that is read with it, the bytes before that offset."""

    source: int
    end: int
    tail: bytes


def ingest(
    store: Path, paths: list[str], settings: Settings = DEFAULTS, *, shared: bool = False, progress: Progress | None = None
) -> Account:
    """Reads log files into a store and gives the account of every line.

    Only what is new is read: lines behind the committed offset of a known file, whatever its name is now. Trouble with
    one file is told in the account (`files_unreadable`); the others are read. Raises StoreError where the store can't
    be written; what was committed until then stays, and the next run goes on from there.
    """
    files, unreadable = sources.expand(paths)
    size = sum(_size(path) for path in files)
    pool = make_pool(Handler, size if STDIN not in files else sys.maxsize)
    try:
        with writing(store):
            writer = Writer(store, shared)
            try:
                return _Run(writer, pool, settings, progress, size).run(files, unreadable)
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


class _Run:
    """One ingest."""

    def __init__(self, writer: Writer, pool: Pool, settings: Settings, progress: Progress | None, size: int) -> None:
        self.writer = writer
        self.pool = pool
        self.settings = settings
        self.progress = progress
        self.size = size
        self.started = time.monotonic()
        self.committed_at = self.started
        self.planned: dict[int, SourceRow] = {}  # sources as they will be when all that was handed out is written
        self.stored: dict[int, SourceRow] = {}  # sources as they are with what was written so far
        self.ended: dict[int, Opened] = {}  # files handed out to their end
        self.touched: set[int] = set()
        self.pieces: dict[int, _Piece] = {}
        self.results: dict[int, Result] = {}
        self.next_task = self.next_result = self.next_chunk = 0
        self.unreadable: list[Unreadable] = []
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.examples: list[RejectedLine] = []
        self.notes: list[str] = []
        self.reread: set[int] = set()

    def run(self, files: list[str], unreadable: list[Unreadable]) -> Account:
        """Reads the files, assembles the traces, gives the account."""
        self.unreadable += unreadable
        self.writer.begin()
        self.stored = {source.id: source for source in self.writer.sources()}
        self.planned = dict(self.stored)
        self.next_chunk = self.writer.next_chunk()
        since, before = self.writer.highest_row(), self.writer.totals()
        for task in self._tasks(files):
            while not self.pool.room():
                self._receive()
            self.pool.send(("block", *task[:-2], tuple(task.settings), task.kept))
            self._write_ready()
        while self.pieces:
            self._receive()
            self._write_ready()
        self._commit()
        if self.reread:
            read_anew(self.writer, self.pool, dict.fromkeys(self.reread, self.settings))
            self.notes.append(f"the settings changed: {len(self.reread)} known sources were read anew from the store")
        if self.settings.trace_key:
            self.notes.append(f"lines are grouped by {self.settings.trace_key}, before any trace id")
        assembled = assemble(self.writer, self.pool, since)
        return self._account(before, assembled)

    # files to tasks

    def _tasks(self, files: list[str]) -> Iterator[Task]:
        """The tasks of all files in order; what needs no worker goes straight to the results."""
        for path in files:
            if path == STDIN:
                source = self._new_source(STDIN, "stdin")
                yield from self._block_tasks(STDIN, source, stream_blocks(sources.standard_input()))
                continue
            opened = sources.inspect(path)
            if isinstance(opened, Unreadable):
                self.unreadable.append(opened)
            elif not opened.size:
                self.notes.append(f"{path} is empty")
            else:
                yield from self._file_tasks(opened)

    def _file_tasks(self, opened: Opened) -> Iterator[Task]:
        found = recognise(opened, list(self.planned.values()))
        source_id = found.source.id if found.source else self._new_source(opened.path, opened.kind)
        if self.planned[source_id].settings != self.settings.text():
            self.reread.add(source_id)
        if found.unchanged:
            self.counts["unchanged"] += 1
            return
        self.counts["files"] += 1
        if found.source is None:  # known from its first block on: a run that is killed is taken up in the middle
            self.stored[source_id] = self.stored[source_id]._replace(
                fingerprint=sources.digest(opened.head), fingerprint_len=len(opened.head)
            )
        try:
            yield from self._block_tasks(opened.path, source_id, self._blocks(opened, self.planned[source_id].committed))
        except (OSError, EOFError, zlib.error) as error:
            self.unreadable.append(
                Unreadable(opened.path, f"damaged, or gone while it was read ({error}); what came before is kept")
            )
        self._handed_out(opened, source_id)

    def _blocks(self, opened: Opened, start: int) -> Iterator[Block]:
        if opened.kind == "file":
            yield from (block for block in file_blocks(opened.path, start, opened.size) if self._whole(opened, block))
            return
        with sources.open_stream(opened.path, opened.kind) as stream:
            yield from stream_blocks(stream, start)

    def _whole(self, opened: Opened, block: Block) -> bool:
        """Whether a block may be read now. The unfinished last line of a file waits for its end, unless it is a whole
        JSON object already, or the file has not been written to for some seconds and the line gives a record."""
        if not block.unfinished:
            return True
        tail = tail_before(opened, block.start, block.end)
        record = Decoder(self.settings).decode(tail)
        settled = time.time() - opened.mtime_ns / 1e9 > _SETTLED_AFTER_S
        if isinstance(record, Record) and (settled or tail.rstrip().endswith(b"}")):
            return True
        if isinstance(record, str) and record not in ("truncated", "not_json"):
            return True  # no end of the line would make it a record
        if record is not None:
            self.reasons["truncated"] += 1
            self.counts["lines"] += 1
            self.notes.append(f"{opened.path} ends in the middle of a line; that line is read once it is finished")
        return False

    def _block_tasks(self, path: str, source_id: int, blocks: Iterator[Block]) -> Iterator[Task]:
        service = sources.service_of(path)
        for block in blocks:
            number, chunk = self.next_task, self.next_chunk
            self.next_task += 1
            self.next_chunk += CHUNK_IDS
            self.pieces[number] = _Piece(source_id, block.end, block.data[-TAIL_BYTES:] if block.data else b"")
            self.planned[source_id] = self.planned[source_id]._replace(committed=block.end)
            if block.too_long:
                self.results[number] = too_long(number, chunk, block.end - block.start)
            else:
                yield Task(number, path, service, block.start, block.end, block.data, chunk, self.settings, ())

    def _new_source(self, path: str, kind: str) -> int:
        self.writer.begin()
        settings = self.settings.text()
        source_id = self.writer.add_source(path, kind, settings)
        self.planned[source_id] = self.stored[source_id] = SourceRow(source_id, path, kind, None, 0, 0, 0, 0, None, 0, settings)
        return source_id

    def _handed_out(self, opened: Opened, source_id: int) -> None:
        """Notes a file's start and end as they will be known, for the next file of this run and for the store."""
        source = self.planned[source_id]
        tail = tail_before(opened, max(0, source.committed - TAIL_BYTES), source.committed)
        self.planned[source_id] = source._replace(
            path=opened.path, kind=opened.kind, size=opened.size, mtime_ns=opened.mtime_ns,
            fingerprint=sources.digest(opened.head), fingerprint_len=len(opened.head), tail_hash=sources.digest(tail),
        )  # fmt: skip
        self.ended[source_id] = opened
        self.touched.add(source_id)

    # results to the store

    def _receive(self) -> None:
        """Takes the answers that are ready; tells workers the numbers of the names that were new to them."""
        for worker, message in self.pool.answers():
            result = Result(*message)
            self.writer.begin()
            operations = self.writer.name_operations(result.operations)
            attributes = self.writer.name_attributes(result.attributes)
            if operations or attributes:
                self.pool.tell(worker, ("names", result.operations, operations, result.attributes, attributes))
            pending = [resolved(row, operations, attributes) for row in result.pending]
            self.results[result.number] = result._replace(pending=pending)

    def _write_ready(self) -> None:
        """Writes the results whose turn it is: sources are committed in their own order."""
        while self.next_result in self.results:
            self._write(self.results.pop(self.next_result), self.pieces.pop(self.next_result))
            self.next_result += 1

    def _write(self, result: Result, piece: _Piece) -> None:
        self.writer.begin()
        source = self.stored[piece.source]
        if result.error:
            self.unreadable.append(Unreadable(source.path, result.error))
        self._count(result, source)
        after = self.writer.add_chunks(source.id, source.lines + 1, result.chunks)
        self.writer.add_rejected(result.rejected)
        self.writer.add_opaque(result.opaque_traces, result.opaque_spans)
        self.writer.add_rows(unpacked(Packed(*result.usual)))
        self.writer.add_rows(result.rows)
        self.writer.add_rows(result.pending)
        self.stored[source.id] = source._replace(lines=after - 1, committed=piece.end, tail_hash=self._tail_hash(source, piece))
        self.touched.add(source.id)
        if time.monotonic() - self.committed_at > COMMIT_SECONDS:
            self._commit()
        if self.progress:
            self.progress(self.counts["bytes"], self.size, self.counts["lines"])

    def _tail_hash(self, source: SourceRow, piece: _Piece) -> bytes | None:
        planned = self.planned[source.id]
        if piece.tail:
            return sources.digest(piece.tail)
        if planned.kind != "file" or source.kind == "stdin":
            return None
        opened = Opened(planned.path, planned.kind, 0, 0, b"")
        return sources.digest(tail_before(opened, max(0, piece.end - TAIL_BYTES), piece.end))

    def _count(self, result: Result, source: SourceRow) -> None:
        for _, lines, used, untraced, _, _, size, _, _ in result.chunks:
            self.counts.update(lines=lines, used=used, untraced=untraced, bytes=size)
        self.counts["duplicates"] += result.duplicates
        first = {}
        at = source.lines + 1
        for chunk in result.chunks:
            first[chunk[0]] = at
            at += chunk[7]
        for chunk_id, reason, lines in result.rejected:
            indexes = orjson.loads(lines)
            self.reasons[reason] += len(indexes)
            wanted = indexes[: max(0, _EXAMPLES - len(self.examples))]
            self.examples += [RejectedLine(reason, source.path, first[chunk_id] + index) for index in wanted]

    def _commit(self) -> None:
        """Commits what was written together with how far each source is read."""
        self.writer.begin()
        open_sources = {piece.source for piece in self.pieces.values()}
        for source_id in self.touched:
            stored = self.stored[source_id]
            if source_id in self.ended and source_id not in open_sources:
                stored = self.planned[source_id]._replace(lines=stored.lines)
            self.stored[source_id] = stored
            self.writer.update_source(stored)
        self.touched.clear()
        self.writer.commit()
        self.committed_at = time.monotonic()

    def _account(self, before: tuple[int, int], done: Assembled) -> Account:
        counts, rejected = self.counts, sum(self.reasons.values())
        traces, spans = self.writer.totals()
        return Account(
            lines_read=counts["lines"], lines_used=counts["used"], lines_duplicate=counts["duplicates"] + done.duplicates,
            lines_without_trace=counts["untraced"], lines_rejected=rejected, rejected_by_reason=dict(self.reasons.most_common()),
            rejected_examples=tuple(self.examples), bytes_read=counts["bytes"], files_read=counts["files"],
            files_unchanged=counts["unchanged"], files_unreadable=tuple((u.path, u.reason) for u in self.unreadable),
            traces=traces, traces_new=done.traces_new, traces_changed=done.traces_changed, spans=spans,
            spans_new=max(0, spans - before[1]), spans_changed=done.spans_changed, wall_s=time.monotonic() - self.started,
            notes=tuple(self.notes),
        )  # fmt: skip


def too_long(number: int, chunk: int, size: int) -> Result:
    """The result of a line that is too long to be read at all."""
    chunks = [(chunk, 1, 0, 0, None, None, size, 1, None)]
    return Result(number, chunks, [(chunk, "too_long", "[0]")], tuple(NOTHING), [], [], [], [], [], [], 0, "")
