"""What a person at a terminal gets: a real pseudo-terminal on stdout or stderr."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = "c81e728d9d4c4f636f067f89cc14862c"
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


def seen(stream: str, *args: object, **variables: str) -> bytes:
    """What a command writes to stdout or stderr where that is a terminal of 80 columns."""
    reading, writing = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "PAGER": ""} | variables
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {stream: writing}
    program = subprocess.Popen([sys.executable, "-m", "logtrace", *map(str, args)], env=environment, **streams)
    os.close(writing)
    found = b"".join(iter(lambda: _read(reading), b""))
    os.close(reading)
    assert program.wait(timeout=60) == 0
    return found


def _read(reading: int) -> bytes:
    try:
        return os.read(reading, 65536)
    except OSError:  # Linux says so where the other end is closed
        return b""


def test_colours(stories: Path):
    assert b"\x1b[" in seen("stdout", "show", SLOW, "--store", stories)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"LOGTRACE_NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours(variables: dict[str, str], stories: Path):
    shown = seen("stdout", "show", SLOW, "--store", stories, **variables)
    assert "━".encode() in shown
    assert b"\x1b" not in shown


def test_answers_go_through_the_pager(stories: Path):
    pager = "sed s/^/paged:/"
    assert seen("stdout", "traces", "--store", stories, PAGER=pager).startswith(b"paged:")
    assert b"paged:" not in seen("stdout", "traces", "--store", stories, "--no-pager", PAGER=pager)
    assert b"paged:" not in seen("stdout", "traces", "--store", stories, "--json", PAGER=pager)


def test_a_pager_that_leaves_early_is_no_error(stories: Path):
    assert seen("stdout", "help", "commands", PAGER="head -c 1") == b"#"
    assert seen("stdout", "logs", "d1d2d3d4", "--store", stories, PAGER="true") == b""


def test_without_the_pager_the_answer_comes_all_the_same(stories: Path):
    assert SLOW[:16].encode() in seen("stdout", "traces", "--store", stories, PAGER="no-such-pager-here")


def test_raw_lines_are_clean_on_a_terminal(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_bytes(
        b'{"timestamp":"2024-01-10T14:30:00Z","msg":"\x9b31m \\u001b[31m","trace_id":"' + SLOW.encode() + b'","x":"\xc2\x9b"}\n'
    )
    store = tmp_path / "s.db"
    subprocess.run([sys.executable, "-m", "logtrace", "ingest", log, "--store", store, "-q"], check=True)
    for flags in (("--raw",), ("--no-color",), ("--json",)):
        shown = seen("stdout", "logs", SLOW, "--store", store, "--no-color", *flags).decode()
        assert "31m" in shown
        assert not {"\x1b", "\x9b"} & set(shown)


ODD = "edge \x9b31m \u202e \u200b \x7f"
WRITES = (
    "sql --csv",
    "sql --json",
    *(f"export --format={form}" for form in ("csv", "otlp-json", "jaeger", "zipkin", "perfetto")),
)


@pytest.mark.parametrize("words", WRITES)
def test_what_goes_into_files_as_it_is_comes_as_escapes_on_a_terminal(words: str, tmp_path: Path):
    line = {"timestamp": "2024-01-10T14:30:00Z", "msg": "x", "trace_id": SLOW, "span_id": "a" * 16, "operation": "op"}
    (tmp_path / "a.log").write_text(json.dumps({**line, "duration_ms": 1, "service": ODD}))
    store = tmp_path / "s.db"
    subprocess.run([sys.executable, "-m", "logtrace", "ingest", tmp_path / "a.log", "--store", store, "-q"], check=True)
    command = [*words.split(), *(["SELECT service FROM spans"] if words.startswith("sql") else []), "--store", store]
    piped = subprocess.run(
        [sys.executable, "-m", "logtrace", *map(str, command)], capture_output=True, check=True
    ).stdout.decode()
    shown = seen("stdout", *command).decode().replace("\r\n", "\n")
    assert not set(ODD) - set("edge 31m") & set(shown)
    if "csv" in words:
        assert ODD in piped
    else:
        assert json.loads(shown) == json.loads(piped), "JSON stays JSON"


def test_progress_is_shown_on_a_terminal_alone(tmp_path: Path, logtrace):
    logs = FIXTURES / "anatomy" / "logs"
    assert b"left" in seen("stderr", "ingest", logs, "--store", tmp_path / "a.db")
    assert seen("stderr", "ingest", logs, "--store", tmp_path / "b.db", "-q") == b""
    assert logtrace("ingest", logs, "--store", tmp_path / "c.db").stderr == ""
