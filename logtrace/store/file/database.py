"""Opening a store: where it is, whether it is one, who writes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from logtrace.errors import StoreError
from logtrace.store.file.migrate import backup_of, can_migrate, migrate
from logtrace.store.file.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from logtrace.store.file.tallies import recount
from logtrace.store.file.trouble import damage_told, explained, refused

MIN_SQLITE = (3, 38)
PAGE_SIZE = 8192
_HELPERS = 64 * 1024
"""Bytes that SQLite's helper files take while nobody writes, with something to spare."""


def connect_reader(path: Path, mapped: bool = True) -> sqlite3.Connection:
    """A read-only connection to an existing store. mapped: its pages are mapped into memory, which is quicker.

    Raises StoreError, with the way out, where the file is missing, unreadable, foreign, newer or damaged.
    """
    connection = bare_reader(path)
    if can_migrate(version := version_of(connection, path)):
        connection.close()
        _upgrade(path, version)
        connection = bare_reader(path)
    _check(connection, path)
    connection.execute("PRAGMA query_only = 1")
    if mapped:
        connection.execute("PRAGMA mmap_size = 1073741824")
    return connection


def _upgrade(path: Path, version: int) -> None:
    """Brings a store up to date that is to be read."""
    try:
        with writing(path):
            connect_writer(path).close()
    except StoreError as error:
        raise StoreError(
            f"the store at {path} has schema {version}, and can't be brought up to date where it lies: {error.message}",
            f"copy it to where it can be written, and name the copy with --store; {error.hint}",
        ) from error


def bare_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection to a file, whatever is in it. Raises StoreError where it is missing or may not be read."""
    require_store(path)
    if not os.access(path, os.R_OK):
        raise StoreError(f"the store at {path} can't be read: permission denied", "ask its owner, or name another with --store")
    return _connect(f"{path.absolute().as_uri()}?{_reading(path)}", path)


def require_store(path: Path) -> None:
    """Raises StoreError where there is no file that may be a store. For whoever writes what is there, and makes nothing."""
    _require_file(path)
    if not path.exists():
        raise StoreError(
            f"there is no store at {path}", f"make it with: logtrace ingest --store {path} PATH…   (or name another with --store)"
        )


def _require_file(path: Path) -> None:
    """Raises StoreError where a path is taken by a directory, a device or the like."""
    if path.exists() and not path.is_file():
        what = "a directory" if path.is_dir() else "no regular file"
        raise StoreError(f"{path} is {what}, so it can't be a store", "name a file with --store")


def _reading(path: Path) -> str:
    """How SQLite is to open a store for reading. Where it can't make its helper files beside the store, as on a full disk, and
    none are there (nobody writes), it must be told that nothing will change."""
    folder = beside(path, "").parent
    written = any(helper.exists() and helper.stat().st_size for helper in (beside(path, "-shm"), beside(path, "-wal")))
    disk = os.statvfs(folder)
    helped = os.access(folder, os.W_OK) and disk.f_bavail * disk.f_frsize >= _HELPERS
    return "mode=ro" if written or helped else "mode=ro&immutable=1"


def connect_writer(path: Path, shared: bool = False) -> sqlite3.Connection:
    """The writing connection to a store, which is made if it is not there (mode 0600, or 0660 where it is shared).

    Call it inside `writing`. Transactions are begun and ended by the caller.
    """
    fresh = not path.exists() or path.stat().st_size == 0
    if fresh:
        _create(path, shared)
    if not os.access(path, os.W_OK):
        raise StoreError(
            f"the store at {path} can't be written: permission denied", "ask its owner, or name another with --store"
        )
    connection = _connect(path.absolute().as_uri(), path)
    try:
        if fresh or _is_half_made(connection):
            _lay_out(connection)
        if can_migrate(version := version_of(connection, path)):
            _bring_up_to_date(connection, path, version)
        _check(connection, path)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "cache_size = -16384",
            "wal_autocheckpoint = 4000",
            "busy_timeout = 10000",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        raise StoreError(*explained(error, path)) from error
    except UnicodeDecodeError as error:  # of SQLite's message, which repeats names as they lie in the file
        raise StoreError(*damage_told("its schema is no text", path)) from error
    return connection


def _create(path: Path, shared: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o660 if shared else 0o600))
        if shared:
            path.chmod(0o660)
    except OSError as error:
        raise refused(path, error) from error


def _is_half_made(connection: sqlite3.Connection) -> bool:
    """Whether the process that made the store was killed before there was a table; or before there was anything, which is
    seen only once SQLite has taken back what was half written."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return not pages or (application == APPLICATION_ID and not tables)


