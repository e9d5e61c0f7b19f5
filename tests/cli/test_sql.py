from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Call

COUNT = "SELECT service, count(*) AS n FROM spans WHERE service = 'worker' GROUP BY 1"


def test_a_table(ask: Call):
    assert [line.split() for line in ask("sql", COUNT).out.splitlines()] == [["service", "n"], ["worker", "53"]]


def test_json_is_an_object_a_line(ask: Call):
    lines = ask("sql", "SELECT trace_id, error_count FROM traces", "--json").out.splitlines()
    assert len(lines) == 21
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


def test_a_table_ends_somewhere(ask: Call):
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1001) SELECT i FROM n"
    told = ask("sql", query)
    assert told.out.split()[-1] == "1000"
    assert "these are the first 1,000 rows" in told.err
    assert len(ask("sql", query, "--csv").out.splitlines()) == 1002
