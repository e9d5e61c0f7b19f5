"""Every error logtrace raises on purpose, as one small tree.

LogtraceError            9   there is no answer; `hint` says what to try
├─ UsageError            2   a bad flag value, an unknown name, a bad expression
├─ ConfigError           2   names the file, the key and the line
├─ InputError            3   cannot read, nothing matched, nothing looked like a log
├─ StoreError            4   not a logtrace store, newer than this program, locked, damaged
├─ NotFoundError         5   no such trace; nearest ids are offered
└─ RemoteError           9   another system can't be reached, or does not take what it is sent

Trouble with one line or one span is never an exception: it is a reason in the account or a flag on the span.
"""

from collections.abc import Iterable
from typing import Self

MORE_FILES = "allow more open files: ulimit -n 1024"


class Lines(str):
    """A hint of several lines. Any other text is one line, whatever names stand in it, and so is each of these."""

    __slots__ = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        """The hint of some lines; line ends in them are made visible."""
        return cls("\n".join(line.replace("\n", r"\n") for line in lines))


class LogtraceError(Exception):
    """Base of all errors that reach a user: one sentence, a hint, an exit code."""

    exit_code = 9

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LogtraceError):
    """The call is wrong: a bad value, an unknown name."""

    exit_code = 2


class ConfigError(LogtraceError):
    """A configuration file or variable is wrong."""

    exit_code = 2


class InputError(LogtraceError):
    """The logs cannot be read, or hold nothing that can be used."""

    exit_code = 3


class StoreError(LogtraceError):
    """The store cannot be opened, read or written."""

    exit_code = 4


class NotFoundError(LogtraceError):
    """Nothing in the store (or files) answers to the given id."""

    exit_code = 5


class RemoteError(LogtraceError):
    """Another system can't be reached, or does not take what it is sent."""
