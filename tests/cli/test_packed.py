"""Lines of usual spans are packed; what is told of them is what JSON told."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from logtrace import api
from logtrace.cli import main
from logtrace.health import State
from logtrace.ids import parse_trace_id
from logtrace.jobs.verbs.export import FORMATS
from logtrace.store.file.database import writing
from logtrace.store.file.health import kept
from logtrace.store.rows.linerefs import bodies_of, told
from logtrace.store.upkeep import preserve
from logtrace.store.writing.writer import Writer
from tests.builders import MS, T0
from tests.jobs.stores import line, take

SPANS, LEARNT = 90, 30
"""Spans in all; those in the first file, whose lines are too few to make columns of."""


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
    found = asked(store, "SELECT time_ns, severity_number, body, source_line FROM logs ORDER BY source_path, source_line")
    assert found == [
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


@pytest.fixture
def as_json(store: Path) -> Path:
    """The same store with all lines as JSON."""
    copy = store.with_name("j.db")
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as other:
        source.backup(other)
        body = bodies_of(other.execute("SELECT * FROM body").fetchall())
        rows = [(orjson.dumps(told(lines, body)).decode(), key) for key, lines in other.execute("SELECT id, lines FROM span")]
        other.executemany("UPDATE span SET lines = ? WHERE id = ?", rows)
        other.execute("DELETE FROM body")
        other.commit()
    assert asked(copy, "SELECT DISTINCT typeof(lines) FROM span") == [("text",)]
    return copy


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_is_made_of_packed_lines_alike(store: Path, as_json: Path, form: str):
    found = []
    for each in (store, as_json):
        with api.open(each) as opened:
            found.append(b"".join(opened.exported(form, traces=[trace(1)])))
    assert found[0] == found[1] != b""


@pytest.mark.slow
@pytest.mark.parametrize("verb", [
    ("show", trace(1), "--json"), ("show", trace(1), "--markdown"), ("logs", trace(2), "--json"), ("logs", trace(2), "--raw"),
    ("grep", "started 1"), ("search", "--json"), ("errors", "--json"), ("timeline", "service = edge", "--json"),
    ("report", trace(1)),
    ("compare", trace(1), trace(2), "--json"), ("stats", "--json"), ("lint", "--json"), ("check", "--json"), ("status", "--json"),
    ("bottlenecks", trace(1), "--json"), ("sql", "SELECT * FROM logs ORDER BY source_path, source_line"),
    ("prune", "--dry-run"), ("push", "--dry-run", "http://127.0.0.1:9"),
], ids=lambda verb: verb[0])  # fmt: skip
def test_every_verb_reads_packed_lines_alike(
    store: Path, as_json: Path, verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):  # fmt: skip
    found = []
    for each in (store, as_json):
        code = main([*verb, "--store", str(each)])
        out, err = capsys.readouterr()
        found.append((code, re.sub(r"\d[\d.,]* ?[KM]B|size.*\d+|j\.db", "s.db", out), err.replace("j.db", "s.db")))
    assert found[0] == found[1] and found[0][0] in (0, 10), found[0]


def test_messages_that_are_gone_are_damage(store: Path) -> None:
    assert kept(store).messages == 0
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DELETE FROM body WHERE text = 'started 1'")
        connection.commit()
    assert kept(store).messages == 1
    (found,) = (finding for finding in api.doctor(store).findings if finding.state is State.TROUBLE)
    assert "1 message of lines can't be found" in found.told and "--repair" in found.mend
