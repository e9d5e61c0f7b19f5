"""What receivers were sent, span by span, so that again they get only the rest.

Each batch is noted before it is sent, and once more when its answer is there. So a process that is killed leaves in doubt the
one batch that was under way, and nothing else.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from logtrace.errors import StoreError
from logtrace.store.file.database import beside, connect_beside
from logtrace.store.file.trouble import explained
from logtrace.store.reading.reader import FragmentReader

PATIENCE_S = 60.0
"""So long it waits for others who write the store."""

_INSERT = "INSERT OR REPLACE INTO pushed VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM pushed WHERE low = ? AND high = ? AND span_key = ? AND receiver_id = ?"


_PARTED = 2


class Sent(NamedTuple):
    """A span as a receiver was last sent it; answered: it took it, else it may have; parted: it took a part of the request, and
    nobody knows whether this span was of it (such are answered)."""

    digest: int
    answered: bool
    parted: bool = False

    @property
    def number(self) -> int:
        """As it stands in the store."""
        return _PARTED if self.parted else int(self.answered)


class Mark(NamedTuple):
    """A span that is to be sent: its place, the digest of what is sent, and what was sent before (None: nothing)."""

    low: int
    high: int
    key: int
    digest: int
    before: Sent | None

    @property
    def changed(self) -> bool:
        """Whether it was taken before, in another form."""
        return self.before is not None and self.before.answered and self.before.digest != self.digest

    @property
    def in_doubt(self) -> bool:
        """Whether it was sent before, just as it is now, and nobody knows whether it was taken."""
        return self.before is not None and not self.before.answered and self.before.digest == self.digest


class Receiver:
    """What one receiver was sent of one store, for reading."""

    def __init__(self, reader: FragmentReader, name: str) -> None:
        self._reader = reader
        self._name = name
        self._id: int | None = None

    def of_trace(self, low: int, high: int) -> dict[int, Sent]:
        """What was sent of a trace, by span key."""
        if self._id is None:
            found = self._reader.run("SELECT id FROM receiver WHERE name = ?", (self._name,))
            if not found:
                return {}
            self._id = int(found[0][0])
        sql = "SELECT span_key, digest, answered FROM pushed WHERE low = ? AND high = ? AND receiver_id = ?"
        found = self._reader.run(sql, (low, high, self._id))
        return {key: Sent(digest, bool(answered), answered == _PARTED) for key, digest, answered in found}


class Memory:
    """Notes what one receiver is sent of one store. Close it at the end."""

    def __init__(self, path: Path, receiver: str) -> None:
        """Raises StoreError where the store can't be written. The store has to be there, and up to date."""
        self._path = path
        self._connection = connect_beside(path, PATIENCE_S)
        self._run([("INSERT OR IGNORE INTO receiver (name) VALUES (?)", [(receiver,)])])
        self._id = self._number(receiver)
        self._receiver = receiver

    def close(self) -> None:
        """Closes the store."""
        self._connection.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process pushes to this receiver meanwhile. Raises StoreError where one does."""
        lock = os.open(beside(self._path, ".push-lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
        try:
            self._lock(lock)
            yield
        finally:
            os.close(lock)

    def _lock(self, lock: int) -> None:
        """Locks a byte of the file: each receiver has its own."""
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self._id)
        except OSError as error:
            told = f"another process pushes this store to {self._receiver}"
            raise StoreError(told, "two at once would send everything twice: wait until it is done") from error

    def intend(self, marks: Iterable[Mark]) -> None:
        """Notes that spans are about to be sent."""
        self._run([(_INSERT, [(*mark[:3], self._id, mark.digest, 0) for mark in marks])])

    def settle(self, marks: Iterable[Mark]) -> None:
        """Notes that spans were taken."""
        self._run([(_INSERT, [(*mark[:3], self._id, mark.digest, 1) for mark in marks])])

    def doubt(self, marks: Iterable[Mark]) -> None:
        """Notes that a part of some spans was taken, and that nobody knows which."""
        self._run([(_INSERT, [(*mark[:3], self._id, mark.digest, _PARTED) for mark in marks])])

    def withdraw(self, marks: Iterable[Mark]) -> None:
        """Notes that spans were not taken for sure: what is known of them is what was known before."""
        known = list(marks)
        gone = [(*mark[:3], self._id) for mark in known if mark.before is None]
        back = [(*mark[:3], self._id, mark.before.digest, mark.before.number) for mark in known if mark.before]
        self._run([(_DELETE, gone), (_INSERT, back)])

    def _run(self, statements: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        """Statements, each with many values, as one short transaction."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for sql, rows in statements:
                self._connection.executemany(sql, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StoreError(*explained(error, self._path)) from error

    def _number(self, receiver: str) -> int:
        try:
            return int(self._connection.execute("SELECT id FROM receiver WHERE name = ?", (receiver,)).fetchone()[0])
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self._path)) from error
