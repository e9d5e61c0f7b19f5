"""Objects of any file system → splits of them that end where no line, and no text over several lines, goes on.

File systems are those of Arrow: folders that all machines see, HDFS, S3 and their like. Every machine reads its splits itself,
so that an object that can't be read is a sentence in the account and no failure of the job.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote

from logtrace.errors import InputError
from logtrace.ingest.files.compression import Budget, unpacked
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import Unreadable, is_log_name
from logtrace.ingest.pieces.blocks import MAX_LINE, Block, stream_blocks
from logtrace.ingest.pieces.parting import FAR, NEAR, PEEK, TAIL, may_part

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem

SPLIT = 64 * 1024 * 1024
"""Bytes of one split: some seconds of work."""

_PACKED = (".gz", ".zst", ".bz2", ".xz")
_ARCHIVES = (".zip", ".tar", ".tgz", ".tzst", ".tbz", ".tbz2", ".txz", *(f".tar{packed}" for packed in _PACKED))
_PATIENCE, _LONGEST = "retry_limit_seconds", 300
_STEP = 64 * 1024


class Split(NamedTuple):
    """Bytes `start` to `end` of an object of `size` bytes, to the next places where they may be cut. Of what is compressed the
    first split is all of it. path: as it is called; place: where every machine finds it."""

    number: int
    path: str
    place: str
    start: int
    end: int
    size: int


def splits(inputs: Sequence[str], size: int = SPLIT) -> tuple[list[Split], list[Unreadable]]:
    """The splits of all objects that inputs (paths, folders, patterns, URIs) name, and the inputs that name none.

    Raises InputError where there is nothing to read.
    """
    found, missing = _objects(inputs)
    if not found:
        told = "; ".join(f"{path}: {reason}" for path, reason in missing)
        raise InputError(f"there is no object to read{': ' if told else ''}{told}", "name folders, patterns or URIs of logs")
    made: list[Split] = []
    for path, length in found:
        step = max(1, length) if path.endswith(_PACKED) else size
        starts = enumerate(range(0, max(1, length), step), len(made))
        place = path if "://" in path else os.path.abspath(path)
        made += [Split(number, path, place, start, min(start + step, length), length) for number, start in starts]
    return made, missing


def _objects(inputs: Sequence[str]) -> tuple[list[tuple[str, int]], list[Unreadable]]:
    """(place, size) of all objects, sorted, each once; inputs and archives that are not read."""
    local, missing = expand([each for each in inputs if "://" not in each])
    found = dict.fromkeys(local, 0)
    for uri in (each for each in inputs if "://" in each):
        try:
            there = list(_below(uri))
        except OSError as error:
            missing.append(Unreadable(uri, _why(error)))
            continue
        found |= dict.fromkeys(there, 0)
        if not there:
            missing.append(Unreadable(uri, "no log files there (*.log, *.jsonl, *.json, *.txt, rotated or compressed)"))
    archives = [path for path in found if path.lower().endswith(_ARCHIVES)]
    missing += [Unreadable(path, "an archive: unpack it first, or read it by logtrace ingest") for path in archives]
    sized = [(path, _size(path)) for path in sorted(found.keys() - set(archives))]
    return sized, missing


def _below(uri: str) -> Iterator[str]:
    """The log files at a URI, which may be one."""
    from pyarrow.fs import FileSelector, FileType

    with reaching():
        system, path = file_system(uri)
        if system.get_file_info(path).type == FileType.File:
            yield uri
            return
        base, mark, query = uri.partition("?")
        for info in system.get_file_info(FileSelector(path, recursive=True)):
            if info.type == FileType.File and is_log_name(info.base_name) and not info.base_name.startswith((".", "_")):
                within = info.path.removeprefix(path.rstrip("/")).lstrip("/")
                yield f"{base.rstrip('/')}/{quote(within)}{mark}{query}"


def _size(path: str) -> int:
    """Bytes of an object; 0 where that can't be told: whoever reads it says why."""
    try:
        with reaching():
            system, place = file_system(path)
            return system.get_file_info(place).size or 0
    except OSError:
        return 0


def file_system(path: str) -> tuple[FileSystem, str]:
    """(the file system, the path in it) of a path or URI. s3a:// is what Hadoop calls s3://. Ask it within `reaching`."""
    from pyarrow.fs import FileSystem, LocalFileSystem

    if "://" not in path:
        return LocalFileSystem(), path
    uri = path.replace("s3a://", "s3://", 1).replace("s3n://", "s3://", 1)
    if uri.startswith(("gs://", "gcs://")) and _PATIENCE not in uri:
        uri += f"{'&' if '?' in uri else '?'}{_PATIENCE}=30"  # Arrow's own is a quarter of an hour
    return cast("tuple[FileSystem, str]", FileSystem.from_uri(uri))


@contextmanager
def reaching() -> Iterator[None]:
    """Whatever goes wrong with a file system meanwhile is an OSError that says it in a line."""
    from pyarrow.lib import ArrowException

    try:
        yield
    except OSError as error:
        if error.errno or type(error) is not OSError:
            raise
        raise OSError(_said(str(error))) from error
    except (ArrowException, ValueError) as error:
        raise OSError(_said(str(error))) from error


def _said(text: str) -> str:
    if "libjvm" in text or "libhdfs" in text:
        return "HDFS needs Java and Hadoop's libhdfs: JAVA_HOME, HADOOP_HOME, CLASSPATH as hadoop classpath --glob tells it"
    line = (text.splitlines() or [""])[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).split(". Detail")[0].lower() if error.errno else str(error)


def _opened(place: str) -> NativeFile:
    system, path = file_system(place)
    return system.open_input_file(path)


def blocks(split: Split) -> Iterator[Block]:
    """The blocks of a split with their data; `start` counts from its own beginning. Raises OSError where it can't be read."""
    with reaching(), _opened(split.place) as file:
        raw = cast(Any, io.BufferedReader(cast(io.RawIOBase, file), _STEP))
        stream, kind = unpacked(raw, Budget(split.size))
        if kind == "file":
            start, end = (_cut(file, at, split.size) for at in (split.start, split.end))
            yield from stream_blocks(_Range(file, start, end))
        elif split.start == 0:
            yield from stream_blocks(stream)


def _cut(file: Any, at: int, size: int) -> int:
    """The first place from a byte on where an object may be cut: after a line end, where no line that a runtime split and no
    text over several lines goes on. A text that goes on for MAX_LINE is cut."""
    if at == 0 or at >= size:
        return min(at, size)
    limit, place, looked = at + MAX_LINE, _after_newline(file, at - 1, size), 1
    while place < min(size, limit):
        begin = max(0, place - TAIL)
        if may_part(file.read_at(place - begin, begin), file.read_at(PEEK, place)):
            return place
        place = _after_newline(file, place if looked < NEAR else place + FAR, size)
        looked += 1
    return place


def _after_newline(file: Any, at: int, size: int) -> int:
    while at < size:
        found = file.read_at(_STEP, at).find(b"\n")
        if found >= 0:
            return int(at + found + 1)
        at += _STEP
    return size


class _Range:
    """Some bytes of a file, as a stream."""

    def __init__(self, file: Any, start: int, end: int) -> None:
        self._file = file
        self._at, self._end = start, end

    def read(self, size: int, /) -> bytes:
        data: bytes = self._file.read_at(min(size, self._end - self._at), self._at) if self._at < self._end else b""
        self._at += len(data)
        return data

    def close(self) -> None:
        """Whoever opened the file closes it."""

    def __enter__(self) -> _Range:
        return self

    def __exit__(self, *exc: object) -> None:
        """Whoever opened the file closes it."""
