"""Finding the few lines of many that contain a text: bytes are searched, only lines that have it are looked at.

A plain file is searched in ranges, by worker processes where that pays; a compressed one or UTF-16 as one stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from logtrace.errors import InputError
from logtrace.ingest import envelopes
from logtrace.ingest.blocks import stream_blocks
from logtrace.ingest.records import MAX_LINE
from logtrace.ingest.sources import Opened, open_stream
from logtrace.jobs.pool import Message, Pool, make_pool

DAMAGED = "damaged, or changed while it was read"
RANGE = 32 * 1024 * 1024
"""Bytes that one task searches."""
_WINDOW = 256 * 1024
"""Small enough that a window stays in the processor's cache while it is searched."""
_AROUND = 128 * 1024
"""Parts of one line are not further apart than this."""

_PREFIXES = tuple(prefix for envelope in envelopes.ENVELOPES if envelope.splitting for prefix in envelope.splitting.prefixes)

Found = list[tuple[int, bytes]]
"""The hits in a range: (line number in it, bytes)."""


class Hit(NamedTuple):
    """A line that has one of the texts: its number from 1 and its bytes, joined with its parts where it was split."""

    number: int
    text: bytes


def scan(files: Sequence[Opened], needles: Sequence[bytes]) -> list[list[Hit]]:
    """For each file its lines that contain a needle, in order. A needle holds no line end.

    Raises InputError where a file can't be read to its end.
    """
    parts = [(index, part) for index, opened in enumerate(files) for part in _ranges(opened)]
    tasks = [(files[index].path, files[index].kind, *part, tuple(needles)) for index, part in parts]
    pool = make_pool(Scanner, sum(opened.size for opened in files))
    try:
        answers = _done(pool, tasks)
        last = {index: number for number, (index, _) in enumerate(parts) if answers[number][1]}
        before = [number for number, (index, _) in enumerate(parts) if number < last.get(index, 0)]
        counts = dict(zip(before, _done(pool, [(*tasks[number][:-1], ()) for number in before]), strict=True))
    finally:
        pool.close()
    found: list[dict[Hit, None]] = [{} for _ in files]  # each once: the parts of one line may lie in two ranges
    lines = [0] * len(files)
    for number, (index, _) in enumerate(parts):
        found[index].update((Hit(lines[index] + line, text), None) for line, text in answers[number][1])
        lines[index] += counts[number][0] if number in counts else 0
    return [list(hits) for hits in found]


def _done(pool: Pool, tasks: Sequence[Message]) -> list[Message]:
    """The answers to tasks (see Scanner), in the order of the tasks."""
    answers: dict[int, Message] = {}
    for number, task in enumerate(tasks):
        while not pool.room():
            answers.update((message[0], message[1:]) for _, message in pool.answers())
        pool.send((number, *task))
    while len(answers) < len(tasks):
        answers.update((message[0], message[1:]) for _, message in pool.answers())
    for number, task in enumerate(tasks):
        if trouble := answers[number][2]:
            raise InputError(f"{task[0]}: {DAMAGED} ({trouble})", "leave it out, or try again")
    return [answers[number] for number in range(len(tasks))]


def _ranges(opened: Opened) -> Iterator[tuple[int, int]]:
    """(start, end) of what one worker searches; the ends are not yet at line ends. A stream is one range."""
    if opened.kind != "file":
        yield 0, opened.size
        return
    for start in range(0, opened.size, RANGE):
        yield start, min(start + RANGE, opened.size)


