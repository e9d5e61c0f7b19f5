"""Calls of logtrace that have no end of their own: each is told to end when it is idle. Many wait beside one another."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import logtrace.jobs.following.follow
import logtrace.server.run  # noqa: F401 - what such calls would load, each for itself
from logtrace.cli import main
from ordeals.called import CPU_S, WALL_S, Said
from ordeals.calls import Call

_LOOK_S, _IDLE_S = 0.1, 0.8


class _State(NamedTuple):
    """Of a process: clock ticks that it has computed, and whether it waits for others."""

    computed: int
    waits: bool


class Running:
    """A call at work, in a process that is forked from this one: all that it needs is loaded, and where this one is, it stays."""

    def __init__(self, call: Call) -> None:
        self._streams = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - until it has ended
        words = [*call.words, *(["--port=0"] if call.words[0] == "serve" else [])]
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._pid = os.fork()
        if not self._pid:
            _go(words, self._streams)
        self._until = time.monotonic() + WALL_S
        self._state, self._idle_since, self._told = _State(-1, waits=False), time.monotonic(), False
        self.said: Said | None = None

    def look(self) -> None:
        """Tells it to end where it was idle for a while; `said` is there once it has ended."""
        pid, status, used = os.wait4(self._pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            ended = self._told and code == -signal.SIGTERM
            out, err = map(_all_of, self._streams)
            self.said = Said(0 if ended else code, out, err, used.ru_utime + used.ru_stime)
            return
        now, state = time.monotonic(), _state_of(self._pid)
        if state != self._state or not state.waits:
            self._state, self._idle_since = state, now
        if not self._told and now - self._idle_since > _IDLE_S:
            os.kill(self._pid, signal.SIGTERM)
            self._told = True
        if now > self._until:
            os.kill(self._pid, signal.SIGKILL)


def ended(running: Sequence[Running]) -> list[Said]:
    """What each said, once all have ended."""
    while waiting := [each for each in running if each.said is None]:
        for each in waiting:
            each.look()
        time.sleep(_LOOK_S)
    return [each.said for each in running if each.said]


def _go(words: Sequence[str], streams: Sequence[BinaryIO]) -> None:
    """The rest of the life of a process that was forked: as if it were started with its words."""
    code = 1
    try:
        with open(os.devnull, "rb") as nothing:
            for number, stream in enumerate((nothing, *streams)):
                os.dup2(stream.fileno(), number)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False) for number in range(3)
        )
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
        code = main(words)
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:  # noqa: BLE001 - told as Python tells it
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)


def _all_of(file: BinaryIO) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "surrogateescape")


def _state_of(pid: int) -> _State:
    """That it waits where no /proc tells."""
    with suppress(OSError):
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return _State(int(rest[10]) + int(rest[11]), state == "S")
    return _State(-1, waits=True)
