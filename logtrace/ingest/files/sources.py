"""Files to read: what they are packed in, how they begin; how a file is recognised again.

A file is known by the hash of its first bytes (decompressed), so that a renamed, rotated or gzipped copy is still the
same log. Path, inode and time are hints only.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from logtrace.ingest.files import archives
from logtrace.ingest.files.compression import Budget, DamagedError, Stream, unpacked
from logtrace.patterns import lazy_pattern

FINGERPRINT_BYTES = 1024
TAIL_BYTES = 1024
STDIN = "-"
_PACKED = r"(\.(gz|zst|bz2|xz))?"
_DATED = r"(\.\d+|[.-]\d{4}-?\d\d-?\d\d)*"
_LOG_NAMES = lazy_pattern(
    rf".*(\.(log|jsonl?|ndjson|txt|out|err){_DATED}|\.log[-._].*|(?<![a-z])logs?(?![a-z]).*\.[ct]sv){_PACKED}",
    re.IGNORECASE | re.DOTALL,
)
_ARCHIVE_NAMES = lazy_pattern(r".*\.(zip|tar(\.(gz|zst|bz2|xz))?|tgz|tzst|tbz2?|txz)", re.IGNORECASE | re.DOTALL)
_LOGS_BY_NAME = lazy_pattern(r".*logs?(?![a-z]).*", re.IGNORECASE | re.DOTALL)
_SURE_NAMES = lazy_pattern(rf".*(\.(log|jsonl|ndjson){_DATED}|\.log[-._].*){_PACKED}", re.IGNORECASE | re.DOTALL)


class Unreadable(NamedTuple):
    """A path that gave nothing, and why."""

    path: str
    reason: str


class Opened(NamedTuple):
    """A file as it was when it was opened.

    kind    file (to be read at any place), gzip, zstd, bzip2, xz, utf-16, csv; tar or zip for a member of an archive
    size    on disk; of a member's archive
    head    its first bytes, decompressed
    at      where its bytes are, whatever lies at the path by now; "" for the path
    live    of a member the stream from which the head was read: to find it again costs reading all that is before it
    """

    path: str
    kind: str
    size: int
    mtime_ns: int
    head: bytes
    at: str = ""
    live: Live | None = None

    @property
    def place(self) -> str:
        """The path to read it from."""
        return self.at or self.path

    def open(self) -> Stream:
        """The bytes as UTF-8, decompressed, from the start."""
        stream = self.live.take() if self.live else None
        return stream or open_stream(self.place, self.kind)


class Live:
    """A stream that is given away once, with the bytes that were read from it put back."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = head
        self._rest: Stream | None = rest

    def take(self) -> Stream | None:
        """The stream; None where it was taken, or read on."""
        rest, self._rest = self._rest, None
        return _Again(self._head, rest) if rest else None


class _Again:
    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        data, self._head = self._head[:size], self._head[size:]
        return data

    def close(self) -> None:
        """Its archive closes it."""

    def __enter__(self) -> _Again:
        return self

    def __exit__(self, *exc: object) -> None:
        """Its archive closes it."""


def inspect(path: str, at: str = "", left_out: list[str] | None = None) -> Iterator[Opened | Unreadable]:
    """Opens a file for a look: its kind, size and first bytes, or why it can't be read; of an archive each of its log files.

    A member is to be read before the next one is asked for. at: see Opened. left_out: takes members that are not named like
    logs, where others are. What a name is called further on is text, also where it is none.
    """
    place, path = at or path, archives.as_text(path)
    at = place if place != path else ""
    try:
        status = os.stat(place)
        if not stat.S_ISREG(status.st_mode):
            yield Unreadable(path, "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file")
            return
        archive = archives.kind_of(place)
        if archive:
            yield from _members(path, place, archive, status, [] if left_out is None else left_out)
            return
        with Path(place).open("rb") as raw:
            stream, kind = unpacked(raw, Budget(status.st_size))
            head = stream.read(FINGERPRINT_BYTES)
    except OSError as error:
        yield Unreadable(path, why(error))
        return
    yield Opened(path, kind, status.st_size, status.st_mtime_ns, head, at)


def _members(path: str, place: str, kind: str, status: os.stat_result, left_out: list[str]) -> Iterator[Opened | Unreadable]:
    logs, others = 0, list[str]()
    for member in archives.members(place, kind):
        full = f"{path}/{archives.as_text(member.name)}"
        if not is_log_name(os.path.basename(member.name)):
            others.append(full)  # as in a folder
            continue
        logs += 1
        try:
            stream = member.open()
            head = stream.read(FINGERPRINT_BYTES)
        except OSError as error:
            yield Unreadable(full, why(error))
            continue
        yield Opened(full, kind, status.st_size, status.st_mtime_ns, head, live=Live(head, stream))
    if logs:
        left_out += others
    else:
        yield Unreadable(path, "the archive holds no log files (*.log, *.jsonl, *.json, *.txt, rotated or compressed)")


def standard_input() -> Stream:
    """What is piped in, as UTF-8: decompressed, transcoded. Raises DamagedError where it can't be."""
    piped: Any = sys.stdin.buffer
    counted = _Counted(getattr(piped, "raw", piped))
    return unpacked(cast(BinaryIO, counted), Budget(lambda: counted.count))[0]


class _Counted(io.RawIOBase):
    """A pipe, and how many bytes came through it."""

    def __init__(self, inner: io.RawIOBase) -> None:
        self._inner = inner
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Takes what there is, at most as much as fits."""
        read = self._inner.readinto(buffer)
        self.count += read or 0
        return read


def why(error: OSError) -> str:
    """The reason of an error in words."""
    return str(error) if isinstance(error, DamagedError) else (error.strerror or str(error)).lower()


def open_stream(path: str, kind: str) -> Stream:
    """The bytes of a file, or of a member of an archive (see Opened.kind), as UTF-8: decompressed, transcoded."""
    if kind in ("tar", "zip"):
        return archives.open_member(path, kind)
    raw = Path(path).open("rb")  # noqa: SIM115 - closed with the stream
    return unpacked(raw, Budget(os.fstat(raw.fileno()).st_size))[0]


def is_log_name(name: str) -> bool:
    """Whether a file of this name in a folder or an archive is taken for a log."""
    return _LOG_NAMES.fullmatch(name) is not None


def is_archive_name(name: str) -> bool:
    """Whether a file of this name is an archive, if it is what it says."""
    return _ARCHIVE_NAMES.fullmatch(name) is not None


def is_log_archive(path: str) -> bool:
    """Whether an archive in a folder is one of logs: by its name, or by those of its members. Text and JSON are in archives of
    any kind, and tell nothing. One that can't be read is taken for one: what is wrong with it is to be told."""
    if _LOGS_BY_NAME.fullmatch(os.path.basename(path)):
        return True
    try:
        status = os.stat(path)
        return _holds_logs(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return True


@lru_cache(maxsize=1024)
def _holds_logs(path: str, _size: int, _mtime_ns: int) -> bool:
    """Whether a member has the name of a log. Kept, as long as the file stays as it is: who follows a folder asks again and
    again."""
    try:
        kind = archives.kind_of(path)
        return bool(kind) and any(_SURE_NAMES.fullmatch(os.path.basename(name)) for name in archives.names(path, kind))
    except DamagedError:
        return True


def digest(data: bytes) -> bytes:
    """The hash by which starts and tails of files are compared."""
    return blake2b(data, digest_size=12).digest()
