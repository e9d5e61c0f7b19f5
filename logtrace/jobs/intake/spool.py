"""What is sent instead of written to a log: kept as lines in files of a folder, which are read like any others."""

from __future__ import annotations

import threading
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.jobs.intake.ingest import ingest

MOST = 64 * 1024 * 1024
"""Bytes after which a new file is begun."""


class Spool:
    """Lines on their way into a store. They come from many threads, and are read by one at a time.

    followed    whoever follows `pattern` reads them; else they are read into the store at once
    """

    def __init__(self, folder: Path, store: Path, *, followed: bool) -> None:
        self._folder = folder
        self._store = store
        self._followed = followed
        self._number = 1
        self._lock = threading.Lock()
        self._path.touch()

    @property
    def pattern(self) -> str:
        """The files of the folder, for whoever follows them."""
        return str(self._folder / "f*.jsonl")

    @property
    def _path(self) -> Path:
        """Named like a container's file: such a name tells no service for what is sent without one."""
        return self._folder / (f"{self._number:x}".rjust(64, "f") + ".jsonl")

    def take(self, lines: bytes) -> None:
        """Takes lines of JSON. Raises StoreError, and forgets them, where the store is written by another."""
        with self._lock:
            if self._path.stat().st_size > MOST:
                self._next()
            size = self._path.stat().st_size
            with self._path.open("ab") as file:
                file.write(lines + b"\n")
            if self._followed:
                return
            try:
                ingest(self._store, [str(self._path)])
            except StoreError:
                with self._path.open("ab") as file:
                    file.truncate(size)
                raise

    def _next(self) -> None:
        if not self._followed:
            self._path.unlink()
        self._number += 1
        self._path.touch()
