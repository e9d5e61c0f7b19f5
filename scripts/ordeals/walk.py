"""Walks hostile logs through every verb with every option; a new verb is walked at once.

Nothing of the logs may reach a terminal as more than text, run, leave the folder, end in a traceback, or take long.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from multiprocessing import active_children, get_context
from pathlib import Path
from unicodedata import category

from logtrace.cli.verbs import VERBS
from ordeals import hostile
from ordeals.called import CPU_S, STORE, computed_s, in_process, told_to_end
from ordeals.calls import LOGS, OUT, Call, calls
from ordeals.hostile import CANARY, PAYLOADS
from ordeals.outcome import Outcome
from ordeals.program import said
from ordeals.progress import Progress
from ordeals.reading import no_json, wrong

_MARKDOWN = {"report", "--markdown", "--format=markdown"}
"""Where marks in the logs are kept apart by a space of no width, so that they mark nothing."""
CODES = {0, 1, 2, 3, 4, 5, 10}
NOBODY_THERE = 9
"""How a push ends whose receiver does not answer: none is there."""

_AT_ONCE = 20
"""So many calls a process takes before it tells of them."""
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""What a terminal obeys, or nobody sees. Private use (Co) is text to those who have a font for it, and a box to others."""


def run(seed: int, most: int, work: Path, progress: Progress) -> Outcome:
    """So many of all calls there are, in an order that looks like none, from the one of the seed's number on; 0: all."""
    here = work / "here"
    here.mkdir()
    hostile.write_logs(here / LOGS)
    hostile.write_places(here / "places")
    troubles = [*_ingested(here)]
    progress.step(0, 1, "calls", troubles)
    wanted, done = chosen(seed, most), 0
    for count, found in _walked(wanted, work):
        done += count
        progress.step(done, len(wanted), "calls", found)
        troubles += found
    told = f"hostile calls walked through {len(VERBS)} verbs, with {len(PAYLOADS)} texts in every field of the logs"
    return Outcome(done, told, tuple(troubles))


def chosen(seed: int, most: int) -> list[tuple[int, Call]]:
    """So many calls, each with the seed that begins with it."""
    found = list(calls())
    random.Random(0).shuffle(found)
    start = seed % len(found)
    numbered = [*enumerate(found)]
    return [*numbered[start:], *numbered[:start]][: most or None]


def _walked(wanted: list[tuple[int, Call]], work: Path) -> Iterator[tuple[int, list[str]]]:
    """(how many calls, what was wrong with them) again and again: each processor walks in a folder of its own."""
    parts = [wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)]
    many = min(len(parts), os.cpu_count() or 1)
    with ProcessPoolExecutor(many, mp_context=get_context("spawn")) as walkers:
        try:
            yield from walkers.map(_take, parts, repeat(work))
        except BaseException:
            for walker in active_children():
                walker.kill()
            raise


def _take(wanted: list[tuple[int, Call]], work: Path) -> tuple[int, list[str]]:
    return len(wanted), _walk_of(work).take(wanted)


@cache
def _walk_of(work: Path) -> _Walk:
    """The walk of this process: in a copy of the folder, pipes and devices and all, with the same times."""
    own = work / str(os.getpid())
    own.mkdir()
    shutil.copytree(work / "here" / LOGS, own / "here" / LOGS)
    hostile.write_places(own / "here" / "places")
    return _Walk(own / "here", own, (work / "here" / STORE).read_bytes())


def _ingested(here: Path) -> Iterator[str]:
    """The store of all of it is made as people make one; devices, pipes and bombs are told and passed."""
    places = [str(path) for path in sorted((here / "places").iterdir())]
    code, told = said(here, ("ingest", "--store", STORE, LOGS, "places", *places), cpu_s=60)
    if code != 3 or "Traceback" in told or "mistake" in told:
        yield f"ingest of hostile logs ends with {code}: {told[-300:]}"
    for wanted in ("not a regular file", "archive bomb", "not followed"):
        if wanted not in told:
            yield f"ingest of hostile logs does not say {wanted!r}"
    if found := re.search(
        r"(\d[\d,]*) read = (\d[\d,]*) used.*? \+ (\d[\d,]*) without trace \+ (\d[\d,]*) rejected", " ".join(told.split())
    ):
        read, *parts = (int(number.replace(",", "")) for number in found.groups())
        if read != sum(parts):
            yield f"lines are not accounted for: {found[0]}"
    else:
        yield f"there is no account of lines: {told[:300]}"


class _Walk:
    """The state of a walk: a folder to work in, the store as it was, what lies beside the folder."""

    def __init__(self, here: Path, work: Path, store: bytes) -> None:
        self.here = here
        self.work = work
        self.home = work / "home"
        self.home.mkdir()
        self.store = store
        self.before = {LOGS, "places"} | {f"{STORE}{end}" for end in ("", "-wal", "-shm", ".lock", ".repaired")}

    def take(self, wanted: list[tuple[int, Call]]) -> list[str]:
        """Goes through calls one by one; what was wrong."""
        troubles: list[str] = []
        known, environ = os.getcwd(), dict(os.environ)
        os.chdir(self.here)
        for name in [name for name in os.environ if name.startswith(("LOGTRACE_", "XDG_"))]:
            del os.environ[name]
        os.environ |= {
            "LOGTRACE_STORE": STORE,
            "LOGTRACE_NO_PAGER": "1",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "HOME": str(self.home),
        }
        try:
            for number, call in wanted:
                self._renew()
                told = f"seed {number}, logtrace {' '.join(map(ascii, call.words))[:200]}"
                troubles += [f"{told}: {each}" for each in self._try(call)]
        finally:
            os.chdir(known)
            os.environ.clear()
            os.environ |= environ
        return troubles

    def _renew(self) -> None:
        for path in self.here.iterdir():
            if path.name not in {LOGS, "places"}:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (self.here / STORE).write_bytes(self.store)

    def _try(self, call: Call) -> Iterator[str]:
        before = computed_s()
        code, out, err = told_to_end(call, self.here) if call.endless else in_process(call)
        if code not in CODES and not (call.words[0] == "push" and code == NOBODY_THERE):
            yield f"ends with {code}: {err[-300:]}"
        if "Traceback" in err or "made a mistake" in err:
            yield f"is a mistake: {err[-300:]}"
        if (took := computed_s() - before) > CPU_S:
            yield f"computes for {took:.0f} s"
        allowed = {"\n", "\u200b"} if _MARKDOWN & set(call.words) else {"\n"}
        for name, text in (("stdout", out), ("stderr", err)):
            bad = next((at for at, char in enumerate(text) if char not in allowed and category(char) in _UNSAFE), None)
            if bad is not None:
                yield f"{name} has {text[max(0, bad - 60) : bad + 20]!a}"
        if "--json" in call.words and code == 0:
            yield from no_json(out)
        yield from self._files()

    def _files(self) -> Iterator[str]:
        new = [path for path in self.here.iterdir() if path.name not in self.before]
        yield from (f"makes {path.name!r}" for path in new if not path.name.startswith((OUT, f"{STORE}.push-lock")))
        yield from (f"makes {path}" for path in self.work.iterdir() if path not in (self.here, self.home))
        for place in (self.here, self.work, self.work.parent, Path("/tmp")):
            if (place / CANARY).exists() or (place / f"{CANARY}.log").exists():
                yield f"runs, or leaves the folder: {place / CANARY}"
        for path in new:
            if path.is_file() and path.suffix != ".png":
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                yield from (f"{path.name}: {each}" for each in wrong(text, path.suffix))
