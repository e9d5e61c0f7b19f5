"""Wall time, CPU time and peak memory of a command with all its child processes (Linux)."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SAMPLE_S = 0.05


class Measure(NamedTuple):
    """`peak_pss_mb` is the largest sum of PSS over the process tree at any sample: memory that processes share counts once.

    `said` is the end of what a failed command wrote to stderr; empty where it went well.
    """

    wall_s: float
    cpu_s: float
    peak_pss_mb: float
    exit_code: int
    said: str


def measure(command: Sequence[str], env: Mapping[str, str] | None = None) -> Measure:
    """Runs the command to its end, its stdout thrown away."""
    done = threading.Event()
    peak: list[float] = [0.0]
    with tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, env=env)
        sampler = threading.Thread(target=_sample, args=(process.pid, peak, done))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        sampler.join()
        stderr.seek(0)
        said = stderr.read().decode("utf-8", "replace").strip()[-300:] if process.returncode else ""
    return Measure(wall, usage.ru_utime + usage.ru_stime, peak[0], process.returncode, said)


def _sample(pid: int, peak: list[float], done: threading.Event) -> None:
    while not done.is_set():
        peak[0] = max(peak[0], sum(pss_mb(each) for each in tree(pid)))
        done.wait(SAMPLE_S)


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants, as far as they live."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from tree(int(child))


class Held(NamedTuple):
    """Memory in MB: pages that only these processes have, and their share of what others have as well."""

    private_mb: float
    shared_mb: float


def held(pids: Iterable[int]) -> Held:
    """What some processes hold; nothing once they have ended."""
    found = [_rollup(pid) for pid in pids]
    private = sum(each.get("Private_Clean", 0) + each.get("Private_Dirty", 0) for each in found) / 1e6
    return Held(private, sum(each.get("Pss", 0) for each in found) / 1e6 - private)


def pss_mb(pid: int) -> float:
    """The proportional set size of one process in MB; 0 once it has ended."""
    return _rollup(pid).get("Pss", 0) / 1e6


def _rollup(pid: int) -> dict[str, int]:
    """What the system counts of a process, in bytes, by name."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {name.rstrip(":"): int(number) * 1024 for name, number, *_ in map(str.split, lines)}
