"""Runs of logtrace that are to be disturbed: each in a process group of its own, told apart from what it needs to start.

Whether one hangs is told by the time that it computes, not by the clock: on a machine with other work all takes long.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CPU_S = 120
"""So long a run may compute."""
WALL_S = 1_800
"""So long it may take in all: who waits for something that never comes computes nothing."""
_BEGIN = """
import sys
from logtrace.cli import main
from logtrace.jobs.following import follow
from logtrace.jobs.intake import ingest
from logtrace.jobs.keeping import prune
from logtrace.jobs.intake import recording
from logtrace.jobs.keeping import redact
recording.COMMIT_SECONDS = 0.0  # as often as there is something, so that a small log has as many moments as a large one
follow.ROUND_S = 0.1
print("ready", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a run that knows nothing of whoever started this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOGTRACE_", "XDG_"))}
    return kept | {"HOME": str(home), "PYTHONPATH": str(ROOT), "TZ": "UTC", "NO_COLOR": "1"} | dict(more or {})


def said(
    folder: Path, words: Sequence[str], *, more: Mapping[str, str] | None = None, limit: tuple[int, int] | None = None,
    cpu_s: int = CPU_S,
) -> tuple[int, str]:  # fmt: skip
    """(exit code, all that it said) of `logtrace WORD…` in a folder, with variables and under a limit (which, how much)."""

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        if limit:
            resource.setrlimit(limit[0], (limit[1], limit[1]))

    command = [sys.executable, "-m", "logtrace", *words]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment(folder, more), capture_output=True, timeout=WALL_S, check=False,
            stdin=subprocess.DEVNULL, preexec_fn=confine,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"it did not end within {WALL_S} s"
    if done.returncode == -signal.SIGXCPU:
        return done.returncode, f"it computed for {cpu_s} s without an end"
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


class Run:
    """A logtrace that works; made when it has started and all modules are loaded."""

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        command = [sys.executable, "-c", _BEGIN, *words]
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, text=True,
        )  # fmt: skip
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def kill(self, *, workers_too: bool) -> bool:
        """SIGKILL, for the program alone or for its workers as well; whether it was still at work."""
        alive = self._process.poll() is None
        self._process.kill()
        if workers_too:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        return alive

    def end(self, *, told: bool = False) -> str:
        """Waits until it ends by itself (told: after it was asked to); what it said where that is not a success, else ""."""
        if told:
            self._process.send_signal(signal.SIGTERM)
        try:
            out, err = self._process.communicate(timeout=WALL_S)
        except subprocess.TimeoutExpired:
            self.kill(workers_too=True)
            return f"it did not end within {WALL_S} s"
        return "" if self._process.returncode == 0 else f"exit {self._process.returncode}: {(err or out).strip()[-300:]}"
