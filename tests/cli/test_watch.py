"""`logtrace watch`, in a process of its own: signals, what it prints, what is in the store when it has ended."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logtrace.cli.following import tell_what_is_not_read
from tests.cli.conftest import FIXTURES, Call

LOGS = FIXTURES / "slow-create-task" / "logs"
TRACE = "6d1f0c5e9b2a47d38e44a1b7c90f5a01"


def watched(tmp_path: Path, number: int, *options: str, verb: tuple[str, ...] = ("watch",)) -> tuple[str, str]:
    """(stdout, stderr) of a watch that was sent a signal while logs were written, after it had looked in vain."""
    command = [sys.executable, "-m", "logtrace", *verb, str(tmp_path / "*.log"), "--store", str(tmp_path / "s.db"), *options]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert program.stderr is not None
    waiting = program.stderr.readline()
    while not (tmp_path / "s.db").exists():
        time.sleep(0.02)
        assert program.poll() is None
    for path in LOGS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    program.send_signal(number)
    out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    return out, waiting + err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_in_the_store(call: Call, tmp_path: Path, number: int):
    out, err = watched(tmp_path, number)
    assert err == f"waiting for {tmp_path}/*.log: no file matches the pattern\n"
    assert " read = " in out
    shown = json.loads(call("show", TRACE, "--store", tmp_path / "s.db", "--json").out)
    assert shown["spans"] == json.loads(call("show", TRACE, LOGS, "--json").out)["spans"]


def test_what_is_not_read_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "edge.log").touch()
    (tmp_path / "edge.data").touch()
    tell_what_is_not_read([str(tmp_path), "no.log"])
    left_out = f"1 file not named like logs left out ({tmp_path}/edge.data); a file that is named itself is read"
    assert capsys.readouterr().err == f"waiting for no.log: no such file\n{left_out}\n"


def test_traces_are_printed_a_line_each(tmp_path: Path):
    out, _ = watched(tmp_path, signal.SIGTERM, "--print", verb=("ingest", "--follow"))
    assert [TRACE in line for line in out.splitlines()].count(True) == 1
    assert " read = " not in out


def test_traces_are_printed_as_objects(tmp_path: Path):
    out, _ = watched(tmp_path, signal.SIGTERM, "--print", "--json")
    assert TRACE in [json.loads(line)["trace_id"] for line in out.splitlines()]


def test_an_expression_says_which_are_printed(tmp_path: Path):
    out, _ = watched(tmp_path, signal.SIGTERM, "--print", "trace.duration > 1s")
    (line,) = out.splitlines()
    assert "c81e728d9d4c4f636f067f89cc14862c  5.2s" in line


def test_what_is_no_expression_is_told_at_once(call: Call, tmp_path: Path):
    assert "(" in call("watch", LOGS, "--store", tmp_path / "s.db", "--print", "error and (", code=2).err
    assert not (tmp_path / "s.db").exists()


def test_a_path_that_print_took_is_told(call: Call, tmp_path: Path):
    assert "put PATH before it" in call("watch", "--print", LOGS, "--store", tmp_path / "s.db", code=2).err
    assert "name files" in call("ingest", "--store", tmp_path / "s.db", code=2).err


def test_print_without_follow_says_so(call: Call, tmp_path: Path):
    assert "--follow" in call("ingest", LOGS, "--print", "--store", tmp_path / "s.db", code=2).err


def test_an_alert_names_the_command_that_opens_its_trace(call: Call, tmp_path: Path):
    _, err = watched(tmp_path, signal.SIGTERM, "--alert", 'operation("CreateTask").max < 1ms over 5m')
    (shown,) = {line.rpartition("(logtrace ")[2].rstrip(")") for line in err.splitlines() if "alert firing" in line}
    assert "trace" in call(*shlex.split(shown)).out
