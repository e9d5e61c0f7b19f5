"""Work on many items in forks of this process, which knows already all that the work needs. Only for what reads.

A fork opens its own files, and says what it made of each item through a pipe. It has no other way to say anything: what one that
ends too soon has left undone is done here, where trouble is told as ever.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from typing import NamedTuple, NoReturn, TypeVar

T = TypeVar("T")

_LENGTH = 8
_AHEAD = 1 << 20
"""Bytes that a fork may be ahead of who reads."""


class _Fork(NamedTuple):
    pid: int
    pipe: BufferedReader


def cores() -> int:
    """How many forks would run at the same time; 1 where this process can have none."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "fork") and hasattr(os, "sched_getaffinity") else 1


def in_forks(items: Sequence[T], begin: Callable[[], Callable[[T], bytes]]) -> Iterator[bytes]:
    """What is made of each item, in order. begin: gives what makes it; called in each fork, and here where one has failed.

    No other thread of this process may be at work.
    """
    forks: list[_Fork] = []
    count = cores()
    make: Callable[[T], bytes] | None = None
    try:
        with suppress(OSError):  # there may be no more processes, or files
            for number in range(count):
                forks.append(_forked(items[number::count], begin, forks))
        for number, item in enumerate(items):
            made = _next(forks[number % count].pipe) if number % count < len(forks) else None
            if made is None:
                make = make or begin()
                made = make(item)
            yield made
    finally:
        for fork in forks:
            fork.pipe.close()  # what it writes next ends it
            os.waitpid(fork.pid, 0)


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
        for end in (ours, *[other.pipe.fileno() for other in others]):
            os.close(end)
        _work(theirs, items, begin)
    os.close(theirs)
    return _Fork(pid, os.fdopen(ours, "rb"))


def _work(pipe: int, items: Sequence[T], begin: Callable[[], Callable[[T], bytes]]) -> NoReturn:
    """The life of a fork: it ends without a word, and without ending what this process has begun."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # when to stop is decided where it is read
        gc.freeze()  # what is shared stays so
        make = begin()
        with os.fdopen(pipe, "wb") as out:
            for item in items:
                made = make(item)
                out.write(len(made).to_bytes(_LENGTH, "big"))
                out.write(made)
                out.flush()
    finally:
        os._exit(0)


def _next(pipe: BufferedReader) -> bytes | None:
    """What a fork says next; None where it is gone."""
    length = int.from_bytes(head, "big") if len(head := pipe.read(_LENGTH)) == _LENGTH else None
    made = b"" if length is None else pipe.read(length)
    return made if len(made) == length else None


def _widen(pipe: int) -> None:
    """Lets a fork be ahead, where the system has room for it."""
    import fcntl

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _AHEAD)
