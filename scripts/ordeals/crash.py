"""kill -9 at random moments: the store opens, is whole, and the next run ends where an undisturbed one does, row by row."""

from __future__ import annotations

import gzip
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from make_logs import tell_even, tell_unevenly, write_logs

from logtrace.store.health import writer_of
from ordeals.contents import Contents, contents, damage, differences
from ordeals.outcome import Outcome
from ordeals.program import ROOT, Run

STORE = "s.db"


class Job(NamedTuple):
    """A run that is killed. prepare: makes its logs, and the store it begins with, in a folder; words: of its command line."""

    name: str
    prepare: Callable[[Path], None]
    words: tuple[str, ...]
    share: int


def _ingest(folder: Path, *paths: str) -> None:
    if trouble := Run(folder, ["ingest", "-q", "--store", STORE, *paths]).end():
        raise RuntimeError(trouble)


def _logs(folder: Path) -> None:
    """A few MB in many files: worked on in one process."""
    for seed in range(6):
        write_logs(folder / f"part{seed}", 800, seed, tell_unevenly if seed % 2 else tell_even)


def _large_logs(folder: Path) -> None:
    """Enough that worker processes are started."""
    write_logs(folder / "large", 16_000, 3, tell_even)


def _grown(folder: Path) -> None:
    """A store, and logs that have grown, been rotated and compressed since."""
    write_logs(folder / "logs", 3_000, 1, tell_even)
    whole = {path: path.read_bytes() for path in sorted((folder / "logs").glob("*.log"))}
    for path, data in whole.items():
        path.write_bytes(data[: data.rfind(b"\n", 0, len(data) // 3) + 1])
    _ingest(folder, "logs")
    for number, (path, data) in enumerate(whole.items()):
        path.write_bytes(data)
        if number == 1:
            path.rename(path.with_name(path.name + ".1"))
        if number == 2:
            path.with_name(path.name + ".2.gz").write_bytes(gzip.compress(data))
            path.unlink()
    write_logs(folder / "logs" / "more", 1_500, 2, tell_unevenly)


_RULES = """
[[preservation_rules]]
name = "errors"
condition = "error = true"
ttl = "3000d"
[preservation]
ttl = "1s"
sample = "10%"
"""


def _kept(folder: Path) -> None:
    """A store of which most may go."""
    write_logs(folder / "logs", 5_000, 4, tell_even)
    _ingest(folder, "logs")
    (folder / "logtrace.toml").write_text(_RULES)
    time.sleep(1.1)


def _secret(folder: Path) -> None:
    """A store that keeps secrets."""
    write_logs(folder / "logs", 2_000, 5, tell_even)
    for path in (folder / "logs").glob("*.log"):
        path.write_text(
            path.read_text().replace("SELECT", "password=hunter2secret SELECT").replace("user-1", "sk_live_" + "a1" * 12)
        )
    if trouble := Run(folder, ["ingest", "-q", "--no-redact", "--store", STORE, "logs"]).end():
        raise RuntimeError(trouble)


def _old(folder: Path) -> None:
    """A store of an older schema."""
    write_logs(folder / "logs", 3_000, 6, tell_even)
    _ingest(folder, "logs")
    with closing(sqlite3.connect(folder / STORE)) as connection:
        for table in ("read_by", "pin", "preserved", "sampled", "dropped", "receiver", "pushed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE meta SET value = 2 WHERE key = 'schema_version'")
        connection.commit()


_TAKE = ("ingest", "-q", "--store", STORE)
JOBS = (
    Job("ingest", _logs, (*_TAKE, "."), 4),
    Job("ingest by workers", _large_logs, (*_TAKE, "large"), 3),
    Job("ingest of what is new", _grown, (*_TAKE, "logs"), 4),
    Job("prune", _kept, ("prune", "--store", STORE), 3),
    Job("redact", _secret, ("redact", "--apply", "--store", STORE), 2),
    Job("migration", _old, ("traces", "--store", STORE), 2),
)
"""share: how many of the kills, beside those of the others, are of this job."""
FOLLOW_SHARE = 3
PUSH_SHARE = 2


def run(kills: int, seed: int, work: Path, say: Callable[[str], None]) -> Outcome:
    """About so many kills, shared among all jobs."""
    chance, shares = random.Random(seed), sum(job.share for job in JOBS) + FOLLOW_SHARE + PUSH_SHARE
    done, troubles = 0, []
    for job in JOBS:
        wanted = max(1, round(kills * job.share / shares))
        count, found = killed(job, wanted, chance, work / job.name.replace(" ", "-"))
        say("; ".join([f"{job.name}: {count} kills, {len(found)} troubles", *found]))
        done, troubles = done + count, troubles + found
    count, found = _pushed(max(1, round(kills * PUSH_SHARE / shares)), chance, work / "push")
    say("; ".join([f"push: {count} kills, {len(found)} troubles", *found]))
    done, troubles = done + count, troubles + found
    count, found = _followed(max(1, kills - done), chance, work / "follow")
    say("; ".join([f"follow: {count} kills, {len(found)} troubles", *found]))
    return Outcome(done + count, "kills survived", (*troubles, *found))


def killed(job: Job, kills: int, chance: random.Random, work: Path) -> tuple[int, list[str]]:
    """Kills one job so many times, each time from the same beginning."""
    begin, here = work / "begin", work / "here"
    begin.mkdir(parents=True)
    job.prepare(begin)
    took, wanted = _undisturbed(job, begin, here)
    done, troubles = 0, []
    while done < kills:
        copied(begin, here)
        for _ in range(min(kills - done, chance.choice((1, 1, 2, 3)))):  # what takes up a killed run may be killed as well
            running = Run(here, job.words)
            time.sleep(chance.uniform(0, took))
            done += running.kill(workers_too=chance.random() < 0.5)
            troubles += [f"{job.name}, kill {done}: {each}" for each in damage(here / STORE)]
        troubles += [f"{job.name}, after kill {done}: {each}" for each in _taken_up(job, here, wanted)]
    shutil.rmtree(work)
    return done, troubles


def _undisturbed(job: Job, begin: Path, here: Path) -> tuple[float, Contents]:
    """(seconds that the job takes, what it leaves)."""
    copied(begin, here)
    running, started = Run(here, job.words), time.monotonic()
    if trouble := running.end():
        raise RuntimeError(f"{job.name}, undisturbed: {trouble}")
    return time.monotonic() - started, contents(here / STORE)


def copied(begin: Path, here: Path) -> None:
    """Makes the second folder like the first."""
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(begin, here)  # with times: a file is known by its


def _taken_up(job: Job, here: Path, wanted: Contents) -> list[str]:
    if trouble := Run(here, job.words).end():
        return [trouble]
    return differences(contents(here / STORE), wanted)


def _pushed(kills: int, chance: random.Random, work: Path) -> tuple[int, list[str]]:
    """Spans go to a receiver while those who push are killed: each arrives, and what arrives twice is the very same."""
    from tests.jobs.push.killing import push_through
    from tests.jobs.push.receiver import Received, over_http

    work.mkdir()
    write_logs(work / "logs", 500 + 700 * kills, 8, tell_even)
    _ingest(work, "logs")
    received = Received()
    with over_http(received) as url:
        done = push_through(work / STORE, url, received, batch=60, kills=kills, each=6, seed=chance.randrange(1 << 30))
    with closing(sqlite3.connect(work / STORE)) as connection:
        wanted = set(connection.execute("SELECT trace_id, span_id FROM spans"))
    found = set(received.ids)
    troubles = [f"push: {len(wanted - found)} spans lost, {len(found - wanted)} made up"] if found != wanted else []
    unlike = sum(len(set(bodies)) > 1 for bodies in received.spans.values())
    return done.kills, troubles + ([f"push: {unlike} spans came twice, and not alike"] if unlike else [])


LINES_A_KILL = 4_000
_WRITER = ROOT / "tests" / "jobs" / "rotating.py"


def _followed(kills: int, chance: random.Random, work: Path) -> tuple[int, list[str]]:
    """A program writes and rotates while those who follow it are killed one after the other; the last one is left alone."""
    (work / "logs").mkdir(parents=True)
    lines, words = LINES_A_KILL * (kills + 2), ["watch", "-q", "--store", STORE, "logs/edge.log*"]
    writer = subprocess.Popen([sys.executable, str(_WRITER), str(work / "logs"), str(lines), "0.03"])
    done, troubles = 0, []
    while done < kills:
        running = Run(work, words)
        time.sleep(chance.uniform(0, 1.0))
        done += running.kill(workers_too=chance.random() < 0.5)
        troubles += [f"follow, kill {done}: {each}" for each in damage(work / STORE)]
    last = Run(work, words)
    writer.wait()
    until = time.monotonic() + 60
    while (_lines(work / STORE) < lines or writer_of(work / STORE) != str(last.pid)) and time.monotonic() < until:
        time.sleep(0.3)
    troubles += [f"follow: {trouble}" for trouble in [last.end(told=True)] if trouble]
    return done, [*troubles, *_as_once(work)]


def _lines(store: Path) -> int:
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT coalesce(sum(lines), 0) FROM chunk").fetchone()[0])


def _as_once(work: Path) -> list[str]:
    """What differs between a store that followed and one that read all at once."""
    once = work / "once"
    once.mkdir()
    shutil.copyfile(work / "logs" / "all.txt", once / "edge.log")
    _ingest(once, "edge.log")
    found, wanted = contents(work / STORE), contents(once / STORE)
    for each in (found, wanted):  # the same lines, in other files
        del each["sources"], each["text"]
        each["logs"] = [row[:-1] for row in each["logs"]]
    return [f"follow: {each}" for each in differences(found, wanted)]
