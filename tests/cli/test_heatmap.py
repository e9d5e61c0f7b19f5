"""`logtrace heatmap`: files are written whole, never over others unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logtrace.cli.write import write_file
from logtrace.errors import UsageError
from tests.cli.conftest import Call
from tests.jobs.stores import line


def test_rows_for_grafana(ask: Call):
    told = json.loads(ask("heatmap", "--operation", "LoadContext", "--json").out)
    assert sum(cell["count"] for cell in told["cells"]) == 6
    assert all(cell["above_ms"] < cell["average_ms"] <= cell["up_to_ms"] for cell in told["cells"])
    assert told["cells"][0]["minute"] == "2024-01-10T13:30:00.000Z"


def test_a_picture_is_written_once(ask: Call, tmp_path: Path):
    file = tmp_path / "map.svg"
    assert "wrote" in ask("heatmap", "--service", "worker", "-o", file).err
    size = file.stat().st_size
    assert "add --force" in ask("heatmap", "-o", file, code=2).err
    assert "no name of a picture" in ask("heatmap", "-o", tmp_path / "map.txt", code=2).err
    assert "no folder" in ask("heatmap", "-o", tmp_path / "x" / "map.png", code=2).err
    assert file.stat().st_size == size
    ask("heatmap", "-o", file, "--force")


def test_what_a_picture_does_not_show_is_told(call: Call, tmp_path: Path):
    lines = [line(f"{at:032x}", f"{at:016x}", at, "m", operation="Op", duration_ms=1) for at in range(1, 200)]
    lines += [line("f" * 32, "f" * 16, 10**9, "m", operation="Op", duration_ms=1)]
    lines += [line("e" * 32, "e" * 16, 300, "m", operation="Op", event="span_start")]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    told = call("heatmap", "-o", tmp_path / "map.png", "--from", tmp_path / "a.log").err
    assert "wrote" in told and "1 span of unknown length left out" in told
    assert "1 span far from the others" in told


def test_half_a_file_does_not_stay(tmp_path: Path):
    with pytest.raises(TypeError):
        write_file(tmp_path / "a.png", None, force=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(UsageError):
        write_file(tmp_path / "a.png", b"new", force=False)


def test_nothing_there(ask: Call):
    assert "nothing in that time" in ask("heatmap", "--since", "2030-01-01").err
    assert "spans     0" in ask("heatmap", "--since", "2030-01-01").out
