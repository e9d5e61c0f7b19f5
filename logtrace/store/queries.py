"""Queries of people: any SQL over the views, on a connection that can't write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from logtrace.errors import StoreError, UsageError
from logtrace.store.database import connect_reader, explained


def sql(path: Path, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """(column names, rows) of one statement. Raises UsageError where SQLite does not understand it, or it would write."""
    import sqlite_utils

    connection = connect_reader(path)
    try:
        cursor = sqlite_utils.Database(connection).execute(query)
    except (sqlite3.Error, sqlite3.Warning) as error:
        connection.close()
        raise _told(error, path) from error
    return [column[0] for column in cursor.description or ()], _rows(connection, cursor, path)


def _rows(connection: sqlite3.Connection, cursor: sqlite3.Cursor, path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        yield from cursor
    except sqlite3.Error as error:
        raise _told(error, path) from error
    finally:
        connection.close()


def _told(error: sqlite3.Error | sqlite3.Warning, path: Path) -> UsageError | StoreError:
    text = str(error)
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "locked" in text):
        return StoreError(*explained(error, path))
    if "readonly" in text:
        return UsageError("this query would write, and a store is only read here", "write to a copy of the file with sqlite3")
    return UsageError(f"the query can't be run: {text}", "there are the views traces, spans and logs")
