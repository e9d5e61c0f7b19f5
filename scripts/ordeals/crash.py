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

from logtrace.store.file.health import writer_of
from ordeals.contents import Contents, contents, damage, differences
from ordeals.outcome import Outcome
from ordeals.program import ROOT, WALL_S, Run
from ordeals.progress import Progress

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
    """A store of which most may go, read an hour ago: what got lines within five minutes is judged later."""
    write_logs(folder / "logs", 5_000, 4, tell_even)
    _ingest(folder, "logs")
    with closing(sqlite3.connect(folder / STORE)) as connection:
        connection.execute("UPDATE read_by SET read_ns = read_ns - 3600 * 1000000000")
        connection.commit()
    (folder / "logtrace.toml").write_text(_RULES)


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
"""share: in how many of the rounds, beside those of the others, this job is killed."""
_TURNS = tuple(job for turn in range(max(job.share for job in JOBS)) for job in JOBS if turn < job.share)


def run(seed: int, kills: int, work: Path, progress: Progress) -> Outcome:
    """At least one round, and so many kills: in each round, which its seed decides, one of the jobs is killed, and taken up."""
    victims, done, troubles, number = dict[str, Victim](), 0, list[str](), seed
    while not done or done < kills:
        job = _TURNS[number % len(_TURNS)]
        victim = victims.get(job.name) or Victim(job, work / job.name.replace(" ", "-"))
        victims[job.name] = victim
        count, found = victim.suffer(kills - done, random.Random(number))
        done, number = done + count, number + 1
        told = [f"seed {number - 1}, {job.name}: {each}" for each in found]
        progress.step(done, kills, "kills", told)
        troubles += told
    return Outcome(done, "kills survived, of ingest, prune, redact and migration", tuple(troubles))


class Victim:
    """A job with a beginning and an end that is known, in a folder."""

    def __init__(self, job: Job, work: Path) -> None:
        self._job = job
        self._begin, self._here = work / "begin", work / "here"
        self._begin.mkdir(parents=True)
        job.prepare(self._begin)
        copied(self._begin, self._here)
        running, started = Run(self._here, job.words), time.monotonic()
        if trouble := running.end():
            raise RuntimeError(f"{job.name}, undisturbed: {trouble}")
        self._took_s = time.monotonic() - started
        self._wanted: Contents = contents(self._here / STORE)

    def suffer(self, most: int, chance: random.Random) -> tuple[int, list[str]]:
        """(how often it was killed while at work, what went wrong): what takes up a killed run may be killed as well."""
        copied(self._begin, self._here)
        done, troubles = 0, list[str]()
        for _ in range(max(1, min(most, chance.choice((1, 1, 2, 3))))):
            running = Run(self._here, self._job.words)
            time.sleep(chance.uniform(0, self._took_s))
            done += running.kill(workers_too=chance.random() < 0.5)
            troubles += damage(self._here / STORE)
        return done, [*troubles, *self._taken_up()]

    def _taken_up(self) -> list[str]:
        if trouble := Run(self._here, self._job.words).end():
            return [trouble]
        return differences(contents(self._here / STORE), self._wanted)


def copied(begin: Path, here: Path) -> None:
    """Makes the second folder like the first."""
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(begin, here)  # with times: a file is known by its


def run_push(seed: int, kills: int, work: Path, progress: Progress) -> Outcome:
    """Spans go to a receiver while those who push are killed: each arrives, and what arrives twice is the very same."""
    from tests.jobs.push.killing import push_through
    from tests.jobs.push.receiver import Received, over_http

    write_logs(work / "logs", 500 + 700 * kills, seed, tell_even)
    _ingest(work, "logs")
    received = Received()
    with over_http(received) as url:
        done = push_through(work / STORE, url, received, batch=60, kills=kills, each=6, seed=seed)
    with closing(sqlite3.connect(work / STORE)) as connection:
        wanted = set(connection.execute("SELECT trace_id, span_id FROM spans"))
    found = set(received.ids)
    troubles = [f"seed {seed}: {len(wanted - found)} spans lost, {len(found - wanted)} made up"] if found != wanted else []
    unlike = sum(len(set(bodies)) > 1 for bodies in received.spans.values())
    troubles += [f"seed {seed}: {unlike} spans came twice, and not alike"] if unlike else []
    progress.step(done.kills, kills, "kills", troubles)
    return Outcome(done.kills, "kills survived, of push", tuple(troubles))


LINES_A_KILL = 4_000
_WRITER = ROOT / "tests" / "jobs" / "rotating.py"


def run_follow(seed: int, kills: int, work: Path, progress: Progress) -> Outcome:
    """A program writes and rotates while those who follow it are killed one after the other; the last one is left alone."""
    (work / "logs").mkdir()
    chance, lines, words = random.Random(seed), LINES_A_KILL * (kills + 2), ["watch", "-q", "--store", STORE, "logs/edge.log*"]
    writer = subprocess.Popen([sys.executable, str(_WRITER), str(work / "logs"), str(lines), "0.03"])
    done, troubles = 0, list[str]()
    while done < kills:
        running = Run(work, words)
        time.sleep(chance.uniform(0, 1.0))
        done += running.kill(workers_too=chance.random() < 0.5)
        found = [f"seed {seed}, kill {done}: {each}" for each in damage(work / STORE)]
        progress.step(done, kills, "kills", found)
        troubles += found
    last = Run(work, words)
    writer.wait()
    until = time.monotonic() + WALL_S
    while (_lines(work / STORE) < lines or writer_of(work / STORE) != str(last.pid)) and time.monotonic() < until:
        time.sleep(0.3)
    found = [f"seed {seed}: {each}" for each in (last.end(told=True), *_as_once(work)) if each]
    progress.step(done, kills, "kills", found)
    return Outcome(done, "kills survived, of watch", (*troubles, *found))


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
    return differences(found, wanted)
