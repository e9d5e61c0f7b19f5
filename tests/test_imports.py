"""Which libraries a verb loads: start-up time is a feature. Each verb runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from logtrace import api
from logtrace.cli.verbs import VERBS

FIXTURES = Path(__file__).parent.parent / "fixtures"
TRACE = "6d1f0c5e9b2a47d38e44a1b7c90f5a01"
HEAVY = (
    "click",
    "networkx",
    "numpy",
    "orjson",
    "pydantic",
    "rich",
    "rich.console",
    "sqlite3",
    "sqlite_utils",
    "starlette",
    "uvicorn",
    "zstandard",
)
OWN = (
    "hashlib",
    "logtrace.analysis.traces.similar",
    "logtrace.ingest.records",
    "logtrace.query.ast",
    "logtrace.views.lists.tables",
)
"""What takes time to load as well, and is for other verbs."""
PROGRAM = f"""
import io, json, sys
from logtrace.cli import main
out, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO())
code = main(sys.argv[1:])
json.dump([code, [name for name in {HEAVY + OWN!r} if name in sys.modules]], out)
"""


def loaded(*args: object) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=60, check=True
    )
    code, modules = json.loads(done.stdout)
    assert code == 0, done.stderr
    return set(modules)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("imports") / "s.db"
    api.ingest([str(FIXTURES / "slow-create-task" / "logs")], path)
    return path


@pytest.mark.parametrize("args", [(), ("--help",), ("--version",), ("help", "ids"), ("completion", "fish")])
def test_help_loads_click_alone(args: tuple[str, ...]):
    assert loaded(*args) <= {"click", "hashlib"}


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_so_does_the_help_of_a_verb(verb: str):
    assert loaded(verb, "--help") <= {"click", "hashlib", "orjson"}


@pytest.mark.parametrize(
    "verb",
    [
        ("show", TRACE),
        ("show", TRACE, "--json"),
        ("logs", TRACE),
        ("traces",),
        ("services",),
        ("status",),
        ("search", "error or user.id ~ '^a'"),
        ("timeline", "duration > 1s"),
        ("grep", "-l", "trace"),
    ],
)
def test_reading_verbs_load_what_reading_takes(verb: tuple[str, ...], store: Path):
    assert not loaded(*verb, "--store", store) & {"networkx", "numpy", "pydantic", "sqlite_utils"}


def test_showing_a_trace_of_a_store_loads_nothing_of_other_verbs(store: Path):
    assert not loaded("show", TRACE, "--store", store) & set(OWN)


@pytest.mark.parametrize("verb", [("grep", "trace"), ("search", "error", "--json"), ("search", "--ids")])
def test_what_draws_nothing_loads_nothing_to_draw_with(verb: tuple[str, ...], store: Path):
    assert "rich.console" not in loaded(*verb, "--store", store)


def test_showing_a_trace_of_files_needs_no_database():
    assert not loaded("show", TRACE, FIXTURES / "slow-create-task" / "logs") & {"networkx", "numpy", "pydantic", "sqlite_utils"}


def test_the_package_itself_loads_nothing():
    program = f"import sys, logtrace; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
