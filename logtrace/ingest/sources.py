"""Paths → files to read: files, directories, globs, gzip, stdin; how a file is recognised again.

A file is known by the hash of its first bytes (decompressed), so that a renamed, rotated or gzipped copy is still the
same log. Path, inode and time are hints only.
"""

from __future__ import annotations

import glob
import gzip
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol

FINGERPRINT_BYTES = 1024
TAIL_BYTES = 1024
STDIN = "-"
_MAGIC = re.compile(r"[*?\[]")
_LOG_NAMES = re.compile(
    r".*(\.(log|jsonl?|ndjson|txt|out|err)(\.\d+|[.-]\d{4}-?\d\d-?\d\d)*|\.log[-._].*)(\.gz)?", re.IGNORECASE | re.DOTALL
)
_SUFFIXES = re.compile(r"(\.gz|\.\d+|[.-]\d{4}-?\d\d-?\d\d(-\d{6})?|\.(log|jsonl?|ndjson|txt|out|err))$", re.IGNORECASE)


_CONTAINER_ID = re.compile(r"[0-9a-f]{64}")


class Unreadable(NamedTuple):
    """A path that gave nothing, and why."""

    path: str
    reason: str


class Opened(NamedTuple):
    """A file as it was when it was opened. kind: file, gzip or utf-16; head: its first bytes, decompressed."""

    path: str
    kind: str
    size: int
    mtime_ns: int
    head: bytes


def expand(paths: list[str]) -> tuple[list[str], list[Unreadable]]:
    """The files that paths name, each once, in the order given; and the paths that name nothing.

    A directory stands for the log files in it and below; a pattern that the shell did not expand is expanded here.
    """
    found: dict[str, None] = {}
    missing: list[Unreadable] = []
    for path in paths:
        files, reason = _files(path, missing)
        found.update(dict.fromkeys(files))
        if reason:
            missing.append(Unreadable(path, reason))
    return list(found), missing


def _files(path: str, missing: list[Unreadable]) -> tuple[list[str], str]:
    if path == STDIN:
        return [STDIN], ""
    if os.path.isdir(path):
        files = sorted(_in_directory(path, missing))
        return files, "" if files else "the directory holds no log files (*.log, *.jsonl, *.json, *.txt, rotated or .gz)"
    if os.path.lexists(path):
        return [path], ""
    if _MAGIC.search(path):
        names = sorted(glob.glob(os.path.expanduser(path), recursive=True))
        files = [file for name in names for file in (sorted(_in_directory(name, missing)) if os.path.isdir(name) else [name])]
        return files, "" if files else "no file matches the pattern"
    return [], "no such file"


def _in_directory(path: str, missing: list[Unreadable]) -> Iterator[str]:
    """The log files in a folder and below; folders that can't be read go to `missing`."""

    def note(error: OSError) -> None:
        missing.append(Unreadable(str(error.filename), _why(error)))

    for folder, _, names in os.walk(path, onerror=note):
        for name in names:
            full = os.path.join(folder, name)
            if _LOG_NAMES.fullmatch(name) and not name.startswith(".") and os.path.isfile(full):
                yield full


def inspect(path: str) -> Opened | Unreadable:
    """Opens a file for a look: its kind, size and first bytes; or why it can't be read."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return Unreadable(path, "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file")
        with open(path, "rb") as file:
            magic = file.read(4)
        kind = "gzip" if magic[:2] == b"\x1f\x8b" else "utf-16" if magic[:2] in (b"\xff\xfe", b"\xfe\xff") else "file"
        with open_stream(path, kind) as stream:
            head = stream.read(FINGERPRINT_BYTES)
    except OSError as error:
        return Unreadable(path, _why(error))
    except (EOFError, zlib.error, UnicodeError):
        return Unreadable(path, "damaged: it starts like a compressed file and can't be decompressed")
    return Opened(path, kind, status.st_size, status.st_mtime_ns, head)


class Stream(Protocol):
    """What reading needs of a file."""

    def read(self, size: int, /) -> bytes: ...
    def __enter__(self) -> Stream: ...
    def __exit__(self, *exc: object) -> None: ...


def standard_input() -> Stream:
    """What is piped in."""
    return sys.stdin.buffer  # type: ignore[return-value]


def _why(error: OSError) -> str:
    if isinstance(error, gzip.BadGzipFile):
        return "damaged: it starts like a gzip file and can't be decompressed"
    return (error.strerror or str(error)).lower()


def open_stream(path: str, kind: str) -> Stream:
    """The bytes of a file as UTF-8: decompressed, transcoded."""
    if kind == "gzip":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if kind == "utf-16":
        return Transcoded(path)
    return open(path, "rb")  # type: ignore[return-value]


class Transcoded:
    """A UTF-16 file (with its byte order mark) read as UTF-8. Offsets count the UTF-8 bytes."""

    def __init__(self, path: str) -> None:
        self._text = Path(path).open(encoding="utf-16", errors="replace", newline="")  # noqa: SIM115
        self._left = b""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        while len(self._left) < size and (more := self._text.read(size)):
            self._left += more.encode()
        result, self._left = self._left[:size], self._left[size:]
        return result

    def __enter__(self) -> Transcoded:
        return self

    def __exit__(self, *exc: object) -> None:
        self._text.close()


def digest(data: bytes) -> bytes:
    """The hash by which starts and tails of files are compared."""
    return blake2b(data, digest_size=12).digest()


def service_of(path: str) -> str:
    """The service that a file's name tells: `edge-mcp` for edge-mcp.log, edge-mcp.log.1.gz, edge-mcp-2024-01-10.log.

    A file of a Kubernetes node is named by its count of restarts; its folder has the container's name. A docker file
    is named by the container's id, which tells no service.
    """
    if path == STDIN:
        return ""
    name = os.path.basename(path)
    while shorter := _SUFFIXES.sub("", name):
        if shorter == name:
            break
        name = shorter
    name = name.removesuffix("-json")
    if name.isdecimal():
        return os.path.basename(os.path.dirname(os.path.abspath(path)))
    return "" if _CONTAINER_ID.fullmatch(name) else name


def same_family(a: str, b: str) -> bool:
    """Whether two paths are one log and its rotated copies by name: app.log, app.log.1, app.log.2.gz."""
    return service_of(a) == service_of(b)
