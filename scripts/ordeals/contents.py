"""What a store holds, as rows that can be compared: two stores of the same logs hold the same, whatever happened meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson
import zstandard

from logtrace.store.damage.soundness import unsound
from logtrace.store.file.health import version
from logtrace.store.file.schema import SCHEMA_VERSION

Contents = dict[str, list[Any]]

_ROWS = {
    "traces": "SELECT * FROM traces ORDER BY trace_id",
    "spans": "SELECT * FROM spans ORDER BY trace_id, span_id, service",
    "logs": "SELECT trace_id, span_id, service, time_ns, severity_number, body, source_line FROM logs ORDER BY 1, 2, 3, 4, 7, 6",
    "sources": "SELECT path, kind, committed, lines FROM source ORDER BY path",
    "rejected": "SELECT s.path, r.reason, sum(json_array_length(r.lines)) FROM rejected r JOIN chunk c ON c.id = r.chunk_id"
    " JOIN source s ON s.id = c.source_id GROUP BY 1, 2 ORDER BY 1, 2",
    "dropped": "SELECT * FROM dropped ORDER BY why, service, operation",
    "preserved": "SELECT * FROM preserved ORDER BY low, high",
}
_CHUNKS = (
    "SELECT s.path, d.data FROM source s JOIN chunk c ON c.source_id = s.id JOIN chunk_data d ON d.id = c.id"
    " ORDER BY s.path, s.id, c.first_line"
)


def contents(store: Path) -> Contents:
    """All that a store says: its views, where its sources stand, and the text of each as it was kept."""
    with closing(sqlite3.connect(store)) as connection:
        found: Contents = {name: [_sorted(row) for row in connection.execute(sql)] for name, sql in _ROWS.items()}
        decompress = zstandard.ZstdDecompressor().decompress
        pieces = groupby(connection.execute(_CHUNKS), itemgetter(0))
        found["text"] = [(path, b"".join(decompress(data) for _, data in rows)) for path, rows in pieces]
    return found


def _sorted(row: Sequence[Any]) -> tuple[Any, ...]:
    """The order of attributes says nothing."""
    return tuple(sorted(orjson.loads(value).items()) if isinstance(value, str) and value[:1] == "{" else value for value in row)


def differences(found: Contents, wanted: Contents) -> list[str]:
    """What is lost or double, a sentence for each kind of row."""
    told = []
    for name, rows in wanted.items():
        if found[name] != rows:
            lost = [row for row in rows if row not in found[name]]
            more = [row for row in found[name] if row not in rows]
            first = str((lost or more or ["the same rows, some more than once"])[0])[:200]
            told.append(f"{name}: {len(found[name])} rows instead of {len(rows)}, {len(lost)} lost, {len(more)} others: {first}")
    return told


def damage(store: Path) -> list[str]:
    """What SQLite finds wrong with a file, and what the doctor does; [] where it is whole or was not made yet."""
    if not store.exists() or not store.stat().st_size:
        return []
    with closing(sqlite3.connect(store)) as connection:
        connection.text_factory = bytes
        told = [text for (text,) in connection.execute("PRAGMA integrity_check")]
    if told != [b"ok"]:
        return [text.decode(errors="replace") for text in told]
    wrong = unsound(store) if version(store) == SCHEMA_VERSION else ""
    return [wrong] if wrong else []
