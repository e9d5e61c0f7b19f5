"""`logtrace export`: files for others."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import FIXTURES, Call

FAILED = "98f13708"


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


def test_without_a_store(call: Call):
    told = call("export", FAILED, "--format", "jaeger", "--from", FIXTURES / "throttled-task" / "logs")
    assert json.loads(told.out)["data"][0]["traceID"].startswith(FAILED)
