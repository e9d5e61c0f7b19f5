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
from contextlib import contextmanager
from functools import cache
from itertools import repeat
from multiprocessing import active_children, get_context
from pathlib import Path
from unicodedata import category

from logtrace.cli.verbs import VERBS
from ordeals import hostile
from ordeals.called import CPU_S, STORE, Said, in_process
from ordeals.calls import LOGS, OUT, Call, calls
from ordeals.endless import Running, ended
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

_VARIABLES = {"LOGTRACE_STORE": STORE, "LOGTRACE_NO_PAGER": "1", "NO_COLOR": "1", "COLUMNS": "100", "BROWSER": "true"}
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
    """(how many calls, what was wrong with them) again and again: each processor walks in folders of its own."""
    kinds = [[each for each in wanted if each[1].endless is endless] for endless in (True, False)]
    parts = [calls[at : at + _AT_ONCE] for calls in kinds for at in range(0, len(calls), _AT_ONCE)]
    many = min(len(parts), os.cpu_count() or 1)
    with ProcessPoolExecutor(many, mp_context=get_context("spawn")) as walkers:
        try:
            yield from walkers.map(_take, parts, repeat(work))
        except BaseException:
            for walker in active_children():
                walker.kill()
            raise


def _take(wanted: list[tuple[int, Call]], work: Path) -> tuple[int, list[str]]:
    return len(wanted), _taken_together(wanted, work) if wanted[0][1].endless else _walk_of(work, 0).take(wanted)


def _taken_together(wanted: list[tuple[int, Call]], work: Path) -> list[str]:
    """Goes through calls without an end, which wait beside one another, each in a folder of its own; what was wrong."""
    walks = [_walk_of(work, number) for number, _ in enumerate(wanted)]
    running = [walk.begun(call) for walk, (_, call) in zip(walks, wanted, strict=True)]
    told = zip(walks, wanted, ended(running), strict=True)
    return [each for walk, numbered, said in told for each in walk.judged(numbered, said)]


@cache
def _walk_of(work: Path, number: int) -> _Walk:
    """A walk of this process: in a copy of the folder, pipes and devices and all, with the same times."""
    begin, own = work / "here", work / f"{os.getpid()}-{number}"
    own.mkdir()
    shutil.copytree(begin / LOGS, own / "here" / LOGS)
    shutil.copytree(begin / "places", own / "here" / "places", symlinks=True, copy_function=os.link)
    return _Walk(own / "here", own, (begin / STORE).read_bytes())


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
        with self._inside():
            return [each for numbered in wanted for each in self.judged(numbered, self._said(numbered[1]))]

    def begun(self, call: Call) -> Running:
        """A call without an end that is at work."""
        self._renew()
        with self._inside():  # it goes on there, whatever this process does
            return Running(call)

    def judged(self, numbered: tuple[int, Call], said: Said) -> list[str]:
        """What was wrong with a call that ended."""
        number, call = numbered
        told = f"seed {number}, logtrace {' '.join(map(ascii, call.words))[:200]}"
        return [f"{told}: {each}" for each in (*_wrong(call, said), *self._files())]

    def _said(self, call: Call) -> Said:
        self._renew()
        return in_process(call)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """As in the shell of somebody who is in the folder and has set what the program hears."""
        known, environ = os.getcwd(), dict(os.environ)
        os.chdir(self.here)
        for name in [name for name in os.environ if name.startswith(("LOGTRACE_", "XDG_"))]:
            del os.environ[name]
        os.environ |= _VARIABLES | {"HOME": str(self.home)}
        try:
            yield
        finally:
            os.chdir(known)
            os.environ.clear()
            os.environ |= environ

    def _renew(self) -> None:
        for path in self.here.iterdir():
            if path.name not in {LOGS, "places"}:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (self.here / STORE).write_bytes(self.store)

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


def _wrong(call: Call, said: Said) -> Iterator[str]:
    """What is wrong with how a call ended, and with what it said."""
    if said.code not in CODES and not (call.words[0] == "push" and said.code == NOBODY_THERE):
        yield f"ends with {said.code}: {said.err[-300:]}"
    if "Traceback" in said.err or "made a mistake" in said.err:
        yield f"is a mistake: {said.err[-300:]}"
    if said.computed_s > CPU_S:
        yield f"computes for {said.computed_s:.0f} s"
    allowed = {"\n", "\u200b"} if _MARKDOWN & set(call.words) else {"\n"}
    for name, text in (("stdout", said.out), ("stderr", said.err)):
        bad = next((at for at, char in enumerate(text) if char not in allowed and category(char) in _UNSAFE), None)
        if bad is not None:
            yield f"{name} has {text[max(0, bad - 60) : bad + 20]!a}"
    if "--json" in call.words and said.code == 0:
        yield from no_json(said.out)
