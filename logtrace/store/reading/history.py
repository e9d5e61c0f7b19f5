"""How long the operations of a store take: what a single span is measured against.

To count the spans of an operation takes SQLite as long as there are spans, so that for frequent ones the numbers are kept:
as of the last ingest after which they were more than a tenth other than before.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from logtrace.errors import StoreError
from logtrace.store.file.schema import LATENCY, span_class
from logtrace.store.file.trouble import explained
from logtrace.store.reading.reader import FragmentReader

Run = Callable[[str, Sequence[int]], list[tuple[Any, ...]]]
"""Runs a query, with values, and gives its rows."""

FREQUENT = 2_000
"""The numbers of operations with so many samples are kept."""
_TENTH = 10

_CLASSES = f"SELECT {span_class('')}, count(*) FROM span WHERE operation_id = ? GROUP BY 1"
_DURATIONS = f"SELECT duration_ns FROM span WHERE operation_id = ? AND {span_class('')} = ?"
_MAY_BE_FREQUENT = "SELECT id FROM operation o WHERE (SELECT 1 FROM span WHERE operation_id = o.id LIMIT 1 OFFSET ?)"
"""Index span_operation has all that is asked for here."""

_IS_RECENT = f"""SELECT count(*) FROM meta WHERE key = 'timed'
    AND abs(value - (SELECT coalesce(max(id), 0) FROM span)) * {_TENTH} <= value"""


def history(reader: FragmentReader, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """(service, operation) → (samples, their 99th percentile in ns) of closed spans; pairs without any are left out.

    The percentile is the smallest duration that at least 99 % of the samples do not exceed.
    """
    found = {}
    kept = _kept(reader)
    for service, name in dict.fromkeys(pairs):
        ids = [i for (i,) in reader.run("SELECT id FROM operation WHERE service = ? AND name = ?", (service, name))]
        measured = kept.get(ids[0]) if len(ids) == 1 else None
        samples, p99_ns = measured or _measured(reader.run, ids)
        if samples:
            found[service, name] = samples, p99_ns
    return found


def _kept(reader: FragmentReader) -> dict[int, tuple[int, int]]:
    """Operation id → (samples, 99th percentile) of those that are kept, where the store has not changed much since."""
    if not reader.run(_IS_RECENT)[0][0]:
        return {}
    return {row[0]: row[1:] for row in reader.run("SELECT operation_id, samples, p99_ns FROM latency")}


def remember(connection: sqlite3.Connection, path: Path) -> None:
    """Keeps the numbers of frequent operations, where those that are kept are of another store by more than a tenth."""
    try:
        if not connection.execute(_IS_RECENT).fetchone()[0]:
            _write(connection)
    except sqlite3.Error as error:
        raise StoreError(*explained(error, path)) from error


def _write(connection: sqlite3.Connection) -> None:
    def run(sql: str, values: Sequence[int]) -> list[tuple[Any, ...]]:
        return connection.execute(sql, values).fetchall()

    measured = [(i, *_measured(run, [i])) for (i,) in run(_MAY_BE_FREQUENT, (FREQUENT - 1,))]
    found = [(i, samples, p99_ns) for i, samples, p99_ns in measured if samples >= FREQUENT]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(LATENCY)
    connection.execute("DELETE FROM latency")
    connection.executemany("INSERT INTO latency VALUES (?, ?, ?)", found)
    connection.execute("INSERT OR REPLACE INTO meta SELECT 'timed', coalesce(max(id), 0) FROM span")
    connection.execute("COMMIT")


def _measured(run: Run, ids: Sequence[int]) -> tuple[int, int]:
    """The number of closed spans of some operations, and their 99th percentile in ns: of those that take longest, class by
    class, the first that a hundredth are before. (0, 0) where there are none."""
    many = Counter[int]()
    for i in ids:
        many.update({number: count for number, count in run(_CLASSES, (i,)) if number is not None and number % 2})
    before = many.total() // 100
    for number in sorted(many, reverse=True):
        if before < many[number]:
            return many.total(), sorted((ns for i in ids for (ns,) in run(_DURATIONS, (i, number))), reverse=True)[before]
        before -= many[number]
    return 0, 0
