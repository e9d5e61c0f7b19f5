"""Walks hostile logs through every verb with every option, found from the commands themselves: a new verb is walked at once.

Nothing of the logs may reach a terminal as more than text, run, leave the folder, end in a traceback, or take long.
"""

from __future__ import annotations

import csv
import io
import json
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
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

import click

from logtrace.cli import main
from logtrace.cli.group import logtrace
from logtrace.cli.verbs import VERBS
from ordeals import hostile
from ordeals.hostile import CANARY, PAYLOADS
from ordeals.outcome import Outcome
from ordeals.program import environment

STORE, LOGS, OUT = "s.db", "logs", "out"
CODES = {0, 1, 2, 3, 4, 5, 10}
LIMIT_S = 20
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}
_ENDLESS = {"serve", "watch"}
_TIMELESS = {"--follow", "--open"}
_ROOM_FOR_WRITING = {"--output", "--record"}
_VALUES = {
    "TIME": "2024-01-10T14:30Z", "DURATION": "1s", "ZONE": "Europe/Berlin", "KEY": "user.id", "KEY=VALUE": "a=b", "ID": hostile.hex_id(3),
    "T1..T2": "2024-01-10T14:00Z..2024-01-10T15:00Z", "T3..T4": "2024-01-10T14:30Z..2024-01-10T16:00Z", "PATH...": LOGS, "FILE|DIR": LOGS,
    "EXPRESSION": "error = true", "RULE": "orphans = 0", "PORT": "0", "URL": "http://127.0.0.1:1", "QUERY": "SELECT * FROM spans",
}  # fmt: skip
"""A value that goes, by what the help calls it."""
_BY_NAME = {"query": "SELECT * FROM spans", "trace_id": "@error", "good": "@slowest", "bad": "@error", "subject": "@error", "explain": "explain",
            "expression": "error = true", "pattern": "a", "paths": LOGS, "files": LOGS, "margin": "5m", "tolerance": "30%"}  # fmt: skip


class Call(NamedTuple):
    """A command line to try. endless: it goes on until it is told to stop."""

    words: tuple[str, ...]
    endless: bool = False


def calls() -> Iterator[Call]:
    """Every verb: bare, with each option and each of its values, with every payload in every text it takes."""
    for verb in VERBS:
        command = logtrace.get_command(click.Context(logtrace), verb.name)
        assert command is not None
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        options = [each for each in command.params if isinstance(each, click.Option)]
        needed = tuple(value for each in arguments if each.required for value in _value(each))
        for words in _words(verb.name, needed, arguments, options):
            yield Call(words, verb.name in _ENDLESS and "--help" not in words or not _TIMELESS.isdisjoint(words))


def _words(
    verb: str, needed: tuple[str, ...], arguments: list[click.Argument], options: list[click.Option]
) -> Iterator[tuple[str, ...]]:
    yield (verb, *needed)
    yield (verb, *(value for each in arguments for value in _value(each)))
    if any("--json" in option.opts for option in options):
        yield (verb, *needed, "--json")
    if any(each.name == "trace_id" for each in arguments):
        for number in range(len(PAYLOADS)):
            yield (verb, hostile.hex_id(number))
    for option in options:
        for values in _values(option):
            yield (verb, *needed, *values)
    for number, argument in enumerate(arguments):
        before = tuple(value for each in arguments[:number] for value in _value(each))
        after = tuple(value for each in arguments[number + 1 :] if each.required for value in _value(each))
        if not isinstance(argument.type, click.Choice):
            for payload in PAYLOADS:
                yield (verb, *before, *after, "--", payload) if not after else (verb, *before, payload, *after)


def _value(param: click.Parameter) -> list[str]:
    """A value that a parameter takes; [] where none is needed."""
    if isinstance(param.type, click.Choice):
        return [str(param.type.choices[0])]
    if param.name in _BY_NAME:
        return [_BY_NAME[param.name]]
    if isinstance(param.type, click.IntRange | click.types.IntParamType):
        return ["1"]
    metavar = (param.metavar or "").strip("[]=.")
    return [_VALUES.get(param.metavar or "", _VALUES.get(metavar, "text"))]


def _values(option: click.Option) -> Iterator[tuple[str, ...]]:
    """The words with which an option is tried."""
    name = option.opts[-1]
    if name in ("--store", "--config", "--token"):
        return
    if option.is_flag:
        yield (name,)
        return
    if isinstance(option.type, click.Choice):
        yield from ((f"{name}={choice}",) for choice in option.type.choices)
        return
    if name in _ROOM_FOR_WRITING:
        yield from ((name, f"{OUT}{end}") for end in (".html", ".json", ".csv", ".txt", ".png", ".svg", ".xml"))
        return
    yield (f"{name}={_value(option)[0]}",)
    yield from ((f"{name}={payload}",) for payload in PAYLOADS)


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
            "HOME": str(self.here),
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
        if code not in CODES:
            yield f"ends with {code}: {err[-300:]}"
        if "Traceback" in err or "made a mistake" in err:
            yield f"is a mistake: {err[-300:]}"
        if time.monotonic() - started > LIMIT_S:
            yield f"takes {time.monotonic() - started:.0f} s"
        for name, text in (("stdout", out), ("stderr", err)):
            if bad := {char for char in text if char != "\n" and category(char) in _UNSAFE}:
                yield f"{name} has {sorted(map(ascii, bad))[:5]}"
        if "--json" in call.words and code == 0:
            yield from _not_json(out)
        yield from self._files()

    def _files(self) -> Iterator[str]:
        new = [path for path in self.here.iterdir() if path.name not in self.before]
        yield from (f"makes {path.name!r}" for path in new if not path.name.startswith(OUT) and path.name != ".local")
        yield from (f"makes {path}" for path in self.work.iterdir() if path != self.here)
        for place in (self.here, self.work, self.work.parent, Path("/tmp")):
            if (place / CANARY).exists() or (place / f"{CANARY}.log").exists():
                yield f"runs, or leaves the folder: {place / CANARY}"
        for path in new:
            if path.suffix in _READ and path.is_file() and path.stat().st_size:
                yield from (
                    f"{path.name}: {each}"
                    for each in _READ[path.suffix](path.read_text(encoding="utf-8", errors="surrogateescape"))
                )


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


def _not_json(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError:
        try:
            for line in text.splitlines():
                json.loads(line)
        except ValueError as error:
            yield f"is no JSON: {error}"


class _Page(HTMLParser):
    """Finds what of a page would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = dict(attrs).get("type") or "text/javascript" if tag == "script" else ""
        for name, value in attrs:
            if "fired" in name or (name.startswith("on") or name in ("href", "src", "srcdoc")) and "fired" in (value or ""):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._script = ""

    def handle_data(self, data: str) -> None:
        if self._script == "text/javascript" and "fired" in data:
            self.found.append("a text of the logs in a script")


def _runs(text: str) -> Iterator[str]:
    page = _Page()
    page.feed(text)
    yield from page.found


def _formulas(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text)):
        yield from (
            f"the cell {cell!r} is a formula" for cell in row if cell[:1] in "=+-@\t\r" and cell[:1] and not _is_number(cell)
        )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.eE+-]+", cell) is not None


_READ: dict[str, Callable[[str], Iterator[str]]] = {".html": _runs, ".svg": _runs, ".json": _not_json, ".csv": _formulas}