class Scanner:
    """Searches ranges, or (without needles) counts the line ends in them: the worker of `scan`."""

    def __init__(self) -> None:
        self._buffer = bytearray(_WINDOW)

    def __call__(self, message: Message) -> Message:
        """(task, path, kind, start, end, needles) → (task, line ends, [(line number in the range, bytes), …], trouble)."""
        number, path, kind, start, end, needles = message
        try:
            if kind != "file":
                return number, 0, _stream(path, kind, needles), ""
            with Path(path).open("rb") as file:
                fd = file.fileno()
                size = os.fstat(fd).st_size
                start, end = line_start(fd, start, size), line_start(fd, end, size)
                if not needles:
                    return number, _line_ends(fd, start, end), [], ""
                return number, 0, self._plain(fd, start, end, needles), ""
        except OSError as error:
            return number, 0, [], str(error)

    def close(self) -> None:
        """Nothing is held open."""

    def _plain(self, fd: int, start: int, end: int, needles: Sequence[bytes]) -> Found:
        hits: Found = []
        counted, line, at = start, 1, start
        while at < end:
            filled = os.preadv(fd, [memoryview(self._buffer)[: min(_WINDOW, end - at)]], at)
            length = self._buffer.rfind(b"\n", 0, filled) + 1 or filled
            data: bytes | bytearray = self._buffer
            if self._buffer[length - 1] != 10 and at + length < end:  # the start of a line longer than the window
                length = _after_newline(fd, at + filled, end) - at
                data = os.pread(fd, length, at) if length <= MAX_LINE else b"\n"
            for begin, stop in _lines_with(data, min(length, len(data)), needles):
                line += _line_ends(fd, counted, at + begin)
                counted = at + begin
                hits += [(line + shift, text) for shift, text in _in_file(fd, counted, bytes(data[begin:stop]), needles)]
            at += length
        return hits


def _line_ends(fd: int, start: int, end: int) -> int:
    """How many lines end between two places. Counted only where a hit asks for its line number."""
    return sum(os.pread(fd, min(_WINDOW, end - at), at).count(b"\n") for at in range(start, end, _WINDOW))


def _after_newline(fd: int, at: int, size: int) -> int:
    while at < size:
        found = os.pread(fd, _WINDOW, at).find(b"\n")
        if found >= 0:
            return at + found + 1
        at += _WINDOW
    return size


def line_start(fd: int, at: int, size: int) -> int:
    """The first place from `at` on where a line starts; the start and the end of the file stay."""
    if 0 < at < size and os.pread(fd, 1, at - 1) != b"\n":
        return _after_newline(fd, at, size)
    return min(at, size)


def _lines_with(data: bytes | bytearray, length: int, needles: Sequence[bytes]) -> list[tuple[int, int]]:
    """(start, end without its line end) of the lines that have a needle, each once."""
    found = set()
    for needle in needles:
        at = data.find(needle, 0, length)
        while at >= 0:
            stop = data.find(b"\n", at, length)
            stop = length if stop < 0 else stop
            found.add((data.rfind(b"\n", 0, at) + 1, stop))
            at = data.find(needle, stop, length)
    return sorted(found)


def _in_file(fd: int, begin: int, line: bytes, needles: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """(lines before this one, as a negative number, or 0; bytes) of the line at `begin`, joined with other parts of it."""
    if not line.startswith(_PREFIXES):
        yield 0, line
        return
    first = max(0, begin - _AROUND)
    data = os.pread(fd, begin - first + len(line) + _AROUND, first)
    yield from _joined(data, begin - first, needles)


def _joined(data: bytes, begin: int, needles: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """As _in_file, of the line at `begin` in the bytes around it."""
    at = -data.count(b"\n", 0, begin)

    def lines() -> Iterator[tuple[int, str]]:
        nonlocal at
        for at, line in enumerate(data.split(b"\n"), at):  # noqa: B020 - counts on from where it starts
            if line:
                yield at, line.decode("utf-8", "surrogateescape")

    for number, text, _ in envelopes.joined(lines()):
        whole = text.encode("utf-8", "surrogateescape")
        if number <= 0 <= at and any(needle in whole for needle in needles):
            yield number, whole
        if number > 0:
            return


def _stream(path: str, kind: str, needles: Sequence[bytes]) -> Found:
    newlines, hits = 0, []
    with open_stream(path, kind) as stream:
        for block in stream_blocks(stream):
            data = block.data or b"\n"
            for begin, stop in _lines_with(data, len(data), needles):
                line, first = newlines + data.count(b"\n", 0, begin) + 1, max(0, begin - _AROUND)
                hits += [(line + shift, text) for shift, text in _joined(data[first : stop + _AROUND], begin - first, needles)]
            newlines += data.count(b"\n")
    return hits
