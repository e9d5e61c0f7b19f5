"""How fast `logtrace serve` answers at a held rate while logs grow; the part of scripts/bench that --serve adds.

Requests leave on a schedule, whether or not the ones before were answered, and a latency counts from the moment of the
schedule: a stall shows in all that wait for it. Four in five ask for a trace, one in five is a search; half of each by
Jaeger's API, half by the page's own.

Memory is looked at every second, of the server and of the follower beside it, private pages apart from those that are
shared (libraries, the index of the write-ahead log). What is there after the warm-up and at the end is the median of ten
seconds: a follower goes up and down with each round. The slope is that of the line through all of it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, local
from typing import NamedTuple
from urllib.parse import urlencode

from make_logs import request, tell_even
from measure import Held, held, tree

RATE = 50
LINES_PER_S = 5_000
CONNECTIONS = 16
WARM_UP_S = 15.0
_SLICE_S = 0.1
_LOOK_S = 1.0
_LOOKS = 10


class Answered(NamedTuple):
    """One request: what it asked for, seconds from its moment in the schedule to the end of the answer, HTTP status."""

    kind: str
    latency_s: float
    status: int


class Look(NamedTuple):
    """Memory at a moment, in seconds since the warm-up."""

    at_s: float
    memory: Held


class Load(NamedTuple):
    """`answered` and memory after the warm-up, that of the server and that of the follower beside it; `start_up_s` until the
    first answer; lines written and lines that the store had at the end."""

    answered: list[Answered]
    start_up_s: float
    memory: dict[str, list[Look]]
    written: int
    stored: int


def load(store: Path, traces: list[str], seconds: float, env: Mapping[str, str]) -> Load:
    """Serves `store`, which grows by lines in a folder beside it, and asks for `seconds` after the warm-up."""
    logs = store.parent / "growing"
    logs.mkdir()
    (logs / "edge-mcp.log").touch()
    before = _lines(store)
    start = time.perf_counter()
    with _serving(store, logs, env) as (process, port):
        _ask(port, "/api/services")
        start_up = time.perf_counter() - start
        with _growing(logs) as written:
            _asking(port, traces, WARM_UP_S)
            with _watched(process.pid) as memory:
                answered = _asking(port, traces, seconds)
        time.sleep(2)
    return Load(answered, start_up, memory, written[0], _lines(store) - before)


def report(found: Load) -> str:
    lines = [f"{'serve':26} {'requests':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'failed':>7}"]
    for kind in ("trace", "search"):
        mine = [each for each in found.answered if each.kind == kind]
        cuts = statistics.quantiles([each.latency_s * 1000 for each in mine], n=100)
        failed = sum(each.status != 200 for each in mine)
        lines.append(f"{kind:26} {len(mine):9,} {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f} {failed:7,}")
    return "\n".join(
        [
            *lines,
            "",
            f"{f'memory after {WARM_UP_S:.0f} s':26} {'private':>8} {'at end':>8} {'a minute':>9} {'shared':>8} {'at end':>8} MB",
            *(_memory_line(name, looks) for name, looks in found.memory.items()),
            "",
            f"start-up {found.start_up_s:.2f} s",
            f"{found.written:,} lines written meanwhile, {found.stored:,} in the store",
        ]
    )


@contextmanager
def _serving(store: Path, logs: Path, env: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "logtrace", "serve", "--follow", str(logs), "--store", str(store), "--port", "0"]
    process = subprocess.Popen(command, env={**env, "PYTHONUNBUFFERED": "1"}, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        while "serving at" not in said:
            if not said:
                raise RuntimeError("logtrace serve ended")
            said = process.stderr.readline()
        Thread(target=process.stderr.read, daemon=True).start()
        yield process, int(said.split("serving at ")[1].split("/")[2].rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _growing(logs: Path) -> Iterator[list[int]]:
    """Lines of new requests are appended at LINES_PER_S by a process of their own; yields [lines written] once it ended."""
    written = [0]
    writer = subprocess.Popen([sys.executable, __file__, str(logs)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        yield written
    finally:
        written[0] = int(writer.communicate("")[0])


def write_until_told(logs: Path) -> None:
    """Appends lines until stdin is closed, then prints how many."""
    stop = Event()
    Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    rng = random.Random(os.getpid())
    files = {name: (logs / name).open("ab", buffering=0) for name in ("edge-mcp.log", "ws-gateway.log", "worker.log")}
    written, begun, at_us = 0, time.perf_counter(), 0
    while not stop.wait(max(0.0, begun + written / LINES_PER_S - time.perf_counter())):
        pieces: dict[str, list[bytes]] = {}
        due = written + int(LINES_PER_S * _SLICE_S)
        while written < due:
            at_us += 20_000
            for _, name, line in sorted(tell_even(rng, request(rng, at_us))):
                pieces.setdefault(name, []).append(line)
                written += 1
        for name, lines in pieces.items():
            files[name].write(b"".join(lines))
    print(written)


def _asking(port: int, traces: list[str], seconds: float) -> list[Answered]:
    rng = random.Random(11)
    begun = time.perf_counter() + 0.1

    def one(number: int, kind: str, path: str) -> Answered:
        due = begun + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        status = _ask(port, path)
        return Answered(kind, time.perf_counter() - due, status)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        asked = [threads.submit(one, number, *_question(rng, traces)) for number in range(int(seconds * RATE))]
        return [each.result() for each in asked]


def _question(rng: random.Random, traces: list[str]) -> tuple[str, str]:
    """What is asked for, and its path."""
    if rng.random() < 0.8:
        return "trace", rng.choice(("/api/traces/", "/api/logtrace/traces/")) + rng.choice(traces)
    service, operation = rng.choice((("worker", "ExecuteTask"), ("edge-mcp", "CreateTask"), ("ws-gateway", "SendMessage")))
    user = f"user-{rng.randint(1, 5000)}"
    tags = json.dumps({"user.id": user})
    jaeger = {"service": service, "operation": operation, "limit": 20}
    own = {"service": service, "operation": operation}
    asked = rng.choice(
        (
            ("/api/traces", {**jaeger, "minDuration": "100ms"}),
            ("/api/traces", {**jaeger, "tags": tags}),
            ("/api/logtrace/search", {**own, "min_ns": "100ms"}),
            ("/api/logtrace/search", {**own, "q": f"user.id = '{user}'"}),
        )
    )
    return "search", f"{asked[0]}?{urlencode(asked[1])}"


_own = local()


def _ask(port: int, path: str) -> int:
    """The status of a GET on this thread's connection; 0 where there was no answer."""
    if not hasattr(_own, "connection") or _own.connection.port != port:
        _own.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        _own.connection.request("GET", path)
        answer = _own.connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        _own.connection.close()
        return 0
    return answer.status


