from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Call

COUNT = "SELECT service, count(*) AS n FROM spans WHERE service = 'worker' GROUP BY 1"


def test_a_table(ask: Call):
    assert [line.split() for line in ask("sql", COUNT).out.splitlines()] == [["service", "n"], ["worker", "53"]]


def test_json_is_an_object_a_line(ask: Call):
    lines = ask("sql", "SELECT trace_id, error_count FROM traces", "--json").out.splitlines()
    assert len(lines) == 23
    assert json.loads(lines[0]).keys() == {"trace_id", "error_count"}


def test_csv(ask: Call):
    assert ask("sql", COUNT, "--csv").out == "service,n\nworker,53\n"


def test_csv_defuses_formulas(ask: Call):
    assert ask("sql", "SELECT '=1+1' AS a, '-1' AS b, -1 AS c", "--csv").out == "a,b,c\n'=1+1,-1,-1\n"


def test_control_characters_do_not_reach_a_terminal(ask: Call):
    query = "SELECT 'a' || char(27) || '[31m' || char(8238) AS x"
    for flags in ((), ("--json",)):
        assert all(char.isprintable() for char in ask("sql", query, *flags).out.rstrip("\n").replace("\n", ""))


def test_a_query_from_stdin(ask: Call):
    assert ask("sql", "-", "--csv", stdin=COUNT).out == "service,n\nworker,53\n"


@pytest.mark.parametrize("query", ["SELEC", "SELECT nosuch FROM spans", "DELETE FROM span", "DROP VIEW spans", ""])
def test_what_is_no_question_is_an_error(query: str, ask: Call):
    assert ask("sql", query, code=2).err.startswith("error: ")
    assert ask("sql", "SELECT count(*) > 100 AS many FROM spans", "--csv").out == "many\n1\n"


def test_a_sum_beyond_64_bits_names_who_adds_it_up(ask: Call):
    told = ask("sql", "SELECT sum(column1) FROM (VALUES (9223372036854775807), (1))", code=2).err
    assert "a sum is beyond 64 bits" in told
    assert "logtrace stats --sum" in told


@pytest.mark.parametrize("query", ["ATTACH '{}' AS x", "ATTACH '{0}' || '' AS x", "VACUUM INTO '{}'"])
def test_no_other_file_is_opened_or_made(query: str, ask: Call, tmp_path: Path):
    told = ask("sql", query.format(tmp_path / "x.db"), code=2)
    assert told.err.startswith("error: this query would open or make another file")
    assert list(tmp_path.iterdir()) == []


def worked_s(pid: int) -> float:
    """The processor time of a process until now."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
def test_an_interrupt_stops_a_long_query(stories: Path):
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    program = subprocess.Popen(
        [sys.executable, "-m", "logtrace", "sql", query, "--store", stories], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while worked_s(program.pid) < 2:  # then it is counting
        assert program.poll() is None
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    try:
        assert (program.communicate(timeout=60), program.returncode) == ((b"", b""), 130)
    finally:
        program.kill()


def test_a_table_ends_somewhere(ask: Call):
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1001) SELECT i FROM n"
    told = ask("sql", query)
    assert told.out.split()[-1] == "1000"
    assert "these are the first 1,000 rows" in told.err
    assert len(ask("sql", query, "--csv").out.splitlines()) == 1002


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_where_stdout_knows_ascii_alone_programs_read_the_same(stories: Path, form: str):
    command = [sys.executable, "-m", "logtrace", "sql", "SELECT 'grün' AS a", "--store", stories, form]
    done = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True)
    assert "grün" in done.stdout.decode()


@pytest.mark.parametrize("pragma", ["journal_mode=delete", "user_version(7)", "optimize", "wal_checkpoint(TRUNCATE)"])
def test_pragmas_that_would_write_are_told_as_such(ask: Call, pragma: str):
    assert "would write, and a store is only read" in ask("sql", f"PRAGMA {pragma}", code=2).err


def test_pragmas_that_tell_are_fine(ask: Call):
    assert ask("sql", "PRAGMA journal_mode").out
    assert "trace_id" in ask("sql", "PRAGMA table_info(spans)").out