def _lay_out(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(
        f"BEGIN IMMEDIATE;{SCHEMA}INSERT INTO meta VALUES ('schema_version', {SCHEMA_VERSION}), ('assembled', 0);COMMIT;"
    )


def sqlite_version() -> tuple[int, ...]:
    """The version of SQLite that this Python has."""
    return sqlite3.sqlite_version_info


def _connect(uri: str, path: Path) -> sqlite3.Connection:
    if sqlite_version() < MIN_SQLITE:
        raise StoreError(f"this Python has SQLite {sqlite3.sqlite_version}", "logtrace needs 3.38 or newer")
    try:  # one thread at a time uses it, but what is left of a stopped question may be swept up by another
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
    except sqlite3.Error as error:
        raise StoreError(*explained(error, path)) from error


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, version: int) -> None:
    try:
        migrate(connection, path, version)
    except OSError as error:
        raise StoreError(
            f"the store at {path} has schema {version}, and can't be copied to {backup_of(path, version)} before it is brought up"
            f" to date: {(error.strerror or str(error)).lower()}",
            "make room there, or ingest the logs into another store",
        ) from error


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a store; 0 for what is none."""
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
        if application != APPLICATION_ID or not tables:
            return 0
        return int(connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()[0])
    except sqlite3.Error as error:
        raise StoreError(*explained(error, path)) from error
    except (TypeError, ValueError) as error:  # no such row, no number; or SQLite's own message has bytes that are no text
        raise StoreError(*damage_told("its schema can't be told", path)) from error


def _check(connection: sqlite3.Connection, path: Path) -> None:
    version = version_of(connection, path)
    if not version:
        raise StoreError(
            f"{path} is an SQLite file, but no logtrace store", "name another file with --store; this one was not touched"
        )
    if version < SCHEMA_VERSION:
        raise StoreError(
            f"the store at {path} has schema {version}, which this logtrace ({SCHEMA_VERSION}) can't read",
            f"make a new store of its lines: logtrace doctor --repair --store {path}",
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"the store at {path} has schema {version}; this logtrace knows schemas up to {SCHEMA_VERSION}",
            "upgrade logtrace, or name another store with --store",
        )


def connect_beside(path: Path, patience_s: float) -> sqlite3.Connection:
    """A connection that writes tables of its own beside the one writer of all else (see `writing`): SQLite lets one
    transaction through at a time, so that those have to be short. It waits so long for others. The store has to be there."""
    if not os.access(path, os.W_OK):
        raise StoreError(f"the store at {path} can't be written: permission denied", "ask its owner, or copy the store")
    connection = _connect(f"{path.absolute().as_uri()}?mode=rw", path)
    for pragma in (f"busy_timeout = {round(patience_s * 1000)}", "synchronous = NORMAL", "wal_autocheckpoint = 4000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def copy_log(path: Path) -> None:
    """Copies what is committed from the log of a store into its file, as far as its readers let it, while others write.
    What can't be copied now stays in the log, and is copied when that is closed."""
    with suppress(sqlite3.Error), closing(connect_beside(path, 0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def write_once(path: Path, table: str, sql: str, values: tuple[Any, ...]) -> None:
    """One statement about a table that is counted, written by itself. Raises StoreError where the store can't be written."""
    with writing(path):
        connection = connect_writer(path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(sql, values)
            recount(connection.execute, table)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(*explained(error, path)) from error
        finally:
            connection.close()


def beside(path: Path, end: str) -> Path:
    """What stands beside a store, by the end of its name: beside the file itself, whatever links lead to it."""
    return Path(os.path.realpath(path) + end)


def lock_of(path: Path) -> Path:
    """The file that whoever writes a store holds a lock on."""
    return beside(path, ".lock")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Holds the one right to write a store. Raises StoreError, naming the holder's pid, where another has it."""
    _require_file(path)
    try:
        lock = _open_lock(path)
    except OSError as error:
        raise refused(path, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
            raise StoreError(
                f"the store at {path} is being written by process {holder}",
                "wait until it is done, or name another store with --store",
            ) from error
        _sign(lock, path)
        yield
    finally:
        os.close(lock)


def _open_lock(path: Path) -> int:
    """Opens the lock, which is made where it is not there. What a link of that name leads to is not written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = lock_of(path)
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise StoreError(
            f"no store can be written at {path}: {place.name} beside it is no regular file",
            "move that away, or name another place with --store",
        )
    return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)


def _sign(lock: int, path: Path) -> None:
    """Writes who holds the lock into it."""
    try:
        os.ftruncate(lock, os.pwrite(lock, f"{os.getpid()}\n".encode(), 0))
    except OSError as error:
        raise refused(path, error) from error


def make_indexes(connection: sqlite3.Connection, sql: str) -> None:
    """Makes indexes of the schema that are not there yet. SQLite sorts in runs that take as much memory as its cache may: runs of
    a few megabytes take two thirds of the time, and another thread sorts one while the rows of the next are read."""
    (held,) = connection.execute("PRAGMA cache_size").fetchone()
    for pragma in ("cache_size = -4096", "threads = 1"):
        connection.execute(f"PRAGMA {pragma}")
    for statement in sql.split(";"):
        if statement.strip():
            connection.execute(statement)
    for pragma in (f"cache_size = {held}", "threads = 0"):
        connection.execute(f"PRAGMA {pragma}")
