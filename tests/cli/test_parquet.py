"""`--store parquet:PLACE`, and `export --format parquet`."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import FIXTURES, Call


@pytest.fixture(params=["spans/", "spans.parquet"])
def place(request: pytest.FixtureRequest, ask: Call, tmp_path: Path) -> str:
    """The stories as Parquet."""
    path = f"{tmp_path}/{request.param}"
    assert f"wrote {path}" in ask("export", "--format", "parquet", "-o", path).err
    return f"parquet:{path}"


@pytest.mark.parametrize(
    "question",
    [
        ("stats",),
        ("stats", "--by", "user.id"),
        ("stats", "--since", "2024-01-10T14:31Z", "--until", "2024-01-10T14:32Z"),
        ("search", "error = true and duration > 10ms"),
        ("search", "--service", "edge-mcp", "-n", "3", "--page", "2"),
        ("errors",),
        ("services",),
        ("show", "98f13708"),
        ("bottlenecks", "98f13708"),
        ("clocks",),
    ],
)
def test_the_answers_of_a_store(ask: Call, place: str, question: tuple[str, ...]):
    one, other = ask(*question, "--json").out, ask(*question, "--json", "--store", place).out
    assert one == other or question[0] == "show"  # lines of one time, and attributes, have no order there
    assert len(one) == len(other)


def test_the_variable_names_it_as_well(call: Call, place: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_STORE", place)
    assert "ThrottlingException" in call("show", "@error").out + call("errors").out


@pytest.mark.parametrize(
    "verb", [("status",), ("note", "@last", "x"), ("pin", "@last"), ("prune",), ("ingest", "x.log"), ("serve",)]
)
def test_verbs_that_write_say_that_it_is_only_read(call: Call, place: str, verb: tuple[str, ...]):
    told = call(*verb, "--store", place, code=2).err
    assert "is only read" in told
    assert "logtrace help parquet" in told


@pytest.mark.parametrize("verb", [("grep", "x"), ("logs", "98f13708"), ("search", "--text", "x")])
def test_verbs_that_need_raw_lines_say_so(call: Call, place: str, verb: tuple[str, ...]):
    assert "raw lines are not in it" in call(*verb, "--store", place, code=2).err


def test_what_is_not_there_is_told(call: Call, tmp_path: Path):
    assert "there is no Parquet at" in call("stats", "--store", f"parquet:{tmp_path}/none", code=4).err
    (tmp_path / "foreign").mkdir()
    assert "holds no Parquet of logtrace" in call("stats", "--store", f"parquet:{tmp_path}/foreign", code=4).err


def test_an_export_is_any_choice_of_traces_and_overwrites_nothing(ask: Call, tmp_path: Path):
    folder = f"{tmp_path}/failed/"
    ask("export", "--where", "error = true", "--format", "parquet", "-o", folder)
    days = duckdb.execute(
        f"SELECT DISTINCT date FROM read_parquet('{folder}spans/**/*.parquet', hive_partitioning = true)"
    ).fetchall()
    assert [str(day) for (day,) in days] == ["2024-01-10"]
    assert "is there already" in ask("export", "--format", "parquet", "-o", folder, code=2).err


def test_files_as_well(call: Call, tmp_path: Path):
    call("export", "--format", "parquet", "-o", tmp_path / "x.parquet", "--from", FIXTURES / "throttled-task" / "logs")
    assert call("show", "98f1", "--store", f"parquet:{tmp_path}/x.parquet").out.startswith("trace     98f13708")


def test_scale_says_what_it_needs(call: Call, tmp_path: Path):
    assert "no object to read" in call("scale", "run", "--input", tmp_path / "none", "--output", tmp_path / "out", code=3).err
    assert "is there already" in call("scale", "run", "--input", "x", "--output", tmp_path, code=2).err
