"""--from PATH…: a question about files without a store of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logtrace.cli.files import _one_by_one
from tests.cli.conftest import FIXTURES, Call

SLOW = "c81e728d9d4c4f636f067f89cc14862c"
LOGS = FIXTURES / "slow-create-task" / "logs"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("x --from a b --json", "x --from a --from b --json"),
        ("--from=a b x", "--from=a --from b --from x"),
        ("--from a --from b", "--from a --from b"),
        ("--from - --raw", "--from - --raw"),
        ("--from --json", "--from --json"),
        ("--from", "--from"),
        ("x --from a -- y z", "x --from a -- y z"),
    ],
)
def test_from_takes_words_up_to_the_next_option(given: str, taken: str):
    assert list(_one_by_one(given.split())) == taken.split()


def test_the_lines_of_a_trace_in_files(call: Call):
    told = call("logs", SLOW[:8], "--json", "--from", LOGS)
    assert {line["trace_id"] for line in json.loads(told.out)["lines"]} == {SLOW}
    assert told.err == ""


def test_several_files_and_names_as_in_a_store(call: Call):
    files = sorted((FIXTURES / "anatomy" / "logs").iterdir())
    assert len(files) > 1
    assert call("logs", "@last", "--from", *files, "--json").out != ""


def test_nothing_to_read_is_told(call: Call, tmp_path: Path):
    empty, prose = tmp_path / "empty.log", tmp_path / "prose.log"
    empty.write_text("")
    prose.write_text("hello\nworld\n" * 5)
    assert "there is nothing to read" in call("logs", SLOW, "--from", empty, code=3).err
    assert call("logs", SLOW, "--from", prose, code=3).out == ""
    assert "no trace 'zzzz' in " in call("logs", "zzzz", "--from", LOGS, code=5).err


@pytest.mark.parametrize(
    ("verb", "asked", "code"),
    [
        ("search", "operation = 'CreateTask' and duration > 1s", 2),
        ("errors", SLOW[:8], 2),
        ("bottlenecks", SLOW[:8], 2),
        ("timeline", "task.id = 't-1'", 2),
        ("compare", "@slowest", 2),
        ("stats", "nosuch.log", 0),
        ("search", f"{LOGS}/*.log", 0),
    ],
)
def test_what_is_asked_for_does_not_get_lost_behind_the_files(call: Call, verb: str, asked: str, code: int):
    """It was taken for a file, with a note, and the answer was about everything."""
    told = call(verb, "--from", LOGS, asked, code=code)
    assert ("what is asked for stands before it" in told.err) == bool(code)


def test_a_file_that_cannot_be_read_beside_others_is_said(call: Call, tmp_path: Path):
    told = call("logs", SLOW, "--from", LOGS, tmp_path / "nosuch.log")
    assert "nosuch.log was not read" in told.err
    assert told.out != ""


def test_a_working_directory_that_is_gone_hinders_no_whole_paths(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "gone").mkdir()
    log = LOGS.absolute()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    call("ingest", log, "--store", tmp_path / "s.db")
    assert SLOW in call("traces", "--store", tmp_path / "s.db").out
    assert "working directory seems to be gone" in call("watch", "x.log", "--store", tmp_path / "s.db", code=9).err
