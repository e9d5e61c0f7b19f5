"""What rows refer to is asked for together where a row refers to much."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from logtrace.errors import StoreError
from logtrace.ids import TraceId, parse_trace_id
from logtrace.store.reading.sqlite_reader import SqliteReader
from tests.jobs.stores import TRACES, line, take, write

MANY = 3_000
TRACE = parse_trace_id(TRACES[0]) or TraceId(0, 0)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Of a span with thousands of attributes."""
    wide = {f"key{number}": number % 7 for number in range(MANY)}
    take(tmp_path / "s.db", write(tmp_path / "edge.log", [line(TRACES[0], "a" * 16, 0, "x", duration_ms=1, **wide)]))
    return tmp_path / "s.db"


def test_a_span_of_many_attributes_is_read_in_few_questions(store: Path):
    asked: list[str] = []
    with SqliteReader(store) as reader:
        reader.connection.set_trace_callback(asked.append)
        trace = reader.trace(TRACE)
    assert trace is not None and len(trace.spans[0].attributes) >= MANY
    assert len(asked) < 50


def test_one_of_them_that_is_lost_is_told(store: Path):
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DELETE FROM attribute WHERE key = 'key77'")
        connection.commit()
    with SqliteReader(store) as reader, pytest.raises(StoreError, match="of attribute is missing"):
        reader.trace(TRACE)
