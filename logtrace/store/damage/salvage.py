"""What can still be read of a store, damaged or of another schema: its sources, its lines, and what people wrote into it.

The tables of lines have been the same since schema 1. A damaged page takes its own rows along, not those of others: rows
are asked for one by one where many can't be had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from logtrace.store.file import tallies
from logtrace.store.file.database import bare_reader
from logtrace.store.file.schema import SCHEMA
from logtrace.store.writing.writer import SourceRow, Writer

KEPT_TABLES = ("note", "pin", "learned", "preserved", "sampled", "dropped", "read_by", "receiver", "pushed")
"""What no log file tells."""

_BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite says of damaged pages; the latter where its message repeats what lies in them."""

_STEPS = 1_000_000
_HEAD = 64
"""Bytes of a row, at the least."""


class Text(NamedTuple):
    """A piece of lines.

    source          what it is of; 0 where that is not known any more
    first_line      the number of its first line there
    lines           how many it has, empty ones as well
    state           whole; lost; too_long: one line, of which no text was kept; gone: it was let go on purpose
    """

    chunk: int
    source: int
    first_line: int
    lines: int
    size: int
    state: str


class Wreck:
    """A store that is read as far as it goes. Raises StoreError where it can't be opened at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = bare_reader(path)
        self._highest = path.stat().st_size // _HEAD
        self._decompressor = zstandard.ZstdDecompressor()

    def close(self) -> None:
        """Closes it."""
        self._connection.close()

    def sources(self) -> dict[int, SourceRow]:
        """The sources that are still known."""
        return {row[0]: SourceRow._make(row) for row in self.rows("source", SourceRow._fields)}

    def texts(self) -> Iterator[Text]:
        """All pieces of text, by source and line; first those whose source is not known."""
        places = {row[0]: row[1:] for row in self.rows("chunk", ("id", "source_id", "first_line", "size"))}
        chunks = {row[0] for row in self.rows("chunk_data", ("id",))} | places.keys()
        found = [self._text(chunk, *places.get(chunk, (0, 1, None))) for chunk in chunks]
        yield from sorted(found, key=lambda text: (text.source, text.first_line, text.chunk))

    def _text(self, chunk: int, source: int, first_line: int, size: int | None) -> Text:
        if size == 0 and not self.is_overlong(chunk):
            return Text(chunk, source, first_line, 0, 0, "gone")
        data = self.data(chunk)
        if data is None and self.is_overlong(chunk):
            return Text(chunk, source, first_line, 1, size or 0, "too_long")
        if data is None or size not in (None, len(data)):
            return Text(chunk, source, first_line, 0, 0, "lost")
        return Text(chunk, source, first_line, data.count(b"\n") + (not data.endswith(b"\n")), len(data), "whole")

    def is_overlong(self, chunk: int) -> bool:
        """Whether a chunk is a line that was too long to be kept."""
        return self._one("SELECT 1 FROM rejected WHERE chunk_id = ? AND reason = 'too_long'", chunk) is not None

    def data(self, chunk: int) -> bytes | None:
        """The text of a chunk; None where it is not there, or damaged."""
        packed = self.packed(chunk)
        try:
            return self._decompressor.decompress(packed) if packed is not None else None
        except zstandard.ZstdError:
            return None

    def packed(self, chunk: int) -> bytes | None:
        """The text of a chunk as it is kept; None where it is not there or can not be read."""
        found = self._one("SELECT data FROM chunk_data WHERE id = ?", chunk)
        return found[0] if found and isinstance(found[0], bytes) else None

    def _one(self, sql: str, key: int) -> tuple[Any, ...] | None:
        try:
            found: tuple[Any, ...] | None = self._connection.execute(sql, (key,)).fetchone()
        except _BROKEN:
            return None
        return found

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a table that can be read and may be its own, by id; the first column is the id."""
        after, steps, fits = 0, 0, fitting(table, columns)
        sql = f"SELECT {', '.join(columns)} FROM {table} WHERE id > ? ORDER BY id"
        while steps < _STEPS and after <= self._highest:
            try:
                for row in self._connection.execute(sql, (after,)):
                    after = row[0]
                    if fits(row):
                        yield row
            except _BROKEN:
                after, steps = after + 1, steps + 1
            else:
                return

    def written(self, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """(columns, rows) of a table that is not made of lines; none where it is not there or damaged."""
        try:
            found = self._connection.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in found.description]
            return columns, list(filter(fitting(table, columns), found))
        except _BROKEN:
            return [], []

    def missing(self, writer: Writer, table: str) -> int:
        """How many rows of a table were counted, and are not in another store."""
        try:
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (tallies.key_of(table),)).fetchone()
        except _BROKEN:
            return 0
        (here,) = writer.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return max(row[0] - here, 0) if row and isinstance(row[0], int) else 0

    def redaction_key(self) -> str | None:
        """The key that secrets are hashed with, where the store has one."""
        try:
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'redaction_key'").fetchone()
        except _BROKEN:
            return None
        return str(row[0]) if row else None


_CLASSES = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}


@cache
def declared(table: str) -> dict[str, tuple[str, bool]]:
    """Column → (type, whether it is always filled)."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA)
        return {name: (kind, bool(filled)) for _, name, kind, filled, *_ in fresh.execute(f"PRAGMA table_info({table})")}


def fitting(table: str, columns: Sequence[str]) -> Callable[[tuple[Any, ...]], bool]:
    """Tells rows that may be of a table: a page that another has taken the place of gives rows of that one."""
    told = declared(table)
    wanted = [told.get(column, ("", False)) for column in columns]
    return lambda row: all(_fits(value, *each) for value, each in zip(row, wanted, strict=True))


def _fits(value: Any, kind: str, filled: bool) -> bool:
    return not filled if value is None else kind not in _CLASSES or isinstance(value, _CLASSES[kind])


def adopt(writer: Writer, wreck: Wreck) -> None:
    """Takes over what people and other runs wrote, in the open transaction."""
    for table in KEPT_TABLES:
        columns, rows = wreck.written(table)
        known = [name for _, name, *_ in writer.connection.execute(f"PRAGMA table_info({table})")]
        if rows and set(columns) <= set(known):
            sql = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            with suppress(sqlite3.Error):  # a damaged row is no reason to lose lines
                writer.connection.executemany(sql, rows)
        if table in tallies.COUNTED:
            tallies.recount(writer.connection.execute, table)
    if key := wreck.redaction_key():
        writer.connection.execute("INSERT OR IGNORE INTO meta VALUES ('redaction_key', ?)", (key,))


def count(writer: Writer) -> tuple[int, int, int]:
    """(sources, lines, traces) of a whole store."""
    tables = ("SELECT count(*) FROM source", "SELECT coalesce(sum(lines), 0) FROM chunk", "SELECT count(*) FROM trace")
    sources, lines, traces = (int(writer.connection.execute(sql).fetchone()[0]) for sql in tables)
    return sources, lines, traces
