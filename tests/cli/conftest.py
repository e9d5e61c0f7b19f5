"""The program in this process, and a store of all stories."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from logtrace import api
from logtrace.cli import main

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


class Told(NamedTuple):
    """What a call wrote."""

    out: str
    err: str


Call = Callable[..., Told]


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the logs of all stories."""
    store = tmp_path_factory.mktemp("stories") / "stories.db"
    api.ingest([str(folder) for folder in sorted(FIXTURES.glob("*/logs"))], store)
    return store


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs a command line; `code` is the exit code it must end with."""

    def run(*args: object, code: int = 0, stdin: str = "") -> Told:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        found = main([str(arg) for arg in args])
        told = Told(*capsys.readouterr())
        assert found == code, told
        return told

    return run


@pytest.fixture
def ask(call: Call, stories: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Like `call`, with the store of the stories."""
    monkeypatch.setenv("LOGTRACE_STORE", str(stories))
    return call
