"""Work on many items in forks of this process, which knows already all that the work needs. Only for what reads.

A fork opens its own files, and says what it made of each item through a pipe. It has no other way to say anything: what one that
ends too soon has left undone is done here, where trouble is told as ever. What is to go on to another file goes there from the
pipe, without a copy that this process would have to make.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import NamedTuple, NoReturn, TypeVar

from logtrace.jobs.workers.allocation import keep_memory

T = TypeVar("T")

_LENGTH = 8
_AHEAD = 1 << 20
"""Bytes that a fork may be ahead of who reads."""

_CANT = (errno.EINVAL, errno.ENOSYS)
"""What the system says of a file that is written to its end, of a terminal, and where it has no such call."""


class _Fork(NamedTuple):
    pid: int
    pipe: int


class Made:
    """What is made of an item: `size` bytes, to be taken once, and before what is made of the next."""

    def __init__(self, made: bytes, pipe: int = -1, size: int = 0, again: Callable[[], bytes] = bytes) -> None:
        """made: all of it. Or it comes through a pipe, so many bytes; again: makes it here, where the fork has ended too soon."""
        self._made, self._pipe, self._again = made, pipe, again
        self.size = size or len(made)

    def taken(self) -> bytes:
        """All of it."""
        return self._made or self._left(0)

    def move(self, file: int) -> None:
        """Writes it into a file."""
        moved = 0 if self._made else _moved(self._pipe, file, self.size)
        _write(file, self._made or self._left(moved))

    def _left(self, taken: int) -> bytes:
        """All but so many bytes that have been taken from the pipe."""
        left = _read(self._pipe, self.size - taken) if taken < self.size else b""
        return left if len(left) == self.size - taken else self._again()[taken:]


def cores() -> int:
    """How many forks would run at the same time; 1 where this process can have none."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "fork") and hasattr(os, "sched_getaffinity") else 1


def in_forks(items: Sequence[T], begin: Callable[[], Callable[[T], bytes]]) -> Iterator[Made]:
    """What is made of each item, in order. begin: gives what makes it; called in each fork, and here where one has failed.

    No other thread of this process may be at work.
    """
    forks: list[_Fork] = []
    count = cores()
    here = cache(begin)
    try:
        with suppress(OSError):  # there may be no more processes, or files
            for number in range(count):
                forks.append(_forked(items[number::count], begin, forks))
        for number, item in enumerate(items):
            pipe = forks[number % count].pipe if number % count < len(forks) else -1
            size = _size(pipe)
            again = partial(_made, here, item)
            yield Made(again()) if size is None else Made(b"", pipe, size, again)
    finally:
        for fork in forks:
            os.close(fork.pipe)  # what it writes next ends it
            os.waitpid(fork.pid, 0)


def _made(begin: Callable[[], Callable[[T], bytes]], item: T) -> bytes:
    return begin()(item)


def _forked(items: Sequence[T], begin: Callable[[], Callable[[T], bytes]], others: Sequence[_Fork]) -> _Fork:
    ours, theirs = os.pipe()
    _widen(theirs)
    try:
        pid = os.fork()
    except OSError:
        os.close(ours)
        os.close(theirs)
        raise
    if not pid:
        for end in (ours, *[other.pipe for other in others]):
            os.close(end)
        _work(theirs, items, begin)
    os.close(theirs)
    return _Fork(pid, ours)


def _work(pipe: int, items: Sequence[T], begin: Callable[[], Callable[[T], bytes]]) -> NoReturn:
    """The life of a fork: it ends without a word, and without ending what this process has begun."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # when to stop is decided where it is read
        gc.freeze()  # what is shared stays so
        gc.disable()  # what is made of an item goes with it
        keep_memory()
        make = begin()
        for item in items:
            _say(pipe, make(item))
    finally:
        os._exit(0)


def _say(pipe: int, made: bytes) -> None:
    """The length, and what was made, at once: so that who reads is not woken for less."""
    length = len(made).to_bytes(_LENGTH, "big")
    said = os.writev(pipe, [length, made])
    _write(pipe, length[said:])
    _write(pipe, memoryview(made)[max(0, said - _LENGTH) :])


def _write(file: int, data: bytes | memoryview) -> None:
    while data:
        data = data[os.write(file, data) :]


def _size(pipe: int) -> int | None:
    """How much a fork says next; None where it is gone."""
    head = _read(pipe, _LENGTH) if pipe >= 0 else b""
    return int.from_bytes(head, "big") if len(head) == _LENGTH else None


def _read(pipe: int, size: int) -> bytes:
    """So many bytes; fewer where the fork is gone."""
    parts: list[bytes] = []
    while size and (part := os.read(pipe, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _moved(pipe: int, file: int, size: int) -> int:
    """How many bytes of a pipe have gone to a file without coming here: fewer where the fork is gone, or the file or the system
    is of a kind that can't."""
    moved = 0
    with suppress(AttributeError):  # not every system has splice
        try:
            while moved < size and (more := os.splice(pipe, file, size - moved)):
                moved += more
        except OSError as error:
            if error.errno not in _CANT:
                raise
    return moved


def _widen(pipe: int) -> None:
    """Lets a fork be ahead, where the system has room for it."""
    import fcntl

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _AHEAD)
