"""Whether what a store holds is what its schema says, and belongs together: SQLite's own check looks at neither."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from logtrace.store.damage.salvage import declared
from logtrace.store.file import tallies
from logtrace.store.file.health import damage, looking, version
from logtrace.store.file.schema import SCHEMA, SCHEMA_VERSION
from logtrace.store.rows.linerefs import BASE, SIZE
from logtrace.units import counted

_CLASSES = {"INTEGER": "'integer'", "REAL": "'real', 'integer'", "TEXT": "'text'", "BLOB": "'blob'"}
_JSON = {
    "source": ("settings",),
    "span": ("attributes", "extra", "iif(typeof(lines) = 'text', lines, NULL)"),
    "attribute": ("value",),
    "rejected": ("lines",),
    "model": ("pairs", "clocks"),
}
_SHAPES = {
    "span": (
        f"typeof(lines) NOT IN ('text', 'blob') OR (typeof(lines) = 'blob' AND length(lines) % {SIZE} NOT IN (0, {BASE}))",
        "json_type(attributes) <> 'array' OR json_type(extra) <> 'object' OR json_array_length(extra, '$.failure') <> 4",
    )
}
_UNACCOUNTED = """SELECT count(*) FROM chunk c
    LEFT JOIN (SELECT chunk_id, sum(json_array_length(lines)) AS many FROM rejected GROUP BY chunk_id) r ON r.chunk_id = c.id
    WHERE c.lines <> c.used + c.untraced + coalesce(r.many, 0)"""
_UNTOLD = """SELECT count(*) FROM span s JOIN json_each(s.attributes) j ON j.type = 'integer'
    WHERE j.value >> 2 NOT IN (SELECT id FROM attribute)"""
_SHAPELESS = """SELECT count(*) FROM span s JOIN json_each(s.attributes) j
    ON j.type <> 'integer' AND (j.type <> 'array' OR json_array_length(j.value) <> 3)"""
_LINELESS = """SELECT count(*) FROM span s JOIN json_each(s.lines) j ON j.type <> 'array' OR json_array_length(j.value) <> 6
    WHERE typeof(s.lines) = 'text' AND (j.key > 0 OR j.type <> 'integer')"""
_UNMARKED = "SELECT NOT EXISTS (SELECT 1 FROM meta WHERE key = 'assembled' AND typeof(value) = 'integer')"
_EMPTY = "SELECT count(*) FROM trace t WHERE NOT EXISTS (SELECT 1 FROM span s WHERE s.trace_low = t.low)"
_MODELLESS = "SELECT count(*) FROM trace WHERE model > 0 AND NOT EXISTS (SELECT 1 FROM model)"
_UNLISTED = """SELECT count(DISTINCT trace_low) FROM span
    WHERE id <= (SELECT value FROM meta WHERE key = 'assembled') AND trace_low NOT IN (SELECT low FROM trace)"""
_UNKNOWN = """SELECT count(*) FROM trace WHERE low NOT IN (SELECT low FROM document)
    AND NOT EXISTS (SELECT 1 FROM span WHERE id > (SELECT value FROM meta WHERE key = 'assembled'))"""
"""An assembly that was killed has traces first, and what search knows of them later; it is taken up again."""
_APART = (
    ("piece", "of lines without a source", "SELECT count(*) FROM chunk WHERE source_id NOT IN (SELECT id FROM source)"),
    ("piece", "of lines that are not all accounted for", _UNACCOUNTED),
    ("span", "of no known operation", "SELECT count(*) FROM span WHERE operation_id NOT IN (SELECT id FROM operation)"),
    ("attribute", "of spans that nothing tells", _UNTOLD),
    ("attribute", "of spans that can't be such", _SHAPELESS),
    ("line", "of spans that can't be such", _LINELESS),
    ("trace", "of no known operation", "SELECT count(*) FROM trace WHERE root_id NOT IN (SELECT id FROM operation)"),
    ("trace", "without spans", _EMPTY),
    ("number", "missing: how far traces were put together", _UNMARKED),
    ("trace", "in no list", _UNLISTED),
    ("trace", "whose model is lost", _MODELLESS),
    ("trace", "that search does not know", _UNKNOWN),
)
"""(what, what is wrong with it, how many there are): what is so in no store, whenever the run that wrote it ended."""


def sickness(path: Path) -> str:
    """What is wrong with the rows of a store, to SQLite or by the schema of today; "" where nothing is. Raises StoreError where
    it can't be looked at."""
    return damage(path) or (unsound(path) if version(path) == SCHEMA_VERSION else "")


def unsound(path: Path) -> str:
    """What is wrong with a store of the schema of today, "" where nothing is. Raises StoreError where it can't be looked at."""
    with looking(path) as connection:
        for found in (_missing, _misfits, _lost, _apart):
            if told := "; ".join(found(connection)):
                return told
    return ""


def _missing(connection: sqlite3.Connection) -> Iterator[str]:
    known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    yield from (f"the {kind} {name} is missing" for name, kind in _parts() if name not in known)


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    """(name, kind) of the tables and views of the schema, without what some stores of it have not: how long operations take."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA)
        return tuple(fresh.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name <> 'latency'"))


def _misfits(connection: sqlite3.Connection) -> Iterator[str]:
    for table in (name for name, kind in _parts() if kind == "table" and not name.startswith("term")):
        (many,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {' OR '.join(_wrong(table))}").fetchone()
        if many:
            yield f"{counted(many, 'row')} of {table} can't be such"


def _wrong(table: str) -> Iterator[str]:
    """What holds for rows whose values are of the wrong kind, as SQL."""
    for column, (kind, filled) in declared(table).items():
        if kind in _CLASSES:
            fitting = _CLASSES[kind] if filled else f"{_CLASSES[kind]}, 'null'"
            yield f"typeof({column}) NOT IN ({fitting})"
    yield from (f"{text} IS NOT NULL AND json_valid({text}) = 0" for text in _JSON.get(table, ()))
    yield from _SHAPES.get(table, ())
    yield "0"


def _lost(connection: sqlite3.Connection) -> Iterator[str]:
    for table in tallies.COUNTED:
        if many := tallies.lost(connection.execute, table):
            yield f"{counted(many, 'row')} of {table} {'is' if many == 1 else 'are'} lost"


def _apart(connection: sqlite3.Connection) -> Iterator[str]:
    for what, wrong, sql in _APART:
        (many,) = connection.execute(sql).fetchone()
        if many:
            yield f"{counted(many, what)} {wrong}"
