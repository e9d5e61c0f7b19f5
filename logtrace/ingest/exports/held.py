"""Lines that have to wait for what belongs to all of them: in memory, then on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

_IN_MEMORY = 8 << 20


class Held:
    """Lines in the order in which they came."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def add(self, line: bytes) -> None:
        """Keeps a line, which has no line end in it."""
        self._lines.append(line)
        self._size += len(line)
        if self._size > _IN_MEMORY:
            self._file = self._file or TemporaryFile()  # noqa: SIM115 - closed once all is given back
            self._file.writelines(each + b"\n" for each in self._lines)
            self._lines, self._size = [], 0

    def taken(self) -> Iterator[bytes]:
        """All lines; then there are none."""
        file, lines, self._file, self._lines, self._size = self._file, self._lines, None, [], 0
        with ExitStack() as stack:
            if file is not None:
                stack.enter_context(file).seek(0)
                yield from (line[:-1] for line in file)
            yield from lines
