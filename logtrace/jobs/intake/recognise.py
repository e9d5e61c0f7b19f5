"""Which known source a file is, and from where it is to be read on.

A file is a known one where its first bytes have the known hash, and the bytes before the committed offset as well.
Short files (whose whole start is no longer than a fingerprint) must also have the name of the known one or of a
rotated copy of it: two logs may well begin with the same line. Or they are the known one under another name: of the same
size and time, while there is none of the old name.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from logtrace.ingest.files import sources
from logtrace.ingest.files.compression import DamagedError
from logtrace.ingest.files.file_names import same_family
from logtrace.ingest.files.sources import FINGERPRINT_BYTES, TAIL_BYTES, Opened
from logtrace.jobs.intake.known_sources import KnownSources
from logtrace.store.writing.writer import SourceRow


class Known(NamedTuple):
    """A file's source as it is known (None: it is new), whether there is nothing to read in it, and the (up to) 1024 bytes
    before the place from which it is to be read.

    shorter     it begins like a known source, of which more was read than there is: it may be a copy in the making
    """

    source: SourceRow | None
    unchanged: bool
    tail: bytes = b""
    shorter: bool = False


def recognise(opened: Opened, known: KnownSources) -> Known:
    """Finds the source of a file among the known ones; the newest where several fit. Raises OSError where the disk does not
    give what would tell: taken for a new one, all of it would come twice."""
    looks, alike = (opened.path, opened.size, opened.mtime_ns, opened.kind), known.like(opened)
    for source in alike:
        if (source.path, source.size, source.mtime_ns, source.kind) == looks:
            return Known(source, unchanged=True)
    shorter = False
    for source in alike:
        if _starts_alike(opened, source):
            tail = _tail(opened, source)
            if sources.digest(tail) == source.tail_hash:
                return Known(source, unchanged=False, tail=tail)
            shorter = shorter or len(tail) < min(TAIL_BYTES, source.committed)
    return Known(None, unchanged=False, shorter=shorter)


def _starts_alike(opened: Opened, source: SourceRow) -> bool:
    length = source.fingerprint_len
    if not length or len(opened.head) < length or sources.digest(opened.head[:length]) != source.fingerprint:
        return False
    return length >= FINGERPRINT_BYTES or same_family(opened.path, source.path) or _was_renamed(opened, source)


def _was_renamed(opened: Opened, source: SourceRow) -> bool:
    if opened.kind != "file" or (source.size, source.mtime_ns, source.kind) != (opened.size, opened.mtime_ns, opened.kind):
        return False
    return not os.path.lexists(source.path)


def _tail(opened: Opened, source: SourceRow) -> bytes:
    """The bytes before the committed offset of a source, in this file; b"" where a damaged file does not reach so far."""
    try:
        return tail_before(opened, max(0, source.committed - TAIL_BYTES), source.committed)
    except DamagedError:
        return b""


def tail_before(opened: Opened, start: int, end: int) -> bytes:
    """Bytes start to end of a file, decompressed; fewer where it is shorter."""
    if opened.kind == "file":
        with open(opened.place, "rb") as file:
            return os.pread(file.fileno(), end - start, start)
    with sources.open_stream(opened.place, opened.kind) as stream:
        left = start
        while left and (gone := stream.read(min(left, 1 << 20))):
            left -= len(gone)
        return stream.read(end - start) if not left else b""