@contextmanager
def _watched(pid: int) -> Iterator[dict[str, list[Look]]]:
    """What the process and those that it started hold, every second for the length of the block."""
    found: dict[str, list[Look]] = {"server": [], "follower": []}
    begun, over = time.monotonic(), Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            of = {"server": held([pid]), "follower": held(each for each in tree(pid) if each != pid)}
            for name, memory in of.items():
                found[name].append(Look(time.monotonic() - begun, memory))

    watching = Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def _memory_line(name: str, looks: list[Look]) -> str:
    first, last = _median(looks[:_LOOKS]), _median(looks[-_LOOKS:])
    slope = statistics.linear_regression([each.at_s / 60 for each in looks], [each.memory.private_mb for each in looks]).slope
    private = f"{first.private_mb:8.1f} {last.private_mb:8.1f} {slope:+9.2f}"
    return f"{name:26} {private} {first.shared_mb:8.1f} {last.shared_mb:8.1f}"


def _median(looks: list[Look]) -> Held:
    return Held(*(statistics.median(each) for each in zip(*(look.memory for look in looks), strict=True)))


def _lines(store: Path) -> int:
    """Lines that a store has."""
    import sqlite3

    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        return int(db.execute("SELECT sum(lines) FROM chunk").fetchone()[0])


if __name__ == "__main__":
    write_until_told(Path(sys.argv[1]))
