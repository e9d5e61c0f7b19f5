"""Full disks, quotas, failing disks, too few files, too little memory: a clear message, a store that is whole, and the same
command goes on once the trouble is over."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ordeals.contents import Contents, contents, damage, differences
from ordeals.crash import JOBS, STORE, Job, copied
from ordeals.outcome import Outcome
from ordeals.program import said
from ordeals.progress import Progress

CODES = {0, 3, 4, 9}
"""9: the machine has no memory, or no file, or no process to give."""
_SOURCE = Path(__file__).with_suffix(".c")


class Fault(NamedTuple):
    """Calls of one kind on some files fail: all from one on, or one alone."""

    call: str
    error: int
    files: str
    once: bool = False
    hint: str = ""


FAULTS = (
    Fault("write", errno.ENOSPC, STORE, hint="make room"),
    Fault("write", errno.EDQUOT, STORE),
    Fault("write", errno.EIO, STORE),
    Fault("write", errno.EIO, STORE, once=True),
    Fault("sync", errno.EIO, STORE),
    Fault("truncate", errno.EIO, STORE),
    Fault("read", errno.EIO, STORE),
    Fault("read", errno.EIO, STORE, once=True),
    Fault("read", errno.EIO, ".log"),
    Fault("open", errno.EMFILE, STORE),
    Fault("open", errno.EACCES, STORE),
    Fault("open", errno.EMFILE, ".log"),
)
LIMITS: tuple[tuple[str, int, int, int], ...] = (
    ("RLIMIT_FSIZE", resource.RLIMIT_FSIZE, 10_000, 3_000_000),
    ("RLIMIT_NOFILE", resource.RLIMIT_NOFILE, 6, 40),
    ("RLIMIT_AS", resource.RLIMIT_AS, 30_000_000, 300_000_000),
)
"""(name, the limit, least, most)."""
_WORKED_ON = ("ingest", "ingest of what is new", "prune", "redact", "migration")


def run(seed: int, times: int, work: Path, progress: Progress) -> Outcome:
    """About so many faults, and the disks: which job, which call and when the seed decides, which counts on with each fault."""
    left_out, patients = list[str](), dict[str, _Patient]()
    library = _library(work, left_out)
    jobs = [job for job in JOBS if job.name in _WORKED_ON]
    done, troubles = 0, list[str]()
    for number in range(seed, seed + times):
        job = jobs[number % len(jobs)]
        patient = patients.get(job.name) or _Patient(job, work / job.name.replace(" ", "-"), library)
        patients[job.name] = patient
        name, found = patient.suffer(number, random.Random(number))
        done += bool(name)
        told = [f"seed {number}, {job.name}, {name}: {each}" for each in found]
        progress.step(number - seed + 1, times, "faults", told)
        troubles += told
    for ordeal in (_small_disk, _read_only, _reader_beside) if times > 1 else ():
        name, found = ordeal(work)
        if name.startswith("no "):
            left_out.append(name)
            continue
        done += 1
        progress.step(done, times, "faults", found)
        troubles += found
    return Outcome(done, "faults injected", tuple(troubles), tuple(left_out))


def _library(work: Path, left_out: list[str]) -> Path | None:
    """The library that makes system calls fail; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform != "linux":
        left_out.append("failing system calls: there is no C compiler, or this is no Linux")
        return None
    made = work / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(_SOURCE), "-ldl"], check=True)
    return made


