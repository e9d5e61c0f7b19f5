"""Finding the few lines of many that contain a text: bytes are searched, only lines that have it are looked at.

A plain file is searched in ranges, by several threads (what they call lets the others run); a compressed one or UTF-16 as
one stream.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from logtrace.errors import InputError
from logtrace.ingest import envelopes
from logtrace.ingest.files.sources import Opened, open_stream
from logtrace.ingest.pieces import documents
from logtrace.ingest.pieces.blocks import MAX_LINE, stream_blocks
from logtrace.jobs.lines.window_search import Window, finder, lines_in

DAMAGED = "damaged, or changed while it was read"
RANGE = 8 * 1024 * 1024
"""Bytes that one task searches."""
_WINDOW = 256 * 1024
"""Small enough that a window stays in the processor's cache while it is searched."""
_PIECE = 1024 * 1024
"""So much of a stream is searched at a time: less has to be parted more often, more is out of the cache again."""
_AROUND = 128 * 1024
"""Parts of one line are not further apart than this."""
_ALONE = 4 * 1024 * 1024
"""So many bytes are searched before other threads were started."""

_PREFIXES = tuple(prefix for envelope in envelopes.ENVELOPES if envelope.splitting for prefix in envelope.splitting.prefixes)

Find = Callable[[bytes, int, int], int]
"""As bytes.find."""


class Hit(NamedTuple):
    """A line that has one of the texts, joined with its parts where it was split.

    place   the byte that it begins at, decompressed (see line_numbers)
    """

    place: int
    text: bytes


class _Task(NamedTuple):
    file: int
    start: int
    end: int


def scan(files: Sequence[Opened], needles: Sequence[bytes]) -> list[list[Hit]]:
    """For each file its lines that contain a needle, in order. A needle holds no line end.

    Raises InputError where a file can't be read to its end.
    """
    tasks = deque(_Task(number, *part) for number, opened in enumerate(files) for part in _ranges(opened))
    found: list[dict[Hit, None]] = [{} for _ in files]  # each once: the parts of one line may lie in two ranges
    troubles: list[Exception] = []

    def work() -> None:
        window = Window(_WINDOW)
        while not troubles and (task := _next(tasks)) is not None:
            try:
                found[task.file].update(dict.fromkeys(_hits(files[task.file], task, needles, window)))
            except OSError as error:
                troubles.append(InputError(f"{files[task.file].path}: {DAMAGED} ({error})", "leave it out, or try again"))
            except Exception as error:  # noqa: BLE001 - a thread has nobody to tell
                troubles.append(error)

    _together(work, min(len(tasks), _threads(sum(opened.size for opened in files))))
    if troubles:
        raise troubles[0]
    return [sorted(hits) for hits in found]


def _next(tasks: deque[_Task]) -> _Task | None:
    try:
        return tasks.popleft()
    except IndexError:
        return None


def _together(work: Callable[[], None], count: int) -> None:
    """Runs the same work in so many threads, this one among them."""
    from threading import Thread

    others = [Thread(target=work, daemon=True) for _ in range(count - 1)]
    for thread in others:
        thread.start()
    work()
    for thread in others:
        thread.join()


