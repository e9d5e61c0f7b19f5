"""How many rows there are of what nothing else in a store tells: the texts of ids that are no numbers, and what people gave it.
Kept in `meta`, written in the same transactions, so that rows that were lost are missed.

A store that was written before there were tallies has one of a table from the next change of that on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

COUNTED = ("opaque_trace", "opaque_span", "note", "pin", "learned")

Run = Callable[[str, Sequence[Any]], Any]
"""Runs one statement, with values, and gives its cursor."""


def key_of(table: str) -> str:
    """The key of a tally in `meta`."""
    return f"rows_{table}"


def recount(run: Run, table: str) -> None:
    """Counts a small table that has changed."""
    run(f"INSERT OR REPLACE INTO meta SELECT ?, count(*) FROM {table}", (key_of(table),))


def added(run: Run, table: str, many: int) -> None:
    """Notes that a table has so many rows more."""
    if many and not run("UPDATE meta SET value = value + ? WHERE key = ?", (many, key_of(table))).rowcount:
        recount(run, table)


def removed(run: Run, table: str) -> None:
    """Notes that the statement before this one has removed rows of a table."""
    run("UPDATE meta SET value = value - changes() WHERE key = ?", (key_of(table),))


def lost(run: Run, table: str) -> int:
    """How many rows of a table are missing; 0 where nobody has counted them."""
    (many,) = run(
        f"SELECT max(coalesce((SELECT value FROM meta WHERE key = ?), 0) - (SELECT count(*) FROM {table}), 0)", (key_of(table),)
    ).fetchone()
    return int(many)
