"""Files → tasks for workers: which known source a file is, from where it is read, what of it has to wait."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from logtrace.ingest.files import sources
from logtrace.ingest.files.compression import DamagedError
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.files.followed import Place
from logtrace.ingest.files.sources import FINGERPRINT_BYTES, STDIN, TAIL_BYTES, Opened, Unreadable
from logtrace.ingest.pieces.blocks import Block, file_blocks, stream_blocks
from logtrace.ingest.records import Decoder, Settings
from logtrace.jobs.intake.known_sources import KnownSources
from logtrace.jobs.intake.recognise import Known, recognise, tail_before
from logtrace.jobs.intake.recording import Piece, Recorder
from logtrace.jobs.intake.tally import Tally
from logtrace.jobs.intake.window import Blanking, Window
from logtrace.jobs.intake.work import CHUNK_IDS, Result, Task
from logtrace.model import Record
from logtrace.store.rows.packed import NOTHING
from logtrace.store.writing.writer import SourceRow, Writer
from logtrace.units import counted

NOWHERE: Mapping[str, str] = MappingProxyType({})
"""The bytes of all files are where their paths say."""

_SETTLED_AFTER_S = 5.0
_WRITTEN_S = 1.0


class Planner:
    """Plans the reading of files.

    reread      the known sources that were read with other settings than these
    later       the followed files that are not ready to be read
    places      where the bytes of some files are instead of at their paths
    """

    def __init__(
        self, writer: Writer, recorder: Recorder, settings: Settings, tally: Tally, window: Window | None = None,
        places: Mapping[str, str] = NOWHERE,
    ) -> None:  # fmt: skip
        self._writer = writer
        self._recorder = recorder
        self.settings = settings
        self._tally = tally
        self._planned = KnownSources(recorder.sources())  # as they will be when all is written
        self._unread = {(s.path, s.kind): s.id for s in self._planned.values() if not s.committed}
        self._next_task = 0
        self._next_chunk = writer.next_chunk()
        self._tails: dict[int, bytes] = {}  # the bytes before the end of what is planned of a source
        self._window = window
        self._places = places
        self._blanking = Blanking(window, settings) if window else None
        self.reread: set[int] = set()
        self.later: list[Place] = []

    def tasks(self, files: Iterable[str]) -> Iterator[Task]:
        """The tasks of all files in order; what needs no worker goes straight to the recorder."""
        for path in files:
            if path == STDIN and path not in self._places:
                yield from self._piped()
                continue
            for opened in sources.inspect(path, self._places.get(path, ""), self._tally.left_out):
                if isinstance(opened, Opened) and not opened.size:
                    self._tally.notes.append(f"{opened.path} is empty")
                elif isinstance(opened, Opened) and self._window and self._window.is_over(opened.mtime_ns):
                    self._tally.notes.append(f"{opened.path} was last written before --since and is left out")
                else:
                    yield from self._opened_tasks(opened)

    def _piped(self) -> Iterator[Task]:
        """The tasks of what is piped in."""
        source = self._new_source(STDIN, "stdin")
        try:
            yield from self._block_tasks(STDIN, source, stream_blocks(sources.standard_input()))
        except OSError as error:
            self._tally.unreadable.append(Unreadable(STDIN, sources.why(error)))
        else:
            if not self._planned[source].committed:
                self._tally.notes.append("nothing was piped in")

    def followed(self, place: Place, *, last: bool) -> Iterator[Task]:
        """The tasks of a file that others are writing to. A line without its end is left for another time in silence.

        What may be a copy in the making is noted in `later`: files that are shorter than what was read of the log that they
        begin like, or too short to tell. last: there is no later for the latter.
        """
        for opened in sources.inspect(place.path, place.at):
            if isinstance(opened, Unreadable):
                self._tally.unreadable.append(opened)
            elif opened.size and (found := self._recognised(opened)):
                untold = found.source is None and len(opened.head) < FINGERPRINT_BYTES and not last
                if (found.shorter and _age_s(opened) < _SETTLED_AFTER_S) or (untold and _age_s(opened) < _WRITTEN_S):
                    self.later.append(place)
                else:
                    yield from self._file_tasks(opened, found)

    def _opened_tasks(self, opened: Opened | Unreadable) -> Iterator[Task]:
        if isinstance(opened, Unreadable):
            self._tally.unreadable.append(opened)
        elif found := self._recognised(opened):
            yield from self._file_tasks(opened, found)

    def _recognised(self, opened: Opened) -> Known | None:
        """Which source a file is; None, and told, where the disk does not give what would tell."""
        try:
            return recognise(opened, self._planned)
        except OSError as error:
            self._tally.unreadable.append(Unreadable(opened.path, sources.why(error)))
            return None

    def _file_tasks(self, opened: Opened, found: Known) -> Iterator[Task]:
        source_id = found.source.id if found.source else self._new_source(opened.path, opened.kind)
        source = self._planned[source_id]
        if source.settings != self.settings.text():
            self.reread.add(source_id)
        if found.unchanged:
            self._tally.counts["unchanged"] += 1
            return
        self._tally.counts["files"] += 1
        if found.source is None:  # known from its first block on: a run that is killed is taken up in the middle
            source = source._replace(fingerprint=sources.digest(opened.head), fingerprint_len=len(opened.head))
            self._planned[source_id] = source
            self._recorder.know(source)
        self._tails[source_id] = found.tail
        try:
            yield from self._block_tasks(opened.path, source_id, self._blocks(opened, source.committed), opened)
        except DamagedError as error:
            self._tally.unreadable.append(Unreadable(opened.path, sources.why(error)))
        except OSError as error:  # of the disk, not of the file: what could not be read may be read the next time
            self._tally.unreadable.append(Unreadable(opened.path, sources.why(error)))
            return
        self._handed_out(opened, source_id)

    def notes(self) -> Iterator[str]:
        """What is to be said when all is planned."""
        if self._blanking and self._blanking.left_out:
            lines = counted(self._blanking.left_out, "line")
            yield f"{lines} outside --since and --until left out; this store passes them for good"

    def _blocks(self, opened: Opened, start: int) -> Iterator[Block]:
        if opened.kind == "file":
            blocks = (block for block in file_blocks(opened.place, start, opened.size) if self._whole(opened, block))
            yield from _as_it_was(opened, blocks) if opened.at else blocks
            return
        with opened.open() as stream:
            yield from stream_blocks(stream, start)

    def _whole(self, opened: Opened, block: Block) -> bool:
        """Whether a block may be read now. The unfinished last line of a file waits for its end, unless it is a whole
        JSON object already, or the file has not been written to for some seconds and the line gives a record."""
        if not block.unfinished:
            return True
        tail = tail_before(opened, block.start, block.end)
        record = Decoder(self.settings).decode(tail)
        if isinstance(record, Record) and (_age_s(opened) > _SETTLED_AFTER_S or tail.rstrip().endswith(b"}")):
            return True
        if isinstance(record, str) and record not in ("truncated", "not_json"):
            return True  # no end of the line would make it a record
        if record is not None and not opened.at:
            self._tally.reject("truncated")
            self._tally.notes.append(f"{opened.path} ends in the middle of a line; that line is read once it is finished")
        return False

    def _block_tasks(self, path: str, source_id: int, blocks: Iterator[Block], file: Opened | None = None) -> Iterator[Task]:
        """The tasks of blocks. file: where blocks without data lie."""
        service = service_of(path)
        if self._blanking:
            self._blanking.begin(service)
        for block in blocks:
            tail = self._tail_of(block, source_id, file)
            number, chunk = self._next_task, self._next_chunk
            self._next_task += 1
            self._next_chunk += CHUNK_IDS
            self._recorder.expect(number, Piece(source_id, block.end, tail))
            planned = self._planned[source_id]  # whoever leaves the file here may meet a copy of it next
            self._planned[source_id] = planned._replace(committed=block.end, tail_hash=sources.digest(tail) if tail else None)
            if block.too_long:
                self._recorder.put(too_long(number, chunk, block.end - block.start))
            else:
                data = self._blanking.data(block, file.place if file else "") if self._blanking else block.data
                yield Task(number, path, service, block.start, block.end, data, chunk, self.settings, ())

    def _tail_of(self, block: Block, source_id: int, file: Opened | None) -> bytes:
        """The (up to) 1024 bytes before the end of a block; none where a line too long for memory ends it."""
        if block.data is not None:
            tail = (self._tails[source_id] + block.data[-TAIL_BYTES:])[-TAIL_BYTES:]
        elif file and file.kind == "file":
            tail = tail_before(file, max(0, block.end - TAIL_BYTES), block.end)
        else:
            tail = b""
        self._tails[source_id] = tail
        return tail

    def _new_source(self, path: str, kind: str) -> int:
        """The id of a source that is not known: one of its name of which a run that was killed read nothing, else a new one."""
        self._writer.begin()
        settings = self.settings.text()
        source_id = self._unread.pop((path, kind), 0) or self._writer.add_source(path, kind, settings)
        self._planned[source_id] = SourceRow(source_id, path, kind, None, 0, 0, 0, 0, None, 0, settings)
        self._recorder.know(self._planned[source_id])
        self._tails[source_id] = b""
        return source_id

    def _handed_out(self, opened: Opened, source_id: int) -> None:
        """Notes a file's start and end as they will be known, for the next file of this run and for the store."""
        source = self._planned[source_id]
        tail = self._tails[source_id]
        if len(tail) < min(TAIL_BYTES, source.committed):  # behind a line too long for memory
            with suppress(OSError):
                tail = tail_before(opened, max(0, source.committed - TAIL_BYTES), source.committed)
        self._planned[source_id] = source._replace(
            path=opened.path, kind=opened.kind, size=opened.size, mtime_ns=opened.mtime_ns,
            fingerprint=sources.digest(opened.head), fingerprint_len=len(opened.head), tail_hash=sources.digest(tail),
        )  # fmt: skip
        self._recorder.ends(self._planned[source_id])


def _age_s(opened: Opened) -> float:
    """How long ago a file was last written to."""
    return time.time() - opened.mtime_ns / 1e9


def _as_it_was(opened: Opened, blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks with their data, as long as the file is what it was when it was opened: what was read after somebody had
    truncated it may belong to another log."""
    fd = os.open(opened.place, os.O_RDONLY)
    try:
        for block in blocks:
            data = None if block.too_long else os.pread(fd, block.end - block.start, block.start)
            if os.fstat(fd).st_size < block.end or os.pread(fd, len(opened.head), 0) != opened.head:
                return
            yield block._replace(data=data)
    finally:
        os.close(fd)


def too_long(number: int, chunk: int, size: int) -> Result:
    """The result of a line that is too long to be read at all."""
    chunks = [(chunk, 1, 0, 0, None, None, size, 1, None)]
    return Result(number, chunks, [(chunk, "too_long", "[0]")], tuple(NOTHING), [], [], [], [], [], [], 0, "")
