from __future__ import annotations

import json
from pathlib import Path

from logtrace import api
from tests.cli.conftest import FIXTURES, Call

GOOD, SLOW = "6d1f0c5e9b2a47d38e44a1b7c90f5a01", "c81e728d9d4c4f636f067f89cc14862c"
BROKEN = "b7d9e1a25c3f48e6a1d20c9f8e7b6a02"


def test_the_lost_message_beside_the_delivered_one(ask: Call):
    told = ask("compare", BROKEN, "--json")
    shape = json.loads(told.out)
    assert shape["good"]["trace_id"] == "a0f3c2d4b5e64718920fabc6d7e81b01"
    assert [each["operation"] for each in shape["missing"]] == [
        "SelectAgent",
        "AssignTask",
        "CompressPayload",
        "WriteToConnection",
    ]
    assert [each["operation"] for each in shape["changes"] if each["kind"] == "failed"] == ["SendMessage"]


def test_two_traces_of_files(ask: Call):
    logs = FIXTURES / "slow-create-task" / "logs"
    told = ask("compare", GOOD, SLOW, "--from", logs).out
    assert "first     +255ms edge-mcp: CreateTask slower, no baseline: 45.3ms → 4.8s" in told
    assert "embedding.dimension: 768 → 3072 (4×)" in told
    answer, steps = told.split("\nnext")
    assert answer == ask("compare", GOOD, SLOW).out.split("\nnext")[0]
    assert f"logtrace report c81e728d 6d1f0c5e --from {logs}" in steps


def test_with_healthy_ones_alone(ask: Call):
    shape = json.loads(ask("compare", SLOW, "--json").out)
    assert len(shape["compared_with"]) == 5
    assert (shape["common"], shape["missing"], shape["new"]) == (6, [], [])
    assert shape["agreed"][0]["requests"] == 5
    assert {"kind": "slower", "service": "edge-mcp", "operation": "CreateTask", "requests": 5} in shape["agreed"]


def test_no_healthy_one_and_unknown_ones(ask: Call):
    assert "no healthy request in the store begins as d1d2d3d4" in ask("compare", "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8", code=5).err
    assert "nearest" in ask("compare", GOOD, GOOD[:-2] + "ff", code=5).err


def test_similar(ask: Call):
    shape = json.loads(ask("similar", SLOW, "--json", "-n", "3").out)
    assert len(shape["similar"]) == 3
    assert (shape["looked_at"], shape["known"]) == (10, 10)
    likes = [each["likeness"] for each in shape["similar"]]
    assert [each["same_paths"] for each in shape["similar"]] == [1.0] * 3
    assert likes == sorted(likes, reverse=True)
    assert all(each["errors"] == 0 for each in json.loads(ask("similar", "98f13708", "--healthy", "--json").out)["similar"])
    assert "no other request" in ask("similar", "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8").out
    assert ask("similar", SLOW).out.splitlines()[0].split()[:4] == ["like", "calls", "errors", "trace"]


def test_a_report(ask: Call, stories: Path):
    told = ask("report", SLOW, GOOD).out
    assert told.startswith("# `POST /api/v1/tasks`\n")
    assert "embedding.dimension: 768 → 3072 (4×)" in told
    assert "## Log lines" in told
    with api.open(stories) as store:
        assert api.report(store.report(store.trace(SLOW), store.trace(GOOD))) == told
    assert json.loads(ask("report", SLOW, "--json").out)["markdown"][0] == "# `POST /api/v1/tasks`"
    assert "## Beside a good one" not in ask("report", "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8").out
    assert "no trace 'ffffffffffff'" in ask("report", SLOW, "ffffffffffff", code=5).err


def test_markdown_for_a_chat(ask: Call):
    lines = ask("show", SLOW, "--markdown").out.splitlines()
    assert (lines[0], lines[-1]) == ("```text", "```")
    assert json.loads(ask("show", SLOW, "--markdown", "--json").out)["markdown"][0] == lines
