"""Reading a store: fragments for assembly, whole traces, lists, raw lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from logtrace.errors import StoreError
from logtrace.model import JsonPair
from logtrace.reconstruct.fragments import Fragment
from logtrace.store.database import connect_reader, explained
from logtrace.store.rows import COLUMNS, Names, OperationKey, Row, fragment_of


class Outline(NamedTuple):
    """The numbers of a span row that assembly looks at first."""

    id: int
    low: int
    high: int
    key: int
    parent: int
    operation_id: int
    start_ns: int | None
    duration_ns: int | None
    facts: int
    error: int
    flags: int
    n_lines: int


class _Lazy(dict[int, Any]):
    """Rows of a small table by id, fetched when first asked for."""

    def __init__(self, connection: sqlite3.Connection, sql: str) -> None:
        super().__init__()
        self._connection = connection
        self._sql = sql

    def __missing__(self, key: int) -> Any:
        if len(self) > 500_000:
            self.clear()
        row = self._connection.execute(self._sql, (key,)).fetchone()
        self[key] = row
        return row


class FragmentReader:
    """Fragments of a store, by trace. Each holds its own read-only connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = connect_reader(path)
        self._operations = _Lazy(self.connection, "SELECT service, name, kind FROM operation WHERE id = ?")
        self._attributes = _Lazy(self.connection, "SELECT key, value FROM attribute WHERE id = ?")
        self._attribute_ids: dict[JsonPair, int] = {}

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        """A query; SQLite's errors come out as StoreError."""
        try:
            return self.connection.execute(sql, values)
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self.path)) from error

    def outlines(self, lows: list[int]) -> Iterator[Outline]:
        """The rows of traces by low half, those of one low half together."""
        return map(
            Outline._make,
            self.run(
                "SELECT s.id, s.trace_low, s.trace_high, s.span_key, coalesce(s.parent_key, 0), s.operation_id, s.start_ns,"
                " s.duration_ns, s.facts, s.error, s.flags, s.n_lines"
                " FROM json_each(?) j CROSS JOIN span s ON s.trace_low = j.value",
                (orjson.dumps(lows).decode(),),
            ),
        )

    def service(self, operation_id: int) -> str:
        """The service of an operation."""
        return str(self._operations[operation_id][0])

    def rows(self, low: int) -> list[tuple[int, Row, Fragment]]:
        """(row id, columns, fragment) of all rows with a low half, oldest first."""
        found = self.run(f"SELECT id, {COLUMNS} FROM span WHERE trace_low = ? ORDER BY id", (low,)).fetchall()
        texts = {(row[0], row[1]): row[2] for row in self.run("SELECT low, high, text FROM opaque_trace WHERE low = ?", (low,))}
        names = Names(self._operations, self._attributes, texts)
        return [(row[0], row[1:], fragment_of(row[1:], names)) for row in found]

    def fragments(self, low: int) -> list[Fragment]:
        """All fragments with a low half."""
        return [fragment for _, _, fragment in self.rows(low)]

    def operation_id(self, key: OperationKey) -> int:
        """The id of an operation, 0 where the store has none such."""
        row = self.run("SELECT id FROM operation WHERE service = ? AND name = ? AND kind = ?", key).fetchone()
        return int(row[0]) if row else 0

    def attribute_id(self, pair: JsonPair) -> int | None:
        """The id of an interned attribute, None where it is not interned."""
        known = self._attribute_ids.get(pair)
        if known is None:
            row = self.run("SELECT id FROM attribute WHERE key = ? AND value = ?", pair).fetchone()
            if row is None:
                return None
            if len(self._attribute_ids) > 500_000:
                self._attribute_ids.clear()
            known = self._attribute_ids[pair] = int(row[0])
        return known
