"""One call of logtrace in this process: its exit code and what it said, and whether it came to an end."""

from __future__ import annotations

import faulthandler
import io
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from logtrace.cli import main
from ordeals.calls import Call

STORE = "s.db"
CPU_S = 20
"""So long a call may compute: a machine with other work makes it take longer, not compute more."""
WALL_S = 600
"""So long it may take: who waits for what never comes computes nothing."""


class Said(NamedTuple):
    """How a call ended: exit code, stdout, stderr, and what it computed."""

    code: int
    out: str
    err: str
    computed_s: float


class _Terminal(io.TextIOWrapper):
    """What the program takes for a terminal."""

    def isatty(self) -> bool:
        return True


class _TooLongError(BaseException):
    """A call does not end."""


def _computed_s() -> float:
    """What this process and those that it started have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@contextmanager
def _limited() -> Iterator[None]:
    """Ends what computes, or takes, too long; the whole process where that does not even hear of it."""
    known = [(number, signal.signal(number, _ring)) for number in (signal.SIGALRM, signal.SIGPROF)]
    signal.setitimer(signal.ITIMER_PROF, 2 * CPU_S)
    signal.alarm(WALL_S)
    faulthandler.dump_traceback_later(2 * WALL_S, exit=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        for number, handler in known:
            signal.signal(number, handler)


def in_process(call: Call) -> Said:
    """A call in this process; its code is -1 where it does not end."""
    out = _Terminal(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")  # where a terminal would show progress
    before, stdin, sys.stdin = _computed_s(), sys.stdin, io.TextIOWrapper(io.BytesIO(b""))
    try:
        with _limited(), redirect_stdout(out), redirect_stderr(err):
            code = main(list(call.words))
    except (_TooLongError, SystemExit) as error:
        code = -1 if isinstance(error, _TooLongError) else int(error.code or 0)
    finally:
        sys.stdin = stdin
    for stream in (out, err):
        stream.flush()
    told = [stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err)]  # type: ignore[attr-defined]
    return Said(code, *told, _computed_s() - before)


def _ring(*_: Any) -> None:
    raise _TooLongError
