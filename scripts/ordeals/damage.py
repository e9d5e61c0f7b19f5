"""Stores with damaged bytes: the doctor says so, saves what is left, and with the logs read again nothing is missing."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

from make_logs import tell_unevenly, write_logs

from logtrace.errors import StoreError
from ordeals.contents import Contents, contents, damage, differences
from ordeals.outcome import Outcome
from ordeals.program import said
from ordeals.progress import Progress

STORE = "s.db"
PAGE = 8192
_SAID = {0, 4, 10}
_OF_ONE_STORE = 20


def _overwritten(data: bytearray, chance: random.Random) -> None:
    """Some bytes anywhere."""
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(PAGE, len(data))
        data[at : at + 40] = chance.randbytes(min(40, len(data) - at))


def _zeroed(data: bytearray, chance: random.Random) -> None:
    """Whole pages, as a disk loses them."""
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(1, len(data) // PAGE) * PAGE
        data[at : at + PAGE] = bytes(PAGE)


def _cut(data: bytearray, chance: random.Random) -> None:
    """The end is missing."""
    del data[chance.randrange(PAGE * 40, len(data)) :]


def _swapped(data: bytearray, chance: random.Random) -> None:
    """Two pages have changed places."""
    one, other = (chance.randrange(1, len(data) // PAGE) * PAGE for _ in range(2))
    data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]


Harm = Callable[[bytearray, random.Random], None]
HARMS: tuple[Harm, ...] = (_overwritten, _zeroed, _cut, _swapped)


def run(seed: int, times: int, work: Path, progress: Progress) -> Outcome:
    """So many damaged stores; which logs, which harm and where its seed decides, which counts on from one to the next."""
    troubles, patients = list[str](), dict[int, _Patient]()
    for number in range(seed, seed + times):
        logs = number // _OF_ONE_STORE
        if logs not in patients:
            patients = {logs: _Patient(work / str(logs), logs)}
        harm = HARMS[number % len(HARMS)]
        found = [f"seed {number}, {harm.__name__[1:]}: {each}" for each in patients[logs].suffer(harm, random.Random(number))]
        progress.step(number - seed + 1, times, "stores", found)
        troubles += found
    return Outcome(times, "damaged stores made anew of their lines", tuple(troubles))


class _Patient:
    """A store in a folder with its logs, and what it was before it was harmed."""

    def __init__(self, work: Path, seed: int) -> None:
        self._work = work
        write_logs(work / "logs", 3_000, seed, tell_unevenly)
        said(work, ("ingest", "-q", "--store", STORE, "logs"))
        self._whole, self._wanted = (work / STORE).read_bytes(), contents(work / STORE)

    def suffer(self, harm: Harm, chance: random.Random) -> list[str]:
        """What went wrong when it was harmed, looked at, saved and given its logs again."""
        for path in self._work.glob(f"{STORE}*"):
            path.unlink()
        data = bytearray(self._whole)
        harm(data, chance)
        (self._work / STORE).write_bytes(data)
        return _survived(self._work, self._wanted)


def _survived(work: Path, wanted: Contents) -> list[str]:
    code, told = said(work, ("doctor", "--store", STORE))
    if code not in _SAID or "mistake" in told or "Traceback" in told:
        return [f"doctor ends with {code}: {told[-300:]}"]
    ill = bool(damaged(work / STORE))
    if ill and code == 0:
        return ["the doctor sees nothing"]
    code, told = said(work, ("doctor", "--repair", "--store", STORE))
    if code:
        return [f"not repaired ({code}): {told[-300:]}"]
    (work / STORE).unlink()
    (work / f"{STORE}.repaired").rename(work / STORE)
    code, told = said(work, ("ingest", "-q", "--store", STORE, "logs"))
    if code:
        return [f"ingest into the repaired store ends with {code}: {told[-300:]}"]
    found = contents(work / STORE)
    return differences(*(_of_lines(each) for each in (found, wanted)))


def _of_lines(found: Contents) -> Contents:
    """What lines tell. Where they were read may be lost, and then stay so."""
    return {"traces": found["traces"], "spans": found["spans"], "logs": [row[:-1] for row in found["logs"]]}


def damaged(store: Path) -> list[str]:
    """As `damage`, also where SQLite can't even look."""
    try:
        return damage(store)
    except (sqlite3.Error, UnicodeDecodeError, StoreError) as error:
        return [str(error)]
