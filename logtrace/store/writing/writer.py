"""Writing a store: batches of rows as worker processes made them, and how far each source was read.

What a line gave and the offset behind it are committed in one transaction: a crash repeats nothing and loses nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from logtrace.errors import StoreError
from logtrace.model import plain_key
from logtrace.store.file import tallies
from logtrace.store.file.database import connect_writer, make_indexes
from logtrace.store.file.schema import INDEXES, READING_INDEXES
from logtrace.store.file.trouble import explained
from logtrace.store.rows.of_fragments import COLUMNS, OperationKey, Row
from logtrace.store.writing import changes
from logtrace.store.writing.changes import Replaced

_INSERT_SPAN = f"INSERT INTO span ({COLUMNS}) VALUES ({', '.join('?' * len(COLUMNS.split(',')))})"
_NEW_ATTRIBUTE = "INSERT OR IGNORE INTO attribute (key, plain, value) VALUES (?, ?, ?) RETURNING id"
"""Most are new: they are not looked for first."""

_MEMO = 400_000


class SourceRow(NamedTuple):
    """A row of the table `source`."""

    id: int
    path: str
    kind: str
    fingerprint: bytes | None
    fingerprint_len: int
    size: int
    mtime_ns: int
    committed: int
    tail_hash: bytes | None
    lines: int
    settings: str


_SOURCE_COLUMNS = ", ".join(SourceRow._fields)


class Writer:
    """The one writer of a store. Errors of SQLite come out as StoreError."""

    def __init__(self, path: Path, shared: bool = False) -> None:
        self.path = path
        self.connection = connect_writer(path, shared)
        if self.highest_row():
            self._run("PRAGMA cache_size = -32768")  # KiB: new rows go into the indexes at random places
        self._operations: dict[OperationKey, int] = {}
        self._attributes: dict[tuple[str, str], int] = {}

    def widen(self) -> None:
        """For a run that may add many rows to those that are there. They go into the indexes at random places: a page that has
        no room in memory is read and written again, as often as one of its rows comes. And what is committed is not copied
        into the file at each turn, where the same pages change in the next one."""
        if self.highest_row():
            self._run("PRAGMA cache_size = -131072")  # KiB: most pages of the indexes of four million rows
            self._run("PRAGMA wal_autocheckpoint = 32000")

    def close(self) -> None:
        """Closes the store; what was not committed is undone."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.connection.close()

    def begin(self) -> None:
        """Begins a transaction if none is open."""
        if not self.connection.in_transaction:
            self._run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commits the open transaction, if there is one."""
        if self.connection.in_transaction:
            self._run("COMMIT")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self.connection.execute(sql, values)
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self.path)) from error

    def _run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self.path)) from error

    # sources

    def sources(self) -> list[SourceRow]:
        """All sources, oldest first."""
        return [SourceRow(*row) for row in self._run(f"SELECT {_SOURCE_COLUMNS} FROM source ORDER BY id")]

    def add_source(self, path: str, kind: str, settings: str) -> int:
        """A new source of which nothing was read yet: its id."""
        return int(
            self._run(
                "INSERT INTO source (path, kind, settings) VALUES (?, ?, ?) RETURNING id", (path, kind, settings)
            ).fetchone()[0]
        )

    def update_source(self, source: SourceRow) -> None:
        """Writes all columns of a source."""
        assignments = ", ".join(f"{name} = ?" for name in SourceRow._fields[1:])
        self._run(f"UPDATE source SET {assignments} WHERE id = ?", (*source[1:], source.id))

    def next_chunk(self) -> int:
        """The first chunk id that is free."""
        return int(self._run("SELECT coalesce(max(id), 0) + 1 FROM chunk").fetchone()[0])

    # what workers made

    def add_chunks(self, source_id: int, first_line: int, chunks: Iterable[tuple[Any, ...]]) -> int:
        """Keeps chunks (as in jobs.work.Result) of a source in order; the number of the line that follows them."""
        for chunk_id, lines, used, untraced, low, high, size, physical, data in chunks:
            self._run(
                "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (chunk_id, source_id, first_line, lines, used, untraced, low, high, size),
            )
            if data is not None:
                self._run("INSERT INTO chunk_data VALUES (?, ?)", (chunk_id, data))
            first_line += physical
        return first_line

    def kept_chunks(self, many: int) -> Iterator[tuple[int, tuple[tuple[int, bytes], ...]]]:
        """(source id, up to `many` of its chunks as (id, zstd)) of all kept chunks, in order."""
        ids = self._run(
            "SELECT source_id, c.id FROM chunk c JOIN chunk_data d ON d.id = c.id ORDER BY source_id, c.id"
        ).fetchall()
        for source_id, group in groupby(ids, key=itemgetter(0)):
            chunk_ids = [chunk_id for _, chunk_id in group]
            for start in range(0, len(chunk_ids), many):
                wanted = chunk_ids[start : start + many]
                yield (
                    source_id,
                    tuple((i, self._run("SELECT data FROM chunk_data WHERE id = ?", (i,)).fetchone()[0]) for i in wanted),
                )

    def forget_spans(self) -> None:
        """Empties all that is made from lines; the lines, and where overlong ones were, stay."""
        changes.remember_all(self._run)
        for table in ("span", "trace", "operation", "attribute", "opaque_trace", "opaque_span", "document", "body"):
            self._run(f"DELETE FROM {table}")
            if table in tallies.COUNTED:
                tallies.recount(self._run, table)
        self._run("INSERT INTO term (term) VALUES ('delete-all')")
        self._run("DELETE FROM rejected WHERE chunk_id IN (SELECT id FROM chunk_data)")
        self.set_assembled(0)
        self.forget_memo()

    def forget_memo(self) -> None:
        """Forgets the numbers of names; they are looked up in the store again."""
        self._operations.clear()
        self._attributes.clear()

    def recount_chunks(self, chunks: Iterable[tuple[Any, ...]]) -> None:
        """Updates what is counted of chunks that were decoded anew."""
        self._run_many(
            "UPDATE chunk SET lines = ?, used = ?, untraced = ?, min_ns = ?, max_ns = ? WHERE id = ?",
            ((*c[1:6], c[0]) for c in chunks),
        )

    def add_rejected(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Keeps where rejected lines are: (chunk id, reason, JSON list of indexes)."""
        self._run_many("INSERT OR REPLACE INTO rejected VALUES (?, ?, ?)", rows)

    def add_messages(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Keeps messages that packed lines refer to: (chunk id, number, message)."""
        self._run_many("INSERT INTO body VALUES (?, ?, ?)", rows)

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Adds rows of `span`."""
        self._run_many(_INSERT_SPAN, rows)

    def add_opaque(self, traces: Iterable[tuple[int, int, str]], spans: Iterable[tuple[int, str]]) -> None:
        """Keeps the texts of ids that are not hexadecimal. Two texts with one hash end the run: no row may lie."""
        new = sum(self._keep_text("opaque_trace", "low = ? AND high = ?", (low, high), text) for low, high, text in traces)
        tallies.added(self._run, "opaque_trace", new)
        new = sum(self._keep_text("opaque_span", "key = ?", (key,), text) for key, text in spans)
        tallies.added(self._run, "opaque_span", new)

    def _keep_text(self, table: str, where: str, key: tuple[int, ...], text: str) -> bool:
        """Whether it is new."""
        known = self._run(f"SELECT text FROM {table} WHERE {where}", key).fetchone()
        if known is None:
            self._run(f"INSERT INTO {table} VALUES ({', '.join('?' * (len(key) + 1))})", (*key, text))
        elif known[0] != text:
            raise StoreError(
                f"the ids {known[0]!r} and {text!r} have the same hash", "ingest one of the logs into a store of its own"
            )
        return known is None

    def name_operations(self, keys: Iterable[OperationKey]) -> list[int]:
        """The ids of operations, given out where they are new."""
        return [self._operation(key) for key in keys]

    def _operation(self, key: OperationKey) -> int:
        known = self._operations.get(key)
        if known is None:
            row = self._run("SELECT id FROM operation WHERE service = ? AND name = ? AND kind = ?", key).fetchone()
            row = row or self._run("INSERT INTO operation (service, name, kind) VALUES (?, ?, ?) RETURNING id", key).fetchone()
            if len(self._operations) >= _MEMO:
                self._operations.clear()
            known = self._operations[key] = int(row[0])
        return known

    def name_attributes(self, pairs: Iterable[tuple[str, str]]) -> list[int]:
        """The ids of attributes, given out where they are new."""
        return [self._attribute(pair) for pair in pairs]

    def _attribute(self, pair: tuple[str, str]) -> int:
        known = self._attributes.get(pair)
        if known is None:
            row = self._run(_NEW_ATTRIBUTE, (pair[0], plain_key(pair[0]), pair[1])).fetchone()
            row = row or self._run("SELECT id FROM attribute WHERE key = ? AND value = ?", pair).fetchone()
            if len(self._attributes) >= _MEMO:
                self._attributes.clear()
            known = self._attributes[pair] = int(row[0])
        return known

    # assembly

    def dirty_traces(self) -> list[int]:
        """The low halves of all traces with rows that no assembly has seen, as the first of these lie: some traces in that order
        have most of their rows in the same pages."""
        self.index_for_assembly()
        rows = self._run("SELECT +trace_low FROM span WHERE id > ? ORDER BY id", (self.assembled(),))
        return list(dict.fromkeys(low for (low,) in rows))

    def _make_indexes(self, sql: str) -> None:
        try:
            make_indexes(self.connection, sql)
        except sqlite3.Error as error:
            raise StoreError(*explained(error, self.path)) from error

    def index_for_assembly(self) -> None:
        """Makes the index that assembly needs."""
        self._make_indexes(INDEXES)

    def services(self) -> dict[int, str]:
        """The service of each operation, by number."""
        return dict(self._run("SELECT id, service FROM operation").fetchall())

    def index_for_reading(self) -> None:
        """Makes the indexes that reading needs: last, because assembly changes what they hold."""
        self._make_indexes(READING_INDEXES)

    # what parents are inferred with

    def note_uneven(self, uneven: bool) -> None:
        """Notes that times of some trace say that clocks may differ; once noted it stays."""
        if uneven and not self.is_uneven():
            self.begin()
            self._run("INSERT INTO meta VALUES ('uneven', 1)")
            self.commit()

    def is_uneven(self) -> bool:
        """Whether clocks may differ."""
        return bool(self._run("SELECT count(*) FROM meta WHERE key = 'uneven'").fetchone()[0])

    def model(self) -> tuple[int, int]:
        """(version, rules) of the kept model, (0, 0) where none is kept."""
        return tuple(self._run("SELECT version, rules FROM model").fetchone() or (0, 0))

    def save_model(self, version: int, rules: int, pairs: str, clocks: str) -> None:
        """Keeps a model instead of the one before."""
        self._run("DELETE FROM model")
        self._run("INSERT INTO model VALUES (?, ?, ?, ?)", (version, rules, pairs, clocks))

    def needs_model(self, but: Sequence[int]) -> bool:
        """Whether the kept model is that of some trace, but for those with some low halves, or of what was learned."""
        sql = "SELECT EXISTS (SELECT 1 FROM learned) OR EXISTS (SELECT 1 FROM trace WHERE model > 0 AND low NOT IN {0})"
        return bool(self._run(sql.format("(SELECT value FROM json_each(?))"), (orjson.dumps(but).decode(),)).fetchone()[0])

    def drop_model(self) -> None:
        """Keeps no model: no trace is inferred with it any more."""
        self._run("DELETE FROM model")
        self._run("UPDATE trace SET model = -1 WHERE model > 0")

    def inferred_traces(self, version: int) -> list[int]:
        """The low halves of the traces that were made with another model than this version, or without one."""
        return [low for (low,) in self._run("SELECT low FROM trace WHERE model NOT IN (0, ?) ORDER BY 1", (version,))]

    def add_learned(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keeps spans with known parents, as rows of `learned`; one that is there is replaced."""
        self._run_many("INSERT OR REPLACE INTO learned VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        tallies.recount(self._run, "learned")

    def highest_row(self) -> int:
        """The highest id of `span`."""
        return int(self._run("SELECT coalesce(max(id), 0) FROM span").fetchone()[0])

    def assembled(self) -> int:
        """The highest id of `span` that an assembly has seen: what lies behind it is new, or was left by a killed run."""
        return int(self._run("SELECT value FROM meta WHERE key = 'assembled'").fetchone()[0])

    def set_assembled(self, row_id: int) -> None:
        """Notes that all rows up to this id are covered by trace rows.

        Never more than there are: SQLite gives the ids of deleted last rows out again, and those rows will be new ones.
        """
        self._run("UPDATE meta SET value = min(?, (SELECT coalesce(max(id), 0) FROM span)) WHERE key = 'assembled'", (row_id,))

    def replace_traces(self, lows: list[int], traces: Iterable[tuple[Any, ...]]) -> Replaced:
        """Replaces the trace rows of some low halves."""
        text = orjson.dumps(lows).decode()
        before, kept = changes.shown(self._run, text), changes.recalled(self._run, text)
        self._run("DELETE FROM trace WHERE low IN (SELECT value FROM json_each(?))", (text,))
        rows = [(*row[:5], row[5] if isinstance(row[5], int) else self._operation(row[5]), *row[6:]) for row in traces]
        self._run_many(f"INSERT INTO trace VALUES ({', '.join('?' * 14)})", rows)
        if not before and not kept:
            return Replaced(len(rows), [], [], 0)
        return changes.replaced(before, kept, changes.shown(self._run, text))

    def replace_rows(self, dropped: Iterable[int], changed: Iterable[tuple[int, Row, OperationKey]]) -> None:
        """Deletes rows of `span` by id and rewrites others: (id, all its columns, the operation that it names)."""
        self._run_many("DELETE FROM span WHERE id = ?", ((row_id,) for row_id in dropped))
        self._run("UPDATE meta SET value = min(value, (SELECT coalesce(max(id), 0) FROM span)) WHERE key = 'assembled'")
        rows = ((*row[:5], self._operation(key), *row[6:], row_id) for row_id, row, key in changed)
        self._run_many(f"UPDATE span SET ({COLUMNS}) = ({', '.join('?' * len(COLUMNS.split(',')))}) WHERE id = ?", rows)

    def by_start(self, lows: list[int]) -> list[int]:
        """The low halves of assembled traces among some, by start: as their rows lie."""
        sql = "SELECT DISTINCT t.low FROM json_each(?) j CROSS JOIN trace t ON t.low = j.value ORDER BY t.start_ns"
        return [low for (low,) in self._run(sql, (orjson.dumps(lows).decode(),))]

    def add_documents(self, found: Sequence[tuple[int, str]]) -> None:
        """Makes traces known to search: (low half, words) of each, see store.search.terms."""
        first = int(self._run("SELECT coalesce(max(id), 0) + 1 FROM document").fetchone()[0])
        self._run_many("INSERT INTO document VALUES (?, ?)", ((first + i, low) for i, (low, _) in enumerate(found)))
        self._run_many(
            "INSERT INTO term (rowid, words) VALUES (?, ?)", ((first + i, words) for i, (_, words) in enumerate(found))
        )

    def infer(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Writes what was inferred of spans: (parent_key, confidence, start_ns, duration_ns, facts, flags, row id)."""
        self._run_many(
            "UPDATE span SET parent_key = ?, confidence = ?, start_ns = ?, duration_ns = ?, facts = ?, flags = ? WHERE id = ?",
            rows,
        )

    def analyze(self) -> None:
        """Tells SQLite's planner what the tables hold, from a sample."""
        self._run("PRAGMA analysis_limit = 400")
        self._run("ANALYZE")

    def totals(self) -> tuple[int, int]:
        """(traces, observed spans) of the whole store."""
        return tuple(self._run("SELECT count(*), coalesce(sum(spans), 0) FROM trace").fetchone())
