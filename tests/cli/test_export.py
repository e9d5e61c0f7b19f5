"""`logtrace export`: files for others."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import zstandard

from logtrace.jobs.verbs import export
from tests.cli.conftest import FIXTURES, Call

FAILED = "98f13708"
FORMATS = import_module("logtrace.cli.export").FORMATS


def test_a_file_is_written_whole_and_once(ask: Call, tmp_path: Path):
    path = tmp_path / "incident.html"
    ask("export", FAILED, "-o", path)
    text = path.read_text()
    assert text.startswith("<!doctype html>")
    assert "ThrottlingException" in text
    assert "is there already" in ask("export", FAILED, "-o", path, code=2).err
    ask("export", FAILED, "-o", path, "--force")
    assert [each.name for each in tmp_path.iterdir()] == ["incident.html"]


def test_what_other_programs_read(ask: Call):
    (trace,) = json.loads(ask("export", FAILED, "--format", "jaeger").out)["data"]
    assert len(trace["spans"]) == 12
    resources = json.loads(ask("export", FAILED, "--format", "otlp").out)["resourceSpans"]
    assert sum(len(resource["scopeSpans"][0]["spans"]) for resource in resources) == 12


def test_a_dash_is_stdout(ask: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert ask("export", FAILED, "--format", "csv", "-o", "-").out == ask("export", FAILED, "--format", "csv").out
    assert not (tmp_path / "-").exists()


def test_without_a_store(call: Call):
    told = call("export", FAILED, "--format", "jaeger", "--from", FIXTURES / "throttled-task" / "logs")
    assert json.loads(told.out)["data"][0]["traceID"].startswith(FAILED)


def test_any_number_in_one_file(ask: Call, tmp_path: Path):
    path = tmp_path / "failed.jsonl.zst"
    assert "wrote" in ask("export", "--where", "error = true", "--format", "otlp-json", "-o", path).err
    with zstandard.open(path, "rt") as packed:
        failed = [json.loads(line) for line in packed]
    everything = ask("export", "--format", "otlp-json").out.splitlines()
    assert 0 < len(failed) < len(everything)
    assert len(ask("export", FAILED, "1f0e3dad", "--format", "otlp-json").out.splitlines()) == 2
    ask("export", FAILED, "--format", "csv", "-o", tmp_path / "one.csv.gz")
    assert gzip.decompress((tmp_path / "one.csv.gz").read_bytes()).startswith(b"trace_id,span_id")


@pytest.mark.parametrize("form", ["html", "otlp-json", "jaeger", "zipkin", "perfetto", "csv", "mermaid"])
def test_every_format_holds_the_spans(ask: Call, form: str):
    assert ask("export", FAILED, "--format", form).out.count("CallBedrock") >= 3
    assert set(FORMATS) == set(export.FORMATS)


def test_nothing_and_too_much(ask: Call, tmp_path: Path):
    told = ask("export", "--where", "service = 'nobody'", "--format", "csv", "-o", tmp_path / "none.csv", code=5)
    assert "no trace of" in told.err
    assert "html holds one trace" in ask("export", "-o", tmp_path / "many.html", code=2).err
    assert "no trace 'ffff'" in ask("export", "ffff", "--format", "csv", code=5).err
    assert not list(tmp_path.iterdir())


def test_an_empty_window_names_the_newest_that_is_meant(ask: Call):
    told = ask("export", "--since", "1h", "--format", "csv", code=5)
    since = told.err.split("hint: --since ")[1].removesuffix(" reaches it\n")
    assert f"in that time; the newest that does began at {since}" in told.err
    assert len(ask("export", "--since", since, "--format", "csv").out.splitlines()) > 1
    assert "in that time" not in ask("export", "--since", "1h", "--where", "service = 'nobody'", "--format", "csv", code=5).err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_leaves_nothing_behind(ask: Call):
    told = ask("export", "--format", "otlp-json", "-o", "/dev/full", "--force", code=9)
    assert "/dev/full was not written: no space left on device" in told.err


def test_a_closed_pipe_is_no_error(stories: Path):
    command = f"{sys.executable} -m logtrace export --format otlp-json --store {stories} | head -c 100"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (len(done.stdout), done.stderr) == (100, "")
