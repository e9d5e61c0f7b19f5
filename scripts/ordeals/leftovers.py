"""The folder that ordeals work in, and that nothing of it stays: no process, no mounted disk, no file, however they end.

Each run keeps its folder locked; one whose lock is free was left by a run that was killed, and goes when the next begins.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from measure import tree

_PREFIX = "torture-"
_LOCK = "lock"
_TRIES = 100
_PATIENCE_SECONDS = 10
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class EndedError(BaseException):
    """The run was told to end, by the signal with this number. No `except Exception` of what is tortured takes it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


@contextmanager
def workplace(say: Callable[[str], None]) -> Iterator[Path]:
    """A folder for all that is made meanwhile, by this process and by those that it starts, which end with it."""
    for left in _left():
        say(f"{left} was left by a run that was killed, and goes")
        removed(left)
    known = {number: signal.signal(number, _end) for number in _SIGNALS}
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    before, variable = tempfile.gettempdir(), os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        tempfile.tempdir = before
        del os.environ["TMPDIR"]
        if variable is not None:
            os.environ["TMPDIR"] = variable
        removed(folder)
        for number, handler in known.items():
            signal.signal(number, handler)


def _end(number: int, _: Any) -> None:
    raise EndedError(number)


def _left() -> Iterator[Path]:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/"):
        with suppress(OSError), (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder


def removed(folder: Path) -> None:
    """Ends the processes that were started for a folder, takes off the disks that are mounted in it, and the folder itself."""
    for _ in range(_TRIES):
        unsettled, found = _are_starting(), list(_started_for(folder))  # in this order: one that settles between is found
        for pid in found:
            _end_at_once(pid)
        if not found and not unsettled:
            break
        time.sleep(0.05)
    for place in _mounted_in(folder):
        subprocess.run(["umount", "-l", place], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _end_at_once(pid: int) -> None:
    """Kills a process and waits until it has ended: one that is about to has lost the variables by which it is found."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [], _PATIENCE_SECONDS)
        finally:
            os.close(handle)


def _started_for(folder: Path) -> Iterator[int]:
    """Processes with the folder as their TMPDIR: this one's variables are what it was started with, and name another."""
    mark = b"TMPDIR=" + os.fsencode(folder)
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                yield int(place.parent.name)


def _are_starting() -> bool:
    """Whether a descendant shows no variables yet: to who starts a program it is begun just before they can be read."""
    return any(_has_no_variables(pid) for pid in tree(os.getpid()))


def _has_no_variables(pid: int) -> bool:
    with suppress(OSError):
        place = Path(f"/proc/{pid}")
        return place.joinpath("exe").exists() and not place.joinpath("environ").read_bytes()
    return False


def _mounted_in(folder: Path) -> list[str]:
    with suppress(OSError):
        places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        return [place for place in reversed(places) if place.startswith(f"{folder}/")]
    return []
