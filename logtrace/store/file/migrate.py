"""Older stores are brought up to date where they lie; what they were is kept beside them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from logtrace.store.file.schema import SCHEMA, SCHEMA_VERSION, SPAN_OPERATION

OLDEST = 2
"""Since this version schemas only got further tables, other views, and one index in another order."""


_FORGOTTEN = """UPDATE chunk SET size = 0 WHERE EXISTS (SELECT 1 FROM dropped) AND id NOT IN (SELECT id FROM chunk_data)
    AND id NOT IN (SELECT chunk_id FROM rejected WHERE reason = 'too_long')"""
"""Stores did not always tell what was let go from what is lost (see store.upkeep.preserve)."""


def can_migrate(version: int) -> bool:
    """Whether a store of a version can be brought up to date."""
    return OLDEST <= version < SCHEMA_VERSION


def backup_of(path: Path, version: int) -> Path:
    """Where a store is kept as it was."""
    return path.with_name(f"{path.name}.schema{version}")


def migrate(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copies a store beside itself, then makes what its schema lacks, in one transaction. Call it inside `writing`.

    Errors of SQLite and of the disk come out as they are; the store is then as it was.
    """
    _keep(connection, backup_of(path, version))
    connection.execute("BEGIN IMMEDIATE")
    try:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        for name, sql in _wanted():
            if name not in known:
                connection.execute(sql)
        for name, sql in _views():
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.execute(sql)
        if "span_operation" in known:
            connection.execute("DROP INDEX span_operation")
            connection.execute(SPAN_OPERATION)
        connection.execute(_FORGOTTEN)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (SCHEMA_VERSION,))
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def _keep(connection: sqlite3.Connection, backup: Path) -> None:
    """Copies a store. A copy that is there already is one of the same store: a run was killed after it."""
    if backup.is_file():
        return
    unfinished = backup.with_name(f"{backup.name}.part")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(unfinished)) as copy:
        connection.backup(copy)
    unfinished.rename(backup)


def _wanted() -> list[tuple[str, str]]:
    """(name, SQL) of all tables of the schema."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA)
        rows = fresh.execute(
            "SELECT l.name, m.sql FROM pragma_table_list l JOIN sqlite_master m ON m.name = l.name"
            " WHERE l.type IN ('table', 'virtual') AND m.sql IS NOT NULL"
        )
        return list(rows.fetchall())


def _views() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA)
        return list(fresh.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