def _threads(size: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if size > _ALONE else 1


def _ranges(opened: Opened) -> Iterator[tuple[int, int]]:
    """(start, end) of what one task searches; the ends are not yet at line ends. A stream is one range."""
    if opened.kind != "file":
        yield 0, opened.size
        return
    for start in range(0, opened.size, RANGE):
        yield start, min(start + RANGE, opened.size)


def _hits(opened: Opened, task: _Task, needles: Sequence[bytes], window: Window) -> Iterator[Hit]:
    if opened.kind != "file":
        yield from _stream(opened, needles)
        return
    with Path(opened.path).open("rb") as file:
        fd = file.fileno()
        size = os.fstat(fd).st_size
        yield from _plain(fd, line_start(fd, task.start, size), line_start(fd, task.end, size), needles, window)


def _plain(fd: int, start: int, end: int, needles: Sequence[bytes], window: Window) -> Iterator[Hit]:
    at = start
    while at < end:
        filled = window.fill(fd, at, end - at)
        length = window.data.rfind(b"\n", 0, filled) + 1 or filled
        data: bytes | bytearray = window.data
        find: Find = window.find
        if length and data[length - 1] != 10 and at + length < end:  # the start of a line longer than the window
            length = _after_newline(fd, at + filled, end) - at
            data = os.pread(fd, length, at) if length <= MAX_LINE else b"\n"
            find = data.find
        for begin, stop in _lines_with(find, data, min(length, len(data)), needles):
            yield from _in_file(fd, at + begin, bytes(data[begin:stop]), needles)
        if not length:
            raise OSError("it ends early")
        at += length


def line_numbers(opened: Opened, places: Sequence[int]) -> list[int]:
    """The number of the line, from 1, at each place of hits, in their order."""
    ascending = sorted(set(places))
    if opened.kind != "file":
        found = dict(zip(ascending, _numbers_in_stream(opened, ascending), strict=True))
        return [found[place] for place in places]
    numbers, at, line = {}, 0, 1
    with Path(opened.path).open("rb") as file:
        for place in ascending:
            line += _line_ends(file.fileno(), at, place)
            numbers[place], at = line, place
    return [numbers[place] for place in places]


def _line_ends(fd: int, start: int, end: int) -> int:
    """How many lines end between two places."""
    return sum(lines_in(os.pread(fd, min(_WINDOW, end - at), at)) for at in range(start, end, _WINDOW))


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


def _lines_with(find: Find, data: bytes | bytearray, length: int, needles: Sequence[bytes]) -> list[tuple[int, int]]:
    """(start, end without its line end) of the lines that have a needle, each once. find: that of the data."""
    found = set()
    for needle in needles:
        at = find(needle, 0, length)
        while at >= 0:
            stop = data.find(b"\n", at, length)
            stop = length if stop < 0 else stop
            found.add((data.rfind(b"\n", 0, at) + 1, stop))
            at = find(needle, stop, length)
    return sorted(found)


def _in_file(fd: int, begin: int, line: bytes, needles: Sequence[bytes]) -> Iterator[Hit]:
    """The line at `begin`, joined with other parts of it, or the document that it stands in."""
    if not line.startswith(_PREFIXES) and not documents.may_be_inside(line):
        yield Hit(begin, line)
        return
    first = max(0, begin - _AROUND)
    data = os.pread(fd, begin - first + len(line) + _AROUND, first)
    for shift, text in _whole(data, begin - first, line, needles):
        yield Hit(first + _lines_before(data, begin - first, -shift), text)


def _lines_before(data: bytes, begin: int, many: int) -> int:
    """Where the line begins that is so many before the one at `begin`."""
    for _ in range(many):
        begin = data.rfind(b"\n", 0, begin - 1) + 1
    return begin


def _whole(data: bytes, begin: int, line: bytes, needles: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """(lines before this one, as a negative number, or 0; bytes) of what the line at `begin` in the bytes around it is part
    of."""
    if not documents.may_be_inside(line):
        yield from _joined(data, begin, needles)
        return
    at = -data.count(b"\n", 0, begin)
    lines = ((number, text, 1) for number, text in enumerate(data.split(b"\n"), at))
    for number, text, _ in documents.joined(lines):
        if number <= 0 <= number + text.count(b"\n"):
            yield number, text
            return
    yield 0, line


def _joined(data: bytes, begin: int, needles: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """As _whole, where a runtime may have split the line."""
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


def _stream(opened: Opened, needles: Sequence[bytes]) -> Iterator[Hit]:
    with open_stream(opened.path, opened.kind) as stream:
        for block in stream_blocks(stream, size=_PIECE):
            data = block.data or b""
            for begin, stop in _lines_with(finder(data), data, len(data), needles):
                first = max(0, begin - _AROUND)
                around, inside = data[first : stop + _AROUND], begin - first
                for shift, text in _whole(around, inside, data[begin:stop], needles):
                    yield Hit(block.start + first + _lines_before(around, inside, -shift), text)


def _numbers_in_stream(opened: Opened, places: Sequence[int]) -> Iterator[int]:
    """The number of the line at each of some places, which ascend."""
    left, line = deque(places), 1
    with open_stream(opened.path, opened.kind) as stream:
        for block in stream_blocks(stream, size=_PIECE):
            data, begin = block.data or b"\n", 0
            while left and left[0] < block.end:
                place = left.popleft() - block.start
                line += lines_in(data[begin:place])
                begin = place
                yield line
            if not left:
                return
            line += lines_in(data[begin:])
