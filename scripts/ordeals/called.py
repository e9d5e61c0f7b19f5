"""One call of logtrace, in this process or as one of its own: its exit code and what it said, and whether it came to an end."""

from __future__ import annotations

import faulthandler
import io
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from logtrace.cli import main
from ordeals.calls import Call
from ordeals.program import environment

STORE = "s.db"
CPU_S = 20
"""So long a call may compute: a machine with other work makes it take longer, not compute more."""
WALL_S = 600
"""So long it may take: who waits for what never comes computes nothing."""
_LOOK_S, _IDLE_S = 0.2, 0.8


class _Terminal(io.TextIOWrapper):
    """What the program takes for a terminal."""

    def isatty(self) -> bool:
        return True


class _TooLongError(BaseException):
    """A call does not end."""


def computed_s() -> float:
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


def in_process(call: Call) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a call in this process; -1 where it does not end."""
    out = _Terminal(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")  # where a terminal would show progress
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(b""))
    try:
        with _limited(), redirect_stdout(out), redirect_stderr(err):
            code = main(list(call.words))
    except (_TooLongError, SystemExit) as error:
        code = -1 if isinstance(error, _TooLongError) else int(error.code or 0)
    finally:
        sys.stdin = stdin
    for stream in (out, err):
        stream.flush()
    return code, *(stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err))  # type: ignore[attr-defined]


def _ring(*_: Any) -> None:
    raise _TooLongError


def told_to_end(call: Call, here: Path) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a call that has no end of its own, in a folder: it is told to end when it is idle."""
    words = call.words if call.words[0] != "serve" else (*call.words, "--port=0")
    more = {"LOGTRACE_STORE": STORE, "BROWSER": "true"}
    command = [sys.executable, "-m", "logtrace", *(word.replace("\0", "\\0") for word in words)]
    try:
        running = subprocess.Popen(
            command,
            cwd=here,
            env=environment(here, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (ValueError, OSError, UnicodeEncodeError):  # no process can be given such a word
        return 0, "", ""
    if sys.platform == "linux":
        resource.prlimit(running.pid, resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    out, err = _when_idle(running)
    told_to = running.returncode == -signal.SIGTERM
    return 0 if told_to else running.returncode, *(text.decode("utf-8", "surrogateescape") for text in (out, err))


def _when_idle(running: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a process said that is told to end once it computes nothing any more, or ended before."""
    computed, idle_s, until = -1.0, 0.0, time.monotonic() + WALL_S
    while idle_s < _IDLE_S and time.monotonic() < until:
        try:
            return running.communicate(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            now = _computed_by(running.pid)
            idle_s = idle_s + _LOOK_S if now == computed or now < 0 else 0.0
            computed = now
    running.terminate()
    try:
        return running.communicate(timeout=WALL_S)
    except subprocess.TimeoutExpired:
        running.kill()
        return running.communicate()


def _computed_by(pid: int) -> float:
    """Clock ticks that a process has computed; -1 where no /proc tells."""
    with suppress(OSError):
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return float(user) + float(system)
    return -1.0
