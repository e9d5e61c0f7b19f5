"""A sender in a process of its own that is killed again and again, and a receiver that fails in all ways at once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.jobs.push.receiver import Received

HTTP_FAULTS = ("503", "429", "drop", "cut", "half", "warn", "502")
GRPC_FAULTS = ("UNAVAILABLE", "later", "ABORTED", "warn")
KILL = "call"


class Done(NamedTuple):
    """How it went: processes that were started, how many of them were killed, spans that came more than once."""

    runs: int
    kills: int
    redelivered: int


def push_through(store: Path, url: str, received: Received, *, batch: int, kills: int, each: int, seed: int) -> Done:
    """Pushes until a process ends by itself. One request in four fails; one in `each` is taken, and its sender killed before
    it sees the answer, up to so many times."""
    chosen = random.Random(seed)
    names = HTTP_FAULTS if url.startswith("http") else GRPC_FAULTS
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[-1].send_signal(signal.SIGKILL)
        running[-1].wait()

    received.on_call = kill
    command = [sys.executable, "-m", "logtrace", "push", url, "--store", str(store), "--batch", str(batch), "--retry", "2m"]
    killed = 0
    while True:
        faults = [chosen.choice(names) if chosen.random() < 0.25 else "" for _ in range(each if killed < kills else 10_000)]
        received.faults = [*faults, KILL] if killed < kills else faults
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        told, _ = running[-1].communicate()
        if running[-1].returncode == 0:
            break
        assert running[-1].returncode == -signal.SIGKILL, told.decode()
        killed += 1
    return Done(len(running), killed, received.ids.total() - len(received.ids))
