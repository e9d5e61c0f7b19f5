from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from logtrace import api
from logtrace.errors import StoreError
from logtrace.jobs.lines.of_trace import loudest_lines
from tests.jobs.lines.test_oneshot import cri
from tests.jobs.stores import TRACES, append, line, write

FIRST, SECOND = TRACES


def test_a_line_in_parts_is_shown_whole_at_its_first_part(tmp_path: Path) -> None:
    fields = {"trace_id": FIRST, "span_id": "a0" * 8, "operation": "Big", "duration_ms": 7, "z": "y" * 30_000}
    other = "2024-01-10T14:30:00.5Z stderr F between"
    parts = cri(orjson.dumps(fields).decode(), 9_000)
    log = write(tmp_path / "0.log", ["2024-01-10T14:30:00Z stdout F before", parts[0], other, *parts[1:]])
    api.ingest([str(log)], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        (found,) = store.logs(store.trace(FIRST))
    assert (found.line, found.path) == (2, str(log))
    assert found.text.endswith("y" * 30_000 + '"}')


def test_a_long_message_is_whole(tmp_path: Path) -> None:
    body = "".join(f"word {n} " for n in range(100)).strip()
    api.ingest([str(write(tmp_path / "edge.log", [line(FIRST, "a0" * 8, 0, body)]))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        trace = store.trace(FIRST)
        assert len(trace.spans[0].lines[0].body) == 160
        assert store.logs(trace)[0].body == body


@pytest.mark.parametrize(
    "lost", ["DELETE FROM chunk", "DELETE FROM chunk_data", "UPDATE chunk_data SET data = x'28b52ffd20021100007b7d'"]
)
def test_lines_that_are_lost_are_told(tmp_path: Path, lost: str) -> None:
    log = write(tmp_path / "edge.log", [line(FIRST, f"{n:016x}", n, "a") for n in (1, 2)])
    api.ingest([str(log)], tmp_path / "s.db")
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.execute(lost)
        connection.commit()
    with api.open(tmp_path / "s.db") as store, pytest.raises(StoreError, match="damaged: chunk") as told:
        store.logs(store.trace(FIRST))
    assert f"logtrace doctor --store {tmp_path}" in told.value.hint


def test_around_keeps_to_the_services_and_the_window(tmp_path: Path) -> None:
    edge = [
        line(FIRST, "a0" * 8, 1000, "own", duration_ms=1),
        line("", "", 1500, "near"),
        "a stack trace",
        line("", "", 9000, "far"),
        "a late one",
    ]
    mail = [line("", "", 1001, "other service", service="mail"), line(SECOND, "b0" * 8, 1001, "other trace", service="mail")]
    early = [line("", "", 990, "rotated")]
    for name, lines in (("edge.log", edge), ("mail.log", mail), ("edge.log.1", early)):
        api.ingest([str(write(tmp_path / name, lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.logs(store.trace(FIRST), around_ns=2_000_000_000)
    assert [entry.body for entry in found] == ["rotated", "own", "near", "a stack trace"]
    assert [(entry.service, entry.time_ns is None) for entry in found] == [("edge", False)] * 3 + [("edge", True)]


def test_lines_that_are_in_the_store_twice_show_once(tmp_path: Path) -> None:
    lines = [line(FIRST, "a0" * 8, 0, "own", duration_ms=1), line("", "", 1, "alone")]
    wrapped = [f"2024-01-10T14:30:01Z stdout F {text}" for text in lines]
    api.ingest([str(write(tmp_path / "edge.log", lines)), str(write(tmp_path / "edge.log.1", wrapped))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.logs(store.trace(FIRST), around_ns=1_000_000_000)
    assert [entry.body for entry in found] == ["own", "alone"]


def test_a_panic_that_was_read_later_stands_behind_the_last_line(tmp_path: Path) -> None:
    log = write(tmp_path / "edge.log", [line(FIRST, "a0" * 8, 0, "own", duration_ms=1)])
    api.ingest([str(log)], tmp_path / "s.db")
    append(log, ["panic: out of memory"])
    api.ingest([str(log)], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        found = store.logs(store.trace(FIRST), around_ns=1_000_000)
    assert [entry.body for entry in found] == ["own", "panic: out of memory"]


def test_of_many_lines_a_note_has_the_loud_ones(tmp_path: Path) -> None:
    """The first of level warning and above, wherever they are, then the first others; the rest is counted."""
    levels = ["error" if at in (3, 17, 18) else "warn" if at == 9 else "info" for at in range(20)]
    lines = [line(FIRST, "a0" * 8, n, f"m{n}", level=level) for n, level in enumerate(levels)]
    api.ingest([str(write(tmp_path / "a.log", lines))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        trace = store.trace(FIRST)
        for most, expected in ((20, range(20)), (6, (0, 1, 3, 9, 17, 18)), (3, (3, 9, 17))):
            found, left_out, loud = loudest_lines(store.reader, trace, most)
            assert [each.body for each in found] == [f"m{n}" for n in expected]
            assert (left_out, loud) == (20 - most, max(0, 4 - most))
        assert store.report(trace).left_out == (0, 0)
