from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FIXTURES, Call

ANATOMY = FIXTURES / "anatomy" / "logs"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def test_the_summary_leads_to_the_next_command(call: Call, store: Path):
    told = call("ingest", ANATOMY, "--store", store)
    assert "30 read = 27 used + 3 without trace" in told.out
    assert f"logtrace show 4bf92f3577b34da6a3ce929d0e0e4736 --store {store}" in told.out
    assert told.err == ""


def test_its_commands_find_the_store(call: Call, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What the next call would find by itself is not repeated."""
    own, named = tmp_path / "own.db", "logtrace show 4bf92f3577b34da6a3ce929d0e0e4736"
    (tmp_path / "own.toml").write_text(f"store = '{own}'")
    assert f"{named} --config {tmp_path / 'own.toml'} " in call("ingest", ANATOMY, "--config", tmp_path / "own.toml").out
    monkeypatch.setenv("LOGTRACE_STORE", str(store))
    told = call("ingest", ANATOMY).out
    assert f"{named} " in told
    assert "--store" not in told
    monkeypatch.setenv("LOGTRACE_INGEST_STORE", str(tmp_path / "third.db"))
    monkeypatch.delenv("LOGTRACE_STORE")
    assert f"{named} --store {tmp_path / 'third.db'} " in call("ingest", ANATOMY).out


def test_quiet(call: Call, store: Path):
    assert call("ingest", ANATOMY, "--store", store, "-q") == ("", "")
    assert json.loads(call("traces", "--store", store, "--json").out)["traces"]


def test_a_window_of_time(call: Call, store: Path):
    told = call("ingest", ANATOMY, "--store", store, "--since", "2024-01-10T14:30:03Z", "--until", "2024-01-11")
    assert "lines outside --since and --until left out" in " ".join(told.out.split())
    assert "later than" in call("ingest", ANATOMY, "--store", store, "--since", "1h", "--until", "2h", code=2).err
    assert "--follow" in call("ingest", ANATOMY, "--store", store, "--since", "1h", "--follow", code=2).err


def test_again_only_what_is_new(call: Call, store: Path):
    call("ingest", ANATOMY, "--store", store)
    assert json.loads(call("ingest", ANATOMY, "--store", store, "--json").out)["lines_read"] == 0


def test_a_path_that_cannot_be_read(call: Call, store: Path):
    told = call("ingest", ANATOMY, "/nosuch.log", "--store", store, "--json", code=3)
    assert json.loads(told.out)["lines_used"] == 27
    assert "error: not read: /nosuch.log: no such file" in told.err


HUMBLED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Makes root heed the mode of files."""


@pytest.mark.skipif(bool(HUMBLED) and not shutil.which("setpriv"), reason="root may read all")
@pytest.mark.parametrize(("verb", "code"), [(["ingest"], 3), (["show", "4bf92f35"], 0)])
def test_what_may_not_be_read_does_not_keep_the_rest_out(verb: list[str], code: int, store: Path, tmp_path: Path):
    log, folder = tmp_path / "closed.log", tmp_path / "closed"
    log.touch(mode=0)
    folder.mkdir(mode=0)
    command = [*HUMBLED, sys.executable, "-m", "logtrace", *verb, log, folder, ANATOMY, "--json"]
    environment = {**os.environ, "LOGTRACE_STORE": str(store)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == code
    assert told["lines_used"] == 27 if "ingest" in verb else len(told["spans"]) == 12
    assert "closed.log" in done.stdout
    assert "permission denied" in done.stdout


def test_no_line_with_a_trace_id_is_explained(call: Call, store: Path, tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text('{"msg":"x","request_id":"abc-1"}\n{"msg":"y","request_id":"abc-2"}\n')
    told = call("ingest", log, "--store", store, code=3)
    assert told.err.startswith("error: no line names a trace")
    assert "request_id" in told.err
    assert "logtrace help fields" in told.err


def test_rejected_lines_alone_are_no_failure(call: Call, store: Path):
    told = json.loads(call("ingest", FIXTURES / "dirty" / "logs", "--store", store, "--json").out)
    assert told["lines_rejected"] > 0


def test_a_shared_store_is_made_for_its_group(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = tmp_path / "logtrace.toml"
    config.write_text('store = "team/team.db"\nshared = true')
    monkeypatch.setenv("LOGTRACE_CONFIG", str(config))
    call("ingest", ANATOMY)
    assert (tmp_path / "team" / "team.db").stat().st_mode & 0o777 == 0o660


def test_settings_by_flag_and_variable(call: Call, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    log = tmp_path / "1.log"
    log.write_text('{"timestamp":"2024-01-10T14:30:00","msg":"m","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}\n')
    monkeypatch.setenv("LOGTRACE_INPUT_TZ", "Asia/Tokyo")
    call("ingest", log, "--store", store)
    (trace,) = json.loads(call("traces", "--store", store, "--json").out)["traces"]
    assert trace["start_time"] == "2024-01-10T05:30:00.000Z"
    call("ingest", log, "--store", store, "--input-tz", "Europe/Berlin")
    (trace,) = json.loads(call("traces", "--store", store, "--json").out)["traces"]
    assert trace["start_time"] == "2024-01-10T13:30:00.000Z"
