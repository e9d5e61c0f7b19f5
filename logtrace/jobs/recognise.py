"""Which known source a file is, and from where it is to be read on.

A file is a known one where its first bytes have the known hash, and the bytes before the committed offset as well.
Short files (whose whole start is no longer than a fingerprint) must also have the name of the known one or of a
rotated copy of it: two logs may well begin with the same line.
"""

from __future__ import annotations

import os
import zlib
from typing import NamedTuple

from logtrace.ingest import sources
from logtrace.ingest.sources import FINGERPRINT_BYTES, TAIL_BYTES, Opened
from logtrace.store.writer import SourceRow


class Known(NamedTuple):
    """A file's source as it is known (None: it is new), and whether there is nothing to read in it."""

    source: SourceRow | None
    unchanged: bool


def recognise(opened: Opened, known: list[SourceRow]) -> Known:
    """Finds the source of a file among the known ones; the newest where several fit."""
    for source in reversed(known):
        if (source.path, source.size, source.mtime_ns) == (
            opened.path,
            opened.size,
            opened.mtime_ns,
        ) and source.kind == opened.kind:
            return Known(source, unchanged=True)
    for source in reversed(known):
        if _starts_alike(opened, source) and _goes_on(opened, source):
            return Known(source, unchanged=False)
    return Known(None, unchanged=False)


def _starts_alike(opened: Opened, source: SourceRow) -> bool:
    length = source.fingerprint_len
    if not length or len(opened.head) < length or sources.digest(opened.head[:length]) != source.fingerprint:
        return False
    return length >= FINGERPRINT_BYTES or sources.same_family(opened.path, source.path)


def _goes_on(opened: Opened, source: SourceRow) -> bool:
    """Whether the bytes before the committed offset are those that were read."""
    start = max(0, source.committed - TAIL_BYTES)
    try:
        tail = tail_before(opened, start, source.committed)
    except (OSError, EOFError, zlib.error):
        return False
    return sources.digest(tail) == source.tail_hash


def tail_before(opened: Opened, start: int, end: int) -> bytes:
    """Bytes start to end of a file, decompressed; fewer where it is shorter."""
    if opened.kind == "file":
        with open(opened.path, "rb") as file:
            return os.pread(file.fileno(), end - start, start)
    with sources.open_stream(opened.path, opened.kind) as stream:
        left = start
        while left and (gone := stream.read(min(left, 1 << 20))):
            left -= len(gone)
        return stream.read(end - start) if not left else b""
