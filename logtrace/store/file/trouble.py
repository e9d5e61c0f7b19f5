"""What SQLite and the system say about a store, in words for people, with what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import ExitStack
from pathlib import Path

from logtrace.errors import MORE_FILES, StoreError

_AT_ONCE = 8
"""So many files SQLite may want at once: the store, its log, what it sorts."""

_OF_DAMAGE = {
    "malformed": "",
    "disk image": "",
    "decode to UTF-8": "",
    "user-defined function raised exception": "a value in it can't be read",
}
"""Parts of SQLite's messages about values in a file that can't be such, and what is told instead."""


def damage_told(what: str, path: Path) -> tuple[str, str]:
    """(message, hint) about a store in which something is as it can't be; what: for a sentence."""
    look = f"logtrace doctor --store {path} looks at all of it; with --repair it saves its lines into a new store"
    return f"the store at {path} is damaged: {what}", look


def damage_in(error: StoreError, path: Path) -> str:
    """What is damaged, as damage_told was told it; "" where an error is about something else."""
    begin, _ = damage_told("", path)
    return error.message.removeprefix(begin) if error.message.startswith(begin) else ""


def explained(error: sqlite3.Error, path: Path) -> tuple[str, str]:
    """(message, hint) of an SQLite error for people."""
    text = str(error)
    if "not a database" in text:
        return (
            f"{path} is no logtrace store (not even an SQLite file)",
            "name another file with --store; this one was not touched",
        )
    if told := next((told or text for sign, told in _OF_DAMAGE.items() if sign in text), ""):
        return damage_told(told, path)
    if "locked" in text or "busy" in text:
        return f"the store at {path} is locked by another program", "wait until it is done, or name another store with --store"
    if "readonly" in text or "read-only" in text:
        return f"the store at {path} can't be written: it is read-only", "name another with --store"
    if "full" in text:
        return f"the disk that holds {path} is full", "make room and run the same command again: it goes on where it stopped"
    if "unable to open" in text and _no_more_files():
        return f"the store at {path} can't be opened: too many open files", MORE_FILES
    return (
        f"the store at {path} gives an error: {text}",
        "check the disk, make room where it is full, or name another with --store",
    )


def _no_more_files() -> bool:
    """Whether a few files cannot be opened at once: SQLite does not say why it failed, and has let go of its own by then."""
    with ExitStack() as held:
        try:
            for _ in range(_AT_ONCE):
                held.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            return error.errno in (errno.EMFILE, errno.ENFILE)
    return False


def refused(path: Path, error: OSError) -> StoreError:
    """What the system said when a store, or the lock beside it, was to be made."""
    told = f"no store can be written at {path}: {(error.strerror or str(error)).lower()}"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return StoreError(told, MORE_FILES)
    room = "make room, or " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return StoreError(told, f"{room}name another place with --store")
