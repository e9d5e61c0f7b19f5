"""Stores of odd requests: of lines alone, without times, without ends. Whoever counts says what it counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call

LINES = '{{"timestamp":"2024-01-10T14:00:0{0}Z","level":"error","service":"a","trace_id":"{1}bc1{0}","message":"hello {0}"}}\n'
OPEN = (
    '{{"timestamp":"2024-01-10T14:00:0{0}Z","service":"a","trace_id":"{1}bc1{0}","span_id":"00000000000000a{0}","operation":"X"}}\n'
    '{{"timestamp":"2024-01-10T14:00:0{0}.5Z","service":"a","trace_id":"{1}bc1{0}","span_id":"00000000000000a{0}","operation":"X"}}\n'
)


def store_of(call: Call, tmp_path: Path, rows: str) -> Path:
    log, store = tmp_path / "a.log", tmp_path / "s.db"
    log.write_text("".join(rows.format(number, "d" * 28) for number in range(1, 5)))
    call("ingest", log, "--store", store)
    return store


@pytest.mark.parametrize("verb", ["stats", "heatmap", "bottlenecks", "services --graph", "stats --series duration"])
def test_lines_alone_are_no_spans_and_no_window_is_blamed(verb: str, call: Call, tmp_path: Path):
    store = store_of(call, tmp_path, LINES)
    told = call(*verb.split(), "--store", store)
    assert "1970" not in told.out
    assert told.err.startswith(f"the store at {store} holds traces, but no spans: no line names one")


def test_errors_of_lines_alone_are_errors_anywhere(call: Call, tmp_path: Path):
    store = store_of(call, tmp_path, LINES)
    assert len(call("search", "--error", "--ids", "--store", store).out.splitlines()) == 4
    assert call("search", "--error=span", "--ids", "--store", store).out == ""


def test_what_lasted_at_least_so_long_is_said_to(call: Call, tmp_path: Path):
    store = store_of(call, tmp_path, OPEN)
    assert "the end of 4 requests is not logged" in call("bottlenecks", "--store", store).out
    assert "took at least 500ms" in call("compare", "@last", "@slowest", "--store", store).out
    assert json.loads(call("stats", "--json", "--store", store).out)["samples"] == 0


def test_a_request_without_a_name_has_spans(call: Call, tmp_path: Path):
    store = store_of(call, tmp_path, OPEN.replace('"operation":"X"', '"operation":""'))
    assert "(no spans)" not in call("traces", "--store", store).out


@pytest.mark.parametrize(
    "verb",
    [
        *("prune", "prune --dry-run", "redact", "redact --apply", "pin d", "unpin d", "note d hello", "note d --remove"),
        *("doctor --repair", "push http://localhost:1"),
    ],
)
def test_a_store_that_is_not_there_is_not_made(verb: str, call: Call, tmp_path: Path):
    told = call(*verb.split(), "--store", tmp_path / "none" / "s.db", code=4)
    assert "there is no store at" in told.err and list(tmp_path.iterdir()) == []


def test_learning_makes_a_store_and_says_so(call: Call, tmp_path: Path):
    known = Path(__file__).parent.parent.parent / "fixtures" / "slow-create-task" / "logs" / "edge-mcp.log"
    assert "there was no store at" in call("learn", known, "--store", tmp_path / "s.db").err
    assert call("learn", known, "--store", tmp_path / "s.db").err == ""


def test_no_name_of_a_store_is_none_to_the_doctor_as_well(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LOGTRACE_STORE", str(tmp_path / "s.db"))
    call("ingest", "fixtures/slow-create-task/logs")
    for verb in ("status", "doctor"):
        assert str(tmp_path / "s.db") in call(verb, "--store", "").out
