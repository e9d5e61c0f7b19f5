"""An ingest of a window of time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.intake.window import Window
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.upkeep.status import status
from tests.builders import MS, T0
from tests.jobs.stores import story, take, views, write

LINES = story()
"""12 lines of two traces, 100 ms apart, in the order of their times."""


def taken(store: Path, log: Path, since: float | None, until: float | None):  # type: ignore[no-untyped-def]
    """An ingest of so many milliseconds after T0."""
    ns = [None if ms is None else T0 + round(ms * MS) for ms in (since, until)]
    return ingest(store, [str(log)], window=Window(*ns))


@pytest.mark.parametrize(("since", "until", "kept"), [(100, None, LINES[6:]), (None, 100, LINES[:6]), (5, 105, LINES[1:7])])
def test_only_lines_inside_are_in_the_store(tmp_path: Path, since: float | None, until: float | None, kept: list[str]) -> None:
    account = taken(tmp_path / "s.db", write(tmp_path / "edge.log", LINES), since, until)
    assert account.lines_read == len(kept)
    assert f"{12 - len(kept)} lines outside" in account.notes[0]
    (tmp_path / "kept").mkdir()
    take(tmp_path / "kept.db", write(tmp_path / "kept" / "edge.log", kept))
    assert views(tmp_path / "s.db") == views(tmp_path / "kept.db")


def test_lines_keep_their_numbers_and_what_is_left_out_is_nowhere(tmp_path: Path) -> None:
    taken(tmp_path / "s.db", write(tmp_path / "edge.log", LINES), 100, None)
    with FragmentReader(tmp_path / "s.db") as reader:
        found = reader.run("SELECT min(source_line) FROM logs")
        assert status(reader).lines_read == 6
    assert found == [(7,)]


def test_a_line_without_a_time_goes_with_the_line_before(tmp_path: Path) -> None:
    lines = [LINES[0], "Traceback, of the first", LINES[6], "Traceback, of the second"]
    account = taken(tmp_path / "s.db", write(tmp_path / "edge.log", lines), 100, None)
    assert account.lines_read == 2
    assert sum(account.rejected_by_reason.values()) + account.lines_used + account.lines_without_trace == 2


def test_the_rest_of_a_file_is_read_on_later(tmp_path: Path) -> None:
    log = write(tmp_path / "edge.log", LINES[:8])
    taken(tmp_path / "s.db", log, 100, None)
    write(log, LINES)
    account = take(tmp_path / "s.db", log)
    assert (account.lines_read, account.files_read) == (4, 1)


def test_a_file_that_is_too_old_is_not_opened(tmp_path: Path) -> None:
    log = write(tmp_path / "edge.log", LINES)
    os.utime(log, (T0 / 1e9, T0 / 1e9))
    account = taken(tmp_path / "s.db", log, 24 * 3600 * 1000, None)
    assert (account.lines_read, account.files_read) == (0, 0)
    assert "last written before --since" in account.notes[0]


def test_many_lines(tmp_path: Path) -> None:
    many = [line for _ in range(200) for line in LINES]
    account = taken(tmp_path / "s.db", write(tmp_path / "edge.log", many), 100, None)
    assert account.lines_read == 1200
