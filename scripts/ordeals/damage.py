"""Stores with damaged bytes: the doctor says so, saves what is left, and with the logs read again nothing is missing."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from make_logs import tell_unevenly, write_logs

from ordeals.contents import Contents, contents, damage, differences
from ordeals.outcome import Outcome
from ordeals.program import environment

STORE = "s.db"
PAGE = 8192
_SAID = {0, 4, 10}


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


HARMS: tuple[Callable[[bytearray, random.Random], None], ...] = (_overwritten, _zeroed, _cut, _swapped)


def run(times: int, seed: int, work: Path, say: Callable[[str], None]) -> Outcome:
    """So many damaged copies of one store."""
    chance, troubles = random.Random(seed), list[str]()
    write_logs(work / "logs", 3_000, seed, tell_unevenly)
    _said(work, "ingest", "-q", "--store", STORE, "logs")
    whole, wanted = (work / STORE).read_bytes(), contents(work / STORE)
    for number in range(times):
        for path in work.glob(f"{STORE}*"):
            path.unlink()
        harm, data = HARMS[number % len(HARMS)], bytearray(whole)
        harm(data, chance)
        (work / STORE).write_bytes(data)
        found = _survived(work, wanted)
        troubles += [f"{harm.__name__[1:]} {number}: {each}" for each in found]
    say("; ".join([f"{times} stores, {len(troubles)} troubles", *troubles]))
    return Outcome(times, "damaged stores made anew of their lines", tuple(troubles))


def _survived(work: Path, wanted: Contents) -> list[str]:
    code, told = _said(work, "doctor", "--store", STORE)
    if code not in _SAID or "mistake" in told or "Traceback" in told:
        return [f"doctor ends with {code}: {told[-300:]}"]
    ill = bool(damaged(work / STORE))
    if ill and code == 0:
        return ["the doctor sees nothing"]
    code, told = _said(work, "doctor", "--repair", "--store", STORE)
    if code:
        return [f"not repaired ({code}): {told[-300:]}"]
    (work / STORE).unlink()
    (work / f"{STORE}.repaired").rename(work / STORE)
    code, told = _said(work, "ingest", "-q", "--store", STORE, "logs")
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
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [str(error)]


def _said(work: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "logtrace", *words]
    done = subprocess.run(command, cwd=work, env=environment(work), capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr
