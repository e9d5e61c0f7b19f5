"""Archives of logs: tar (also compressed) and zip, read member by member without unpacking them.

A member's path is that of the archive, a slash, and its name inside.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from logtrace.ingest.compression import Budget, DamagedError, Stream, unpacked

_TAR_MAGIC = slice(257, 262)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


class Member(NamedTuple):
    """A regular file in an archive. data: its bytes as they are packed, to be read before the next member is asked for."""

    name: str
    data: BinaryIO


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


def members(path: str, kind: str, budget: Budget) -> Iterator[Member]:
    """The regular files in an archive, in its order. Raises DamagedError where it can't be read on."""
    return _of_tar(path, budget) if kind == "tar" else _of_zip(path)


def _of_tar(path: str, budget: Budget) -> Iterator[Member]:
    with Path(path).open("rb") as raw:
        stream, _ = unpacked(cast(BinaryIO, raw), budget)
        try:
            with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as archive:
                for info in archive:
                    data = archive.extractfile(info) if info.isfile() else None
                    if data is not None:
                        yield Member(info.name, cast(BinaryIO, data))
        except (tarfile.TarError, ValueError) as error:
            raise DamagedError(f"the archive is damaged or cut off ({error}); what came before is kept") from error


def _of_zip(path: str) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.flag_bits & 1:
                    yield Member(info.filename, cast(BinaryIO, _Locked()))
                    continue
                with archive.open(info) as data:
                    yield Member(info.filename, cast(BinaryIO, data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, IndexError) as error:  # the latter: of names that are none
        raise DamagedError(f"the archive is damaged or cut off ({error}); what came before is kept") from error


class _Locked(io.RawIOBase):
    """A member that nobody can read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object, /) -> int:
        raise DamagedError("it is encrypted")


def open_member(path: str, kind: str) -> Stream:
    """The bytes of one member, by its whole path. Raises OSError where there is none."""
    archive = Path(path)
    while not archive.is_file():
        if archive == archive.parent:
            raise FileNotFoundError(2, "no such file or directory", path)
        archive = archive.parent
    name = path[len(str(archive)) + 1 :]
    budget = Budget(archive.stat().st_size)
    found = members(str(archive), kind, budget)
    for member in found:
        if member.name == name:
            return _Held(unpacked(member.data, budget, member=True)[0], found)
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
