"""Lines that have to wait for what belongs to all of them: in memory, then on disk."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

_IN_MEMORY = 8 << 20


class Held:
    """Lines in the order in which they came."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] | None = None

    def add(self, line: bytes) -> None:
        """Keeps a line, which has no line end in it."""
        if self._file is None:
            self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed once all is given back
        self._file.write(line + b"\n")

    def taken(self) -> Iterator[bytes]:
        """All lines; then there are none."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with file:
            file.seek(0)
            for line in file:
                yield line[:-1]
