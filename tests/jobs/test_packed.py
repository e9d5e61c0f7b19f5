"""Lines of usual spans are packed; what is told of them is what JSON told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from logtrace import api
from logtrace.ids import parse_trace_id
from logtrace.store import preserve
from logtrace.store.database import writing
from logtrace.store.writer import Writer
from tests.builders import MS, T0
from tests.jobs.stores import line, take

SPANS, LEARNT = 90, 40
"""Spans in all; those in the first file, whose keys are yet to be learnt, so that they are read the general way."""


def trace(number: int) -> str:
    return f"{number % 3 + 1:032x}"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    lines = []
    for n in range(SPANS):
        lines += [
            line(trace(n), f"{n + 1:016x}", 10 * n, f"started {n % 3}", event="span_start", operation="op"),
            line(trace(n), f"{n + 1:016x}", 10 * n + 5, "finished", event="span_end", operation="op", duration_ms=5 + n % 2 / 8),
        ]
    (tmp_path / "a.log").write_text("".join(f"{each}\n" for each in lines[: 2 * LEARNT]))
    (tmp_path / "b.log").write_text("".join(f"{each}\n" for each in lines[2 * LEARNT :]))
    take(tmp_path / "s.db", str(tmp_path / "a.log"), str(tmp_path / "b.log"))
    return tmp_path / "s.db"


def asked(store: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(sql).fetchall()


def test_packed_lines_are_told_as_any_others(store: Path):
    assert asked(store, "SELECT typeof(lines), count(*) FROM span GROUP BY 1") == [("blob", SPANS - LEARNT), ("text", LEARNT)]
    told = asked(store, "SELECT time_ns, severity_number, body, source_line FROM logs ORDER BY source_path, source_line")
    assert told == [
        (T0 + (10 * n + 5 * end) * MS, 9, "finished" if end else f"started {n % 3}", 2 * (n - LEARNT * (n >= LEARNT)) + end + 1)
        for n in range(SPANS) for end in (0, 1)
    ]  # fmt: skip
    with api.open(store) as opened:
        spans = sorted(opened.trace(trace(1)).spans, key=lambda span: span.start_ns)
    assert [[(ref.time_ns, ref.body) for ref in span.lines] for span in spans] == [
        [(T0 + 10 * n * MS, "started 1"), (T0 + (10 * n + 5) * MS, "finished")] for n in range(1, SPANS, 3)
    ]


def test_what_traces_said_goes_with_them(store: Path):
    low = parse_trace_id(trace(0)).low
    with writing(store), closing(Writer(store)) as writer:
        writer.begin()
        preserve.take_out(writer, [low], {low: "expired"})
        preserve.forget_messages(writer)
        writer.commit()
    assert {text for (text,) in asked(store, "SELECT text FROM body")} == {"started 1", "started 2", "finished"}
    assert asked(store, "SELECT count(*), count(body) FROM logs") == [(2 * SPANS * 2 // 3, 2 * SPANS * 2 // 3)]
