"""The command line: it asks `api` and shows what comes back. All errors end here, once, as one line and a hint.

stdout is data, stderr is talk. Exit codes: see `errors`; 130 where the user interrupts; a closed pipe is no error.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

import click

from logtrace.cli.group import PROGRAM, State, logtrace
from logtrace.cli.room import ask_for_room, make_room
from logtrace.errors import MORE_FILES, LogtraceError, StoreError, UsageError
from logtrace.patterns import lazy_pattern

__all__ = ["main"]

INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> int:
    """Runs one command line (None: that of the process) and gives its exit code."""
    return copy_context().run(_main, args)  # what --config names is forgotten afterwards


def _main(args: Sequence[str] | None) -> int:
    state = State()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's import starts others, which nothing here would use: 40 ms
    _fill_streams()
    try:
        ask_for_room()
        _forgive_encodings()
        return _flushed(_run(list(sys.argv[1:] if args is None else args), state))
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except (KeyboardInterrupt, click.Abort):
        _silence_stdout()
        return INTERRUPTED
    except (LogtraceError, click.ClickException, OSError) as error:
        make_room()
        with suppress(OSError):  # nobody listens, or the disk is full that keeps it: the code still tells
            if state.debug:
                import traceback

                traceback.print_exc()
            _tell(error)
        return _exit_code(error)
    except Exception as error:
        if state.debug:
            raise
        return _tell_mistake(error, state.stores)


def _run(args: list[str], state: State) -> int:
    """Not click's own `main`: that ends a closed pipe with exit code 1, and words errors in its own way."""
    if "_LOGTRACE_COMPLETE" in os.environ:
        logtrace.main(args, PROGRAM)  # click's protocol with the scripts of `logtrace completion`; exits
    try:
        with logtrace.make_context(PROGRAM, list(map(_as_text, args)), obj=state, auto_envvar_prefix="LOGTRACE") as context:
            logtrace.invoke(context)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    return 0


def _as_text(word: str) -> str:
    """A word of a command line whose bytes are no UTF-8 (a lone surrogate stands for each) as text, unless it names a file."""
    if word.isascii() or os.path.lexists(word) or os.path.lexists(word.partition("=")[2]):
        return word
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _flushed(code: int) -> int:
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _fill_streams() -> None:
    """Where the program was started without stdout or stderr, what it says goes nowhere; and no file that it opens takes their
    place, into which others would write what they say."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the program
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _forgive_encodings() -> None:
    """What the terminal's encoding can't show comes as an escape, what is piped in may be any bytes: neither is a crash."""
    if sys.stdin is not None and hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Nobody reads any more: what is still buffered must not fail when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _tell(error: LogtraceError | click.ClickException | OSError) -> None:
    from logtrace.cli.talk import say

    if isinstance(error, LogtraceError):
        say(f"error: {error.message}", error.hint)
    elif isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        told = " ".join(error.format_message().split())  # click lists choices one below the other
        say(f"error: {told}", f"{context.command_path if context else PROGRAM} --help tells more")
    else:
        place = f"{_short(str(error.filename))}: " if error.filename else ""
        hint = _HINTS.get(error.errno or 0, "") if error.filename or error.errno != errno.ENOENT else _NOWHERE
        say(f"error: {place}{(error.strerror or str(error)).lower()}", hint)


_HINTS = {
    errno.EMFILE: MORE_FILES,
    errno.ENFILE: "close other programs, or allow more open files in all (fs.file-max)",
    errno.EROFS: "its disk is read-only: copy the store to another, and name the copy with --store",
    errno.ENOSPC: "make room, and run it again",
}
"""What to do about errors of the system that no job has a word for."""
_NOWHERE = "the working directory seems to be gone: change to another"
_NO_ROOM = lazy_pattern("failed to map segment|cannot allocate memory", re.IGNORECASE)
"""What the system's loader says of a library that there is no memory for."""
_LONGEST_NAME = 255
_MISTAKEN = "--debug shows where; please report it with the command"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _tell_mistake(error: Exception, stores: Sequence[Path]) -> int:
    """A mistake of this program, of the machine, or what comes of damage in a store: one line as well. Gives the exit code."""
    make_room()
    from logtrace.cli.talk import say

    try:
        damage = None if _lacks_memory(error) else _damage(stores)
    except (MemoryError, ImportError) as another:
        damage, error = None, another
    if _lacks_memory(error):
        say("error: there is not enough memory", "the same command goes on where it stopped, with more of it, or on fewer files")
        return LogtraceError.exit_code
    if damage:
        with suppress(OSError):
            _tell(damage)
        return damage.exit_code
    if type(error).__module__ == "sqlite3":
        say(f"error: the store gives an error: {error}", "logtrace doctor looks at it")
        return StoreError.exit_code
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    with suppress(OSError):
        say(f"error: logtrace made a mistake: {told[:300]}", _MISTAKEN)
    return LogtraceError.exit_code


def _lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, ImportError) and bool(_NO_ROOM.search(str(error))))


def _damage(stores: Sequence[Path]) -> StoreError | None:
    """What is wrong with the first of some stores that is damaged."""
    from logtrace import api

    return next(filter(None, map(api.damage, stores)), None)


def _exit_code(error: LogtraceError | click.ClickException | OSError) -> int:
    if isinstance(error, OSError):
        return UsageError.exit_code if error.errno == errno.ENAMETOOLONG else LogtraceError.exit_code
    return error.exit_code
