"""How long the operations of a store take: what a single span is measured against.

To count the spans of an operation takes SQLite as long as there are spans, so that for frequent ones the numbers are kept:
as of the last ingest after which they were more than a tenth other than before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.store.database import explained
from logtrace.store.reader import FragmentReader
from logtrace.store.schema import LATENCY

FREQUENT = 2_000
"""The numbers of operations with so many samples are kept."""
_TENTH = 10

_OBSERVED = 4  # the one bit that the numbers of field, duration and record share, and no other source of a time has
_CLOSED = f"duration_ns IS NOT NULL AND facts & {_OBSERVED << 20 | _OBSERVED << 24} = {_OBSERVED << 20 | _OBSERVED << 24}"
"""Spans whose both ends lines state (see of_fragments.SOURCES). Index span_operation has all that is asked for here."""

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
        known = kept.get(ids[0]) if len(ids) == 1 else None
        samples = known[0] if known else _samples(reader, ids)
        if samples:
            found[service, name] = known or (samples, _from_top(reader, ids, samples // 100))
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
    counted = f"SELECT operation_id, count(*) FROM span WHERE {_CLOSED} GROUP BY operation_id HAVING count(*) >= {FREQUENT}"
    top = f"SELECT duration_ns FROM span WHERE operation_id = ? AND {_CLOSED} ORDER BY duration_ns DESC LIMIT 1 OFFSET ?"
    found = [(i, n, *connection.execute(top, (i, n // 100)).fetchone()) for i, n in connection.execute(counted).fetchall()]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(LATENCY)
    connection.execute("DELETE FROM latency")
    connection.executemany("INSERT INTO latency VALUES (?, ?, ?)", found)
    connection.execute("INSERT OR REPLACE INTO meta SELECT 'timed', coalesce(max(id), 0) FROM span")
    connection.execute("COMMIT")


def _samples(reader: FragmentReader, ids: list[int]) -> int:
    return sum(reader.run(f"SELECT count(*) FROM span WHERE operation_id = ? AND {_CLOSED}", (i,))[0][0] for i in ids)


def _from_top(reader: FragmentReader, ids: list[int], skipped: int) -> int:
    """The duration with exactly so many samples before it, longest first."""
    sql = f"SELECT duration_ns FROM span WHERE operation_id = ? AND {_CLOSED} ORDER BY duration_ns DESC LIMIT ?"
    longest = [duration_ns for i in ids for (duration_ns,) in reader.run(sql, (i, skipped + 1))]
    return int(sorted(longest, reverse=True)[skipped])
