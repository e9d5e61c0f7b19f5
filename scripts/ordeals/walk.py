"""Walks hostile logs through every verb with every option; a new verb is walked at once.

Nothing of the logs may reach a terminal as more than text, run, leave the folder, end in a traceback, or take long.
"""

from __future__ import annotations

import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unicodedata import category

from logtrace.cli import main
from logtrace.cli.verbs import VERBS
from ordeals import hostile
from ordeals.calls import LOGS, OUT, Call, calls
from ordeals.hostile import CANARY, PAYLOADS
from ordeals.outcome import Outcome
from ordeals.program import environment
from ordeals.reading import no_json, wrong

STORE = "s.db"
_MARKDOWN = {"report", "--markdown", "--format=markdown"}
"""Where marks in the logs are kept apart by a space of no width, so that they mark nothing."""
CODES = {0, 1, 2, 3, 4, 5, 10}
NOBODY_THERE = 9
"""How a push ends whose receiver does not answer: none is there."""

LIMIT_S = 20
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}


def run(most: int, seed: int, work: Path, say: Callable[[str], None]) -> Outcome:
    """Up to so many calls, chosen at random; 0: all there are."""
    here = work / "here"
    here.mkdir()
    hostile.write_logs(here / LOGS)
    hostile.write_places(here / "places")
    troubles = [*_ingested(here)]
    wanted = list(calls())
    if 0 < most < len(wanted):
        wanted = random.Random(seed).sample(wanted, most)
    troubles += _Walk(here, work).take(wanted, say)
    told = f"hostile calls walked through {len(VERBS)} verbs, with {len(PAYLOADS)} texts in every field of the logs"
    return Outcome(len(wanted), told, tuple(troubles))


def _ingested(here: Path) -> Iterator[str]:
    """The store of all of it is made as people make one; devices, pipes and bombs are told and passed."""
    command = [
        sys.executable,
        "-m",
        "logtrace",
        "ingest",
        "--store",
        STORE,
        LOGS,
        "places",
        *(str(path) for path in sorted((here / "places").iterdir())),
    ]
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=here,
        env=environment(here),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    told = done.stdout + done.stderr
    if done.returncode != 3 or "Traceback" in told or "mistake" in told:
        yield f"ingest of hostile logs ends with {done.returncode}: {told[-300:]}"
    for wanted in ("not a regular file", "archive bomb", "not followed"):
        if wanted not in told:
            yield f"ingest of hostile logs does not say {wanted!r}"
    if time.monotonic() - started > 60:
        yield f"ingest of hostile logs took {time.monotonic() - started:.0f} s"
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

    def __init__(self, here: Path, work: Path) -> None:
        self.here = here
        self.work = work
        self.home = work / "home"
        self.home.mkdir()
        self.store = (here / STORE).read_bytes()
        self.before = {path.name for path in here.iterdir()} | {f"{STORE}{end}" for end in ("-wal", "-shm", ".lock", ".repaired")}

    def take(self, wanted: list[Call], say: Callable[[str], None]) -> list[str]:
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
            for number, call in enumerate(wanted):
                self._renew()
                found = [f"logtrace {' '.join(map(ascii, call.words))[:200]}: {each}" for each in self._try(call)]
                troubles += found
                if found or number % 1000 == 999:
                    say(f"{number + 1:,} of {len(wanted):,} calls; {'; '.join(found) or f'{len(troubles)} troubles'}")
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
        started = time.monotonic()
        code, out, err = _told_to_end(call, self.here) if call.endless else _in_process(call)
        if code not in CODES and not (call.words[0] == "push" and code == NOBODY_THERE):
            yield f"ends with {code}: {err[-300:]}"
        if "Traceback" in err or "made a mistake" in err:
            yield f"is a mistake: {err[-300:]}"
        if time.monotonic() - started > LIMIT_S:
            yield f"takes {time.monotonic() - started:.0f} s"
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


class _Terminal(io.TextIOWrapper):
    """What the program takes for a terminal."""

    def isatty(self) -> bool:
        return True


class _TooLongError(BaseException):
    """A call does not end."""


def _in_process(call: Call) -> tuple[int, str, str]:
    out = _Terminal(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")  # where a terminal would show progress
    known = signal.signal(signal.SIGALRM, _ring)
    signal.alarm(2 * LIMIT_S)
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(b""))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(call.words))
    except (_TooLongError, SystemExit) as error:
        code = -1 if isinstance(error, _TooLongError) else int(error.code or 0)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, known)
        sys.stdin = stdin
    for stream in (out, err):
        stream.flush()
    return code, *(stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err))  # type: ignore[attr-defined]


def _ring(*_: Any) -> None:
    raise _TooLongError


def _told_to_end(call: Call, here: Path) -> tuple[int, str, str]:
    words = call.words if call.words[0] != "serve" else (*call.words, "--port=0")
    more = {"LOGTRACE_STORE": STORE, "BROWSER": "true"}
    command = [sys.executable, "-m", "logtrace", *(word.replace("\0", "\\0") for word in words)]
    try:
        running = subprocess.Popen(
            command,
            cwd=here,
            env=environment(here, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (ValueError, OSError, UnicodeEncodeError):  # no process can be given such a word
        return 0, "", ""
    try:
        out, err = running.communicate(timeout=2.5)
    except subprocess.TimeoutExpired:
        running.terminate()
        try:
            out, err = running.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            running.kill()
            out, err = running.communicate()
    told_to = running.returncode == -signal.SIGTERM
    return 0 if told_to else running.returncode, *(text.decode("utf-8", "surrogateescape") for text in (out, err))
