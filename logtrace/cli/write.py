"""Files that a verb writes: nothing is overwritten unasked, nothing half-written stays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from logtrace.errors import LogtraceError, UsageError


def require_free(path: Path, force: bool) -> None:
    """Raises UsageError where a file is there already and may not be overwritten, or its folder is not there."""
    if path.is_dir() or (path.exists() and not force):
        raise UsageError(f"{path} is there already", "name another file, or add --force" if path.is_file() else "name a file")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it first, or name another")


def write_file(path: Path, data: bytes, force: bool) -> None:
    """Puts a whole file in its place at once. Raises as write_pieces does."""
    write_pieces(path, (data,), force)


def write_pieces(path: Path, pieces: Iterable[bytes], force: bool) -> None:
    """Puts a file in its place once all pieces of it are written, compressed where it is named .gz or .zst. Raises UsageError
    as require_free does, LogtraceError where it can't be written."""
    require_free(path, force)
    try:
        if path.exists() and not path.is_file():  # a device, a pipe: nothing to put in its place
            with path.open("wb", buffering=0) as file:
                _write(path, cast(BinaryIO, file), pieces)
            return
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as aside:
            try:
                _write(path, cast(BinaryIO, aside), pieces)
                Path(aside.name).chmod(0o666 & ~_umask())
                Path(aside.name).replace(path)
            except BaseException:
                Path(aside.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _unwritten(path, error) from error


def _write(path: Path, file: BinaryIO, pieces: Iterable[bytes]) -> None:
    try:
        with _packed(path, file) as out:
            for piece in pieces:
                out.write(piece)
        file.flush()
    except OSError as error:
        raise _unwritten(path, error) from error


@contextmanager
def _packed(path: Path, file: BinaryIO) -> Iterator[BinaryIO]:
    if path.suffix == ".gz":
        import gzip

        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
            yield cast(BinaryIO, packed)
    elif path.suffix == ".zst":
        import zstandard

        with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packing:
            yield cast(BinaryIO, packing)
    else:
        yield file


def _unwritten(path: Path, error: OSError) -> LogtraceError:
    reason = (error.strerror or str(error)).lower()
    return LogtraceError(
        f"{path} was not written: {reason}", "what was there before is still there; nothing half-written is left"
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
