"""Queries of people: any SQL over the views, on a connection that can't write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from logtrace.errors import StoreError, UsageError
from logtrace.store.file.database import connect_reader
from logtrace.store.file.trouble import explained

_STEPS = 100_000
"""Instructions of SQLite, some milliseconds, after which a running query looks whether it is interrupted."""

_TIDYING = ("wal_checkpoint", "optimize", "incremental_vacuum")
_SETTINGS = ("journal_mode", "auto_vacuum", "user_version", "application_id", "schema_version", "encoding", "page_size")
"""Pragmas that write a file, and those that do so with a value."""


def sql(path: Path, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """(column names, rows) of one statement. Raises UsageError where SQLite does not understand it, it would write,
    or open another file. An interrupt stops it."""
    import sqlite_utils

    refused: list[int] = []
    connection = _guarded(connect_reader(path), refused)
    try:
        with _explaining(path, refused):
            cursor = sqlite_utils.Database(connection).execute(query)
    except BaseException:
        connection.close()
        raise
    return [column[0] for column in cursor.description or ()], _rows(connection, cursor, path)


def _guarded(connection: sqlite3.Connection, refused: list[int]) -> sqlite3.Connection:
    """The connection, on which queries can be interrupted, no other file is opened or made, and the store's own stays as it is.

    refused: gets the numbers of what a query was not allowed to do
    """
    # Python looks for signals where a Python function begins; what the signal raises in there ends the query
    connection.set_progress_handler(lambda: None, _STEPS)
    connection.set_authorizer(partial(_judged, refused))
    return connection


def _judged(refused: list[int], action: int, *of: str | None) -> int:
    """Whether a statement may do a thing. VACUUM INTO attaches the file that it makes."""
    if action == sqlite3.SQLITE_ATTACH or (action == sqlite3.SQLITE_PRAGMA and _would_write(*of[:2])):
        refused.append(action)
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _would_write(pragma: str | None, value: str | None) -> bool:
    """Whether a pragma changes a file. SQLite itself refuses most that would, some with an error of the disk."""
    return pragma in _TIDYING or (pragma in _SETTINGS and value is not None)


def _rows(connection: sqlite3.Connection, cursor: sqlite3.Cursor, path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        with _explaining(path, []):
            yield from cursor
    finally:
        connection.close()


@contextmanager
def _explaining(path: Path, refused: Sequence[int]) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        if _code(error) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from error
        raise _told(error, path, refused) from error


def _code(error: sqlite3.Error | sqlite3.Warning) -> int:
    """SQLite's number of an error; 0 where Python itself objects."""
    return getattr(error, "sqlite_errorcode", 0)


def _told(error: sqlite3.Error | sqlite3.Warning, path: Path, refused: Sequence[int]) -> UsageError | StoreError:
    text = str(error)
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "locked" in text):
        return StoreError(*explained(error, path))
    if "readonly" in text or sqlite3.SQLITE_PRAGMA in refused:
        return UsageError("this query would write, and a store is only read here", "write to a copy of the file with sqlite3")
    if _code(error) == sqlite3.SQLITE_AUTH:
        return UsageError("this query would open or make another file, and only the store is read", "sqlite3 can join two files")
    if "integer overflow" in text:
        return UsageError("a sum is beyond 64 bits", "logtrace stats --sum KEY adds up whole numbers of any size; total() rounds")
    return UsageError(f"the query can't be run: {text}", "there are the views traces, spans and logs")
