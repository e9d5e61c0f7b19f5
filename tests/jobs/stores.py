"""Small logs and what a store makes of them, for the laws that every ingest must keep."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson

from logtrace import api
from logtrace.account import Account
from logtrace.analysis.preservation import Policy
from logtrace.ingest.records import Settings
from logtrace.jobs.intake.ingest import ingest
from logtrace.units import NS, format_instant
from tests.builders import MS, T0

TRACES = ("4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c")

_VIEWS = {
    "traces": "SELECT * FROM traces ORDER BY trace_id",
    "spans": "SELECT * FROM spans ORDER BY trace_id, span_id, service",
    "logs": "SELECT trace_id, span_id, service, time_ns, severity_number, body FROM logs ORDER BY 1, 2, 3, 4, 6",
}


def instant(ms: float) -> str:
    """ISO text of so many milliseconds after T0."""
    return format_instant(T0 + round(ms * MS), UTC, 6)


def line(trace: str, span: str, at: float, msg: str, **more: Any) -> str:
    """A JSON log line at so many milliseconds."""
    fields = {"timestamp": instant(at), "level": "info", "msg": msg, "service": "edge", "trace_id": trace, "span_id": span}
    return orjson.dumps({**fields, **more}).decode()


def story() -> list[str]:
    """Lines of two traces: start and end pairs, a parent, an error, attributes, lines in between, one of the trace alone."""
    lines = []
    for number, trace in enumerate(TRACES):
        at = 100 * number
        root, child = f"a{number}" * 8, f"b{number}" * 8
        lines += [
            line(trace, root, at, "started", event="span_start", operation="POST /tasks", user="ada"),
            line(trace, child, at + 5, "started", event="span_start", operation="Insert", parent_span_id=root, service="db"),
            line(trace, child, at + 9, "inserting", service="db", rows=3),
            line(trace, child, at + 20, "failed", event="span_end", duration_ms=15, service="db", level="error", error="no room"),
            line(trace, root, at + 30, "finished", event="span_end", duration_ms=30, operation="POST /tasks", status=500),
            line(trace, "", at + 31, "goodbye"),
        ]
    return lines


def pruned_all(store: Path) -> int:
    """Lets all traces of a store go that are there; how many went."""
    for later_ns in (0, 1):  # when lines came is noted by the first
        done = api.prune(store, policy=Policy((), 1), now_ns=time.time_ns() + later_ns * NS["d"])
    return sum(dropped.traces for dropped in done.dropped)


def write(path: Path, lines: Iterable[str]) -> Path:
    """A log file."""
    path.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
    return path


def append(path: Path, lines: Iterable[str]) -> None:
    """More lines at the end of a log file."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in lines)


def take(store: Path, *paths: Path | str, settings: Settings = Settings()) -> Account:  # noqa: B008 - an immutable value
    """Ingests."""
    return ingest(store, [str(path) for path in paths], settings)


def views(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the public views, without where lines were read."""
    connection = sqlite3.connect(store)
    try:
        return {name: [_with_attributes(row) for row in connection.execute(sql)] for name, sql in _VIEWS.items()}
    finally:
        connection.close()


def _with_attributes(row: Sequence[Any]) -> tuple[Any, ...]:
    """The order of attributes says nothing: JSON objects in a row are sorted."""
    return tuple(sorted(orjson.loads(value).items()) if isinstance(value, str) and value[:1] == "{" else value for value in row)
