"""--since and --until of an ingest: lines outside are taken out of blocks before anybody decodes them for the store.

An empty line stands where a line was, so that the others keep their numbers.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from logtrace.ingest.pieces.blocks import Block
from logtrace.ingest.records import Decoder, Rejection, Settings
from logtrace.model import Record
from logtrace.reconstruct.spans.runs import NONE, Run

_SLACK_NS = 3600 * 1_000_000_000
"""Clocks of the writer of a log and of the disk it lies on may differ by so much."""


class Window(NamedTuple):
    """From since_ns up to, not including, until_ns; None: no limit."""

    since_ns: int | None = None
    until_ns: int | None = None

    def holds(self, time_ns: int) -> bool:
        """Whether a time is in the window."""
        return (self.since_ns is None or time_ns >= self.since_ns) and (self.until_ns is None or time_ns < self.until_ns)

    def is_over(self, mtime_ns: int) -> bool:
        """Whether all lines of a file that was last written to at this time are surely too old."""
        return self.since_ns is not None and mtime_ns + _SLACK_NS < self.since_ns


class Blanking:
    """Takes lines out of the blocks of one file after the other. left_out: how many so far."""

    def __init__(self, window: Window, settings: Settings) -> None:
        self._window = window
        self._decoder = Decoder(settings)
        self._inside = True
        self.left_out = 0

    def begin(self, service: str) -> None:
        """Begins a file, whose name tells a service."""
        self._decoder.source(service)
        self._inside = True

    def data(self, block: Block, place: str) -> bytes:
        """The bytes of the next block of a file, read from `place` where it has none; a line without a time goes with the
        line before it."""
        data = _read(place, block) if block.data is None else block.data
        lines, times = data.split(b"\n"), self._times(data)
        for index, line in enumerate(lines):
            if index in times:
                self._inside = self._window.holds(times[index])
            if not self._inside and line:
                lines[index] = b""
                self.left_out += 1
        return b"\n".join(lines)

    def _times(self, data: bytes) -> dict[int, int]:
        """Line index → time in ns, of the lines that have one."""
        found: dict[int, int] = {}
        for piece in self._decoder.pieces(data):
            if isinstance(piece, Run):
                timed = piece.times != NONE
                found.update(zip(piece.indexes[timed].tolist(), piece.times[timed].tolist(), strict=True))
            elif not isinstance(piece, Rejection):
                told = ((index, _time_ns(record)) for index, record in zip(piece.indexes, piece.records, strict=True))
                found.update((index, time_ns) for index, time_ns in told if time_ns is not None)
        return found


def _time_ns(record: Record) -> int | None:
    return next((time_ns for time_ns in (record.time_ns, record.start_ns, record.end_ns) if time_ns is not None), None)


def _read(place: str, block: Block) -> bytes:
    fd = os.open(place, os.O_RDONLY)
    try:
        return os.pread(fd, block.end - block.start, block.start)
    finally:
        os.close(fd)
