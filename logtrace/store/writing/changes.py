"""What an assembly changes of traces, as a reader of lists sees them: what stood there before, and what does now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

_SHOWN = """SELECT low, high, short, start_ns, duration_ns, service, name, kind, spans, services, errors, inferred, lines,
    partial, lower_bound FROM trace LEFT JOIN operation ON operation.id = root_id"""
_AMONG = "WHERE low IN (SELECT value FROM json_each(?))"

Run = Callable[..., sqlite3.Cursor]
"""Runs a statement, with its values."""

Shown = dict[tuple[int, int], tuple[Any, ...]]
"""(low, high) of a trace → what is shown of it."""


class Replaced(NamedTuple):
    """new: traces that were not there; others: low halves of traces that are shown otherwise now; same: of all others that
    were there; spans: how many spans others have whose rows were all made again."""

    new: int
    others: list[int]
    same: list[int]
    spans: int


def shown(run: Run, lows: str) -> Shown:
    """What is shown of the traces with some low halves, a JSON list."""
    return {row[:2]: row for row in run(f"{_SHOWN} {_AMONG}", (lows,))}


def remember_all(run: Run) -> None:
    """Keeps aside what is shown of all traces, before all of them are made again."""
    run(f"CREATE TEMP TABLE IF NOT EXISTS was AS {_SHOWN} LIMIT 0")
    run("CREATE UNIQUE INDEX IF NOT EXISTS temp.was_id ON was (low, high)")
    run(f"INSERT OR IGNORE INTO was {_SHOWN}")


def recalled(run: Run, lows: str) -> Shown:
    """What was kept aside of some traces, and is no longer from now on."""
    if not run("SELECT count(*) FROM sqlite_temp_master WHERE name = 'was'").fetchone()[0]:
        return {}
    found = {row[:2]: row for row in run(f"SELECT * FROM was {_AMONG}", (lows,))}
    run(f"DELETE FROM was {_AMONG}", (lows,))
    return found


def replaced(before: Shown, kept: Shown, after: Shown) -> Replaced:
    """What replacing traces changed. before: what stood there; kept: what was kept aside."""
    known = {**before, **kept}
    there = [trace for trace in after if trace in known]
    others = [trace for trace in there if after[trace] != known[trace]]
    changed = set(others)
    return Replaced(
        len(after) - len(there),
        [low for low, _ in others],
        [trace[0] for trace in there if trace not in changed],
        sum(after[trace][8] for trace in others if trace in kept),
    )
