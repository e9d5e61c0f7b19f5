"""Archives of logs: tar (also compressed) and zip, read member by member without unpacking them.

A member's path is that of the archive, a slash, and its name inside.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from logtrace.ingest.files import compression
from logtrace.ingest.files.compression import Budget, DamagedError, Stream, unpacked

_TAR_MAGIC = slice(257, 262)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


_ALL_MEMBERS = 4
"""How many times what one file may expand to in any case all members together may: bombs leave room for others."""

_PASSED_OVER = 16
"""The same of a compressed tar as a whole: also what is not read of its members has to be decompressed."""

_READS_BEHIND = 1_000
"""Reads behind the end of a tar, where a member claims to be: so many are no rest of a block."""

_BLOCK = 64 << 10

_LOOKED_AT = 256 << 20
"""Bytes of a tar that are read for the names of its members."""


class Member(NamedTuple):
    """A regular file in an archive.

    data    its bytes as they are packed, to be read before the next member is asked for
    budget  what it may expand to
    """

    name: str
    data: BinaryIO
    budget: Budget

    def open(self) -> Stream:
        """Its bytes as UTF-8 without compression."""
        return unpacked(self.data, self.budget, member=True)[0]


def kind_of(path: str) -> str:
    """ "tar", "zip", or "" for a file that is no archive. Raises OSError where it can't be read."""
    with Path(path).open("rb") as raw:
        head = raw.read(4)
        raw.seek(0)
        if head in _ZIP:
            return "zip"
        stream, _ = unpacked(cast(BinaryIO, raw), Budget(os.path.getsize(path)))
        try:
            return "tar" if stream.read(512)[_TAR_MAGIC] == b"ustar" else ""
        except DamagedError:
            return ""


def members(path: str, kind: str) -> Iterator[Member]:
    """The regular files in an archive, in its order: of those with one name the second as if it were in a folder 2, and so on.
    Raises DamagedError where it can't be read on."""
    met = Counter[str]()
    for member in _of_tar(path) if kind == "tar" else _of_zip(path):
        met[member.name] += 1
        again = met[member.name]
        yield member if again == 1 else member._replace(name=f"{again}/{member.name}")


def names(path: str, kind: str) -> Iterator[str]:
    """The names of members, in the order of the archive; of a large tar those of the first. Raises DamagedError where it can't
    be read on."""
    if kind == "tar":
        yield from (member.name for member in _of_tar(path, _LOOKED_AT))
        return
    with _damage_told(), _opened_zip(path) as archive:
        yield from archive.namelist()


def _of_tar(path: str, limit: int | None = None) -> Iterator[Member]:
    size = os.path.getsize(path)
    together = Budget(size, times=_ALL_MEMBERS)
    with Path(path).open("rb") as raw:
        stream = _UpToDamage(unpacked(cast(BinaryIO, raw), Budget(size, times=_PASSED_OVER))[0])
        with _damage_told(), tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as archive:
            for info in archive:
                if info.size < 0:
                    raise tarfile.ReadError(f"a member of {info.size} bytes")
                if info.isfile():
                    data = archive.extractfile(info) if info.issparse() else _InTar(archive, info, stream)
                    yield Member(info.name, cast(BinaryIO, data), Budget(_read_since(raw), above=together))
                if limit is not None and archive.offset > limit:
                    return
        stream.to_its_end()
        stream.tell_damage()


class _UpToDamage:
    """A stream that seems to end where it is damaged: what reads in blocks then gives what it has of the last one.

    Raises tarfile.ReadError where somebody reads on and on behind its end: tarfile does, for as long as a member claims to be.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._damage: DamagedError | None = None
        self._behind = 0

    def read(self, size: int, /) -> bytes:
        try:
            data = b"" if self._damage else self._stream.read(size)
        except DamagedError as error:
            self._damage, data = error, b""
        self._behind = 0 if data else self._behind + 1
        if self._behind > _READS_BEHIND:
            raise tarfile.ReadError("unexpected end of data")
        return data

    def to_its_end(self) -> None:
        """Reads what stands behind the last file: compressed data tells only there whether it is what was written."""
        while self.read(_BLOCK):
            pass

    def tell_damage(self) -> None:
        """Raises what it met."""
        if self._damage is not None:
            raise self._damage


class _InTar(io.RawIOBase):
    """A file in a tar that is read once, from its start to its end; of one that is cut off, all there is.

    What tarfile opens for that drops the block in which the cut is.
    """

    def __init__(self, archive: tarfile.TarFile, info: tarfile.TarInfo, stream: _UpToDamage) -> None:
        self._file = cast(BinaryIO, archive.fileobj)
        self._at, self._end = info.offset_data, info.offset_data + info.size
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._file.seek(self._at)
        found = self._file.read(min(len(buffer), self._end - self._at))
        if not found and buffer and self._at < self._end:
            self._stream.tell_damage()
            raise DamagedError("the archive is cut off inside of this file; what came before is kept")
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _read_since(raw: BinaryIO) -> Callable[[], int]:
    """What tells how many bytes of a file were read from now on."""
    start = raw.tell()
    return lambda: raw.tell() - start


def _of_zip(path: str) -> Iterator[Member]:
    together = Budget(os.path.getsize(path), times=_ALL_MEMBERS)
    with _damage_told(), _opened_zip(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            budget = Budget(info.compress_size, above=together)
            if reason := _why_not(info):
                yield Member(info.filename, cast(BinaryIO, _Refused(reason)), budget)
                continue
            with archive.open(info) as data:
                yield Member(info.filename, cast(BinaryIO, data), budget)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Makes a DamagedError of what the libraries for archives raise."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, NotImplementedError, ValueError, IndexError) as error:
        # the latter two: of names that are none
        raise DamagedError(f"the archive is damaged or cut off ({error}); what came before is kept") from error


def _opened_zip(path: str) -> zipfile.ZipFile:
    """A zip whose list of members could be read. Raises DamagedError."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, IndexError) as error:
        raise DamagedError(
            f"the archive is damaged or cut off ({error}); without the list of members at its end none of them can be read"
            ", until `zip -FF` (of Info-ZIP) has made a new list"
        ) from error


def _why_not(info: zipfile.ZipInfo) -> str:
    """Why a member is not even begun, "" where it is. No more than the size that is told here is ever read of it."""
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.file_size > max(compression.ALWAYS_ALLOWED, info.compress_size * compression.RATIO):
        times = info.file_size // max(1, info.compress_size)
        return f"it expands to {times:,} times its size, as an archive bomb does; it is not read"
    return ""


class _Refused(io.RawIOBase):
    """A member that is not read."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object, /) -> int:
        raise DamagedError(self._reason)


def as_text(path: str) -> str:
    """A path as text: bytes in it that are no UTF-8 as escapes."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def open_member(path: str, kind: str) -> Stream:
    """The bytes of one member, by its whole path. Raises OSError where there is none."""
    archive = Path(path)
    while not archive.is_file():
        if archive == archive.parent:
            raise FileNotFoundError(2, "no such file or directory", path)
        archive = archive.parent
    name = path[len(str(archive)) + 1 :]
    found = members(str(archive), kind)
    for member in found:
        if as_text(member.name) == name:
            return _Held(member.open(), found)
    raise FileNotFoundError(2, "no such member of the archive", path)


class _Held:
    """A member's stream that keeps its archive open."""

    def __init__(self, stream: Stream, archive: Iterator[Member]) -> None:
        self._stream = stream
        self._archive = archive

    def read(self, size: int, /) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        self._archive.close()  # type: ignore[attr-defined]

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
