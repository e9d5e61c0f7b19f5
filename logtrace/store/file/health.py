"""How a store is, asked without changing anything in it: neither its schema is brought up to date, nor is it refused."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import zstandard

from logtrace.errors import StoreError
from logtrace.store.file.database import bare_reader, lock_of, version_of
from logtrace.store.file.trouble import damage_told, explained

_SHOWN = 3
_BODIES = 5
"""Since this schema version lines are packed, and messages in a table of their own."""


class Kept(NamedTuple):
    """What there is of lines: chunks in all, ids of those that can't be unpacked, the chunks without their text, and the
    messages that spans refer to and nothing has. Text that was let go on purpose is not missing."""

    chunks: int
    damaged: tuple[int, ...]
    missing: int
    messages: int


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to what may be damaged: text in it may be any bytes. Errors come out as StoreError."""
    with closing(bare_reader(path)) as connection:
        connection.text_factory = lambda data: data.decode(errors="replace")
        try:
            yield connection
        except sqlite3.Error as error:
            raise StoreError(*explained(error, path)) from error
        except UnicodeDecodeError as error:  # of SQLite's message, which repeats names as they lie in the file
            raise StoreError(*damage_told("its schema is no text", path)) from error


def version(path: Path) -> int:
    """The schema version of a file, 0 for one that is no store. Raises StoreError where it can't be read."""
    with looking(path) as connection:
        return version_of(connection, path)


def damage(path: Path) -> str:
    """What SQLite finds wrong with a file, "" where it is whole. Raises StoreError where it can't even look."""
    with looking(path) as connection:
        told = [text for (text,) in connection.execute(f"PRAGMA integrity_check({_SHOWN})")]
    return "" if told == ["ok"] else "; ".join(" ".join(text.split()) for text in told)


def kept(path: Path) -> Kept:
    """Whether the text of all chunks is there and whole, and the messages of packed lines (see store.rows.linerefs)."""
    from logtrace.store.rows.packed_lines import references  # needs numpy, which reading does not

    with looking(path) as connection:
        ids = [chunk_id for (chunk_id,) in connection.execute("SELECT id FROM chunk_data ORDER BY id")]
        rows = connection.execute(
            "SELECT c.id, c.size > 0 FROM chunk c LEFT JOIN chunk_data d ON d.id = c.id WHERE d.id IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM rejected r WHERE r.chunk_id = c.id AND r.reason = 'too_long')"
        ).fetchall()
        has_bodies = version_of(connection, path) >= _BODIES
        messages = references(_packed(connection)) if has_bodies else set()
        told = {chunk_id for chunk_id, _ in messages} | _chunks_of_others(connection)
        missing = sum(wanted or chunk_id in told for chunk_id, wanted in rows)
        messages.difference_update(connection.execute("SELECT chunk_id, number FROM body") if has_bodies else ())
        return Kept(len(ids), tuple(_damaged(connection, ids)), missing, len(messages))


def _packed(connection: sqlite3.Connection) -> Iterator[bytes]:
    return (lines for (lines,) in connection.execute("SELECT lines FROM span WHERE typeof(lines) = 'blob'"))


def _chunks_of_others(connection: sqlite3.Connection) -> set[int]:
    """The chunks that spans refer to whose lines are not packed."""
    sql = "SELECT DISTINCT json_extract(j.value, '$[0]') FROM span s JOIN json_each(s.lines) j ON j.type = 'array'"
    return {chunk_id for (chunk_id,) in connection.execute(f"{sql} WHERE typeof(s.lines) = 'text'")}


def _damaged(connection: sqlite3.Connection, ids: list[int]) -> Iterator[int]:
    decompressor = zstandard.ZstdDecompressor()
    for chunk_id in ids:
        sql = "SELECT d.data, c.size FROM chunk_data d LEFT JOIN chunk c ON c.id = d.id WHERE d.id = ?"
        data, size = connection.execute(sql, (chunk_id,)).fetchone()
        try:
            if len(decompressor.decompress(data)) != size:
                yield chunk_id
        except zstandard.ZstdError:
            yield chunk_id


def newest_ns(path: Path) -> int | None:
    """The latest time that a kept line tells; None where none does."""
    with looking(path) as connection:
        found: int | None = connection.execute("SELECT max(max_ns) FROM chunk WHERE typeof(max_ns) = 'integer'").fetchone()[0]
        return found


def source_places(path: Path) -> list[tuple[str, str]]:
    """(path, kind) of all sources; those are left out in whose place damage has put what is no text."""
    texts = "typeof(path) = 'text' AND typeof(kind) = 'text'"
    with looking(path) as connection:
        return list(connection.execute(f"SELECT path, kind FROM source WHERE {texts} ORDER BY id"))


def writer_of(path: Path) -> str:
    """The pid of the process that writes a store, as text; "" where none does."""
    try:
        lock = os.open(lock_of(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
    finally:
        os.close(lock)
    return ""
