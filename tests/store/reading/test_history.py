"""How long operations take: counted anew, or as kept by an ingest."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from logtrace import api
from logtrace.store.reading import history
from tests.builders import MS
from tests.jobs.stores import line, write

PAIRS = [("edge", "A"), ("edge", "B"), ("edge", "C")]


def spans(name: str, first: int, last: int) -> list[str]:
    """Spans of an operation that take `first` to `last` ms."""
    return [line(f"{n:032x}", f"{n:016x}", n, name, duration_ms=n, operation=name) for n in range(first, last + 1)]


def told(store: Path) -> dict[tuple[str, str], tuple[int, int]]:
    with api.open(store) as opened:
        return dict(opened.history(PAIRS))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(history, "FREQUENT", 100)
    api.ingest([str(write(tmp_path / "edge.log", [*spans("A", 1, 400), *spans("B", 1001, 1050)]))], tmp_path / "s.db")
    return tmp_path / "s.db"


def test_what_is_kept_is_what_would_be_counted(store: Path):
    kept = told(store)
    with sqlite3.connect(store) as db:
        assert db.execute("SELECT samples, p99_ns FROM latency").fetchall() == [(400, 396 * MS)]
        db.execute("DELETE FROM meta WHERE key = 'timed'")
    assert kept == told(store) == {("edge", "A"): (400, 396 * MS), ("edge", "B"): (50, 1050 * MS)}


def test_it_is_kept_until_a_tenth_is_other(store: Path, tmp_path: Path):
    api.ingest([str(write(tmp_path / "more.log", spans("A", 2001, 2040)))], store)
    assert told(store)["edge", "A"] == (400, 396 * MS)
    api.ingest([str(write(tmp_path / "again.log", spans("A", 3001, 3040)))], store)
    assert told(store)["edge", "A"] == (480, 3036 * MS)


def test_a_store_without_it_is_counted_and_gets_it(store: Path, tmp_path: Path):
    with sqlite3.connect(store) as db:
        db.execute("DROP TABLE latency")
        db.execute("DELETE FROM meta WHERE key = 'timed'")
    assert told(store)["edge", "A"] == (400, 396 * MS)
    api.ingest([str(write(tmp_path / "more.log", spans("C", 2001, 2001)))], store)
    with sqlite3.connect(store) as db:
        assert db.execute("SELECT samples FROM latency").fetchall() == [(400,)]