class _Patient:
    """A job with a beginning and an end that is known."""

    def __init__(self, job: Job, work: Path, library: Path | None) -> None:
        self.job = job
        self.work = work
        self.library = library
        self.begin, self.here = work / "begin", work / "here"
        self.begin.mkdir(parents=True)
        job.prepare(self.begin)
        copied(self.begin, self.here)
        code, told = self._run()
        if code:
            raise RuntimeError(f"{job.name}, undisturbed: {told}")
        self.wanted: Contents = contents(self.here / STORE)
        self._counts: dict[Fault, int] = {}

    def suffer(self, number: int, chance: random.Random) -> tuple[str, list[str]]:
        """(the fault, what went wrong); "" where that fault can't come."""
        copied(self.begin, self.here)
        if number % 4 == 3 or self.library is None:
            name, limit, least, most = LIMITS[number // 4 % len(LIMITS)]
            value = chance.randint(least, most)
            return f"{name}={value:,}", list(self._suffered(*self._run(limit=(limit, value)), ""))
        fault = FAULTS[chance.randrange(len(FAULTS))]
        if not self._count(fault):
            return "", []
        copied(self.begin, self.here)
        at = chance.randint(1, self._count(fault))
        name = f"{errno.errorcode[fault.error]} at {fault.call} {at} of {fault.files}{' once' if fault.once else ''}"
        return name, list(self._suffered(*self._run(_told(fault, at)), fault.hint))

    def _count(self, fault: Fault) -> int:
        """How many such calls the job makes."""
        if fault not in self._counts:
            place = self.work / "count"
            place.unlink(missing_ok=True)
            self._run({**_told(fault, 0), "FAULT_COUNT": str(place)})
            self._counts[fault] = max(map(int, place.read_text().split()), default=0)
        return self._counts[fault]

    def _run(self, more: Mapping[str, str] | None = None, limit: tuple[int, int] | None = None) -> tuple[int, str]:
        variables = {**(more or {}), **({"LD_PRELOAD": str(self.library)} if more else {})}
        return said(self.here, self.job.words, more=variables, limit=limit)

    def _suffered(self, code: int, told: str, hint: str) -> Iterator[str]:
        if code not in CODES:
            yield f"ends with {code}: {told[-300:]}"
        if "Traceback" in told or "made a mistake" in told:
            yield f"is a mistake: {told[-400:]}"
        if code and hint and hint not in told:
            yield f"does not say {hint!r}: {told[-300:]}"
        yield from damage(self.here / STORE)
        code, told = self._run()
        if code:
            yield f"is not taken up: {told[-300:]}"
        else:
            yield from differences(contents(self.here / STORE), self.wanted)


def _told(fault: Fault, at: int) -> dict[str, str]:
    return {
        "FAULT_CALL": fault.call, "FAULT_ERRNO": str(fault.error), "FAULT_PATH": fault.files, "FAULT_FROM": str(at),
        "FAULT_ONCE": str(int(fault.once)),
    }  # fmt: skip


def _ingest(folder: Path, store: Path) -> tuple[int, str]:
    return said(folder, ("ingest", "-q", "--store", str(store), "."))


@contextmanager
def _mounted(place: Path, options: str) -> Iterator[bool]:
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(place)], check=False)


def _small_disk(work: Path) -> tuple[str, list[str]]:
    """A disk that is full, then larger: the ingest goes on where it stopped."""
    logs, troubles = work / "some-logs", []
    logs.mkdir()
    JOBS[0].prepare(logs)
    if os.geteuid():
        return "no small disk: only root may mount one", []
    with _mounted(work / "small", "size=1m") as there:
        if not there:
            return "no small disk: it can't be mounted here", []
        store = work / "small" / STORE
        code, told = _ingest(logs, store)
        if code != 4 or "make room" not in told:
            troubles.append(f"a full disk ends with {code}: {told[-300:]}")
        subprocess.run(["mount", "-o", "remount,size=64m", str(work / "small")], check=True)
        troubles += damage(store)
        code, told = _ingest(logs, store)
        _ingest(logs, work / "whole.db")
        troubles += [told] if code else differences(contents(store), contents(work / "whole.db"))
    return "a small disk", troubles


def _read_only(work: Path) -> tuple[str, list[str]]:
    """A store on a disk that may only be read: it is read, and an ingest says why not."""
    if os.geteuid():
        return "no read-only disk: only root may mount one", []
    with _mounted(work / "fixed", "size=64m") as there:
        if not there:
            return "no read-only disk: it can't be mounted here", []
        store = work / "fixed" / STORE
        _ingest(work / "some-logs", store)
        subprocess.run(["mount", "-o", "remount,ro", str(work / "fixed")], check=True)
        code, told = _ingest(work / "some-logs", store)
        troubles = [] if code == 4 and "read-only" in told else [f"a read-only disk ends with {code}: {told[-300:]}"]
        code, told = said(work, ("traces", "--store", str(store)))
        troubles += [f"a read-only store is not read: {told[-300:]}"] if code else []
    return "a read-only disk", troubles


_TRIES = 3


def _reader_beside(work: Path) -> tuple[str, list[str]]:
    """Somebody reads all the time: the one who writes is not kept waiting, and what is read stays what it was.

    What others do on the machine at that time may take long; a reader that is in the way is so each time.
    """
    found: list[list[str]] = []
    for number in range(_TRIES):
        found.append(list(_beside(work, number)))
        if not found[-1]:
            break
    return "a reader beside", min(found, key=len)


def _beside(work: Path, number: int) -> Iterator[str]:
    store = work / f"beside{number}.db"
    _ingest(work / "some-logs" / "part0", store)
    started = time.monotonic()
    _ingest(work / "some-logs", work / f"alone{number}.db")
    alone = time.monotonic() - started
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reader:
        cursor = reader.execute("SELECT id FROM span")
        first = len(cursor.fetchmany(10))
        started = time.monotonic()
        code, told = _ingest(work / "some-logs", store)
        took = time.monotonic() - started
        rest = len(cursor.fetchall()) + first
        (now,) = reader.execute("SELECT count(*) FROM span").fetchone()
    if code:
        yield f"beside a reader ingest ends with {code}: {told[-300:]}"
    if took > 3 * alone + 2:
        yield f"beside a reader ingest takes {took:.1f} s, alone {alone:.1f} s"
    if not 0 < rest < now:
        yield f"the reader saw {rest} rows, of {now} in the end"
