"""`logtrace stats` as people and programs see it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import FIXTURES, Call
from tests.jobs.stores import line

LEAK = FIXTURES / "leaking-cache" / "worker.log"


def test_the_table_says_what_it_is_of(ask: Call):
    told = ask("stats", "--service", "worker").out
    assert "worker: LoadContext" in told
    assert "max of 6" in told  # no p99 of six
    assert "edge-mcp" not in told


def test_json_has_what_the_table_says(ask: Call):
    told = json.loads(ask("stats", "--operation", "LoadContext", "--json").out)
    (row,) = told["operations"]
    assert (row["spans"], row["p50_ns"], row["max_ns"], row["p99_is_max"]) == (6, 109_000_000, 1_500_000_000, True)
    assert sum(step["spans"] for step in told["series"]["steps"]) == 6


def test_an_attribute_over_time(ask: Call):
    told = ask("stats", "--series", "context.size_bytes", "--operation", "LoadContext", "--step", "30m").out
    told = " ".join(told.split())
    assert "median 11MB → 512MB (46.5×)" in told
    assert "fewer than 20 values tell no growth" in told
    assert json.loads(ask("stats", "--sum", "context.size_bytes", "--json").out)["total"] == 1_567_096_832


def test_sums_of_whole_numbers_are_shown_in_full(call: Call, tmp_path: Path):
    log = tmp_path / "a.log"
    sizes = [2**62 + 1, 2**62 + 2, str(10**20 + 1), "none"]
    log.write_text(
        "".join(
            line(f"{at:032x}", f"{at:016x}", at, "m", operation="Op", duration_ms=1, size=size) + "\n"
            for at, size in enumerate(sizes, 1)
        )
    )
    total = 2**63 + 3 + 10**20 + 1
    told = call("stats", "--sum", "size", "--from", log).out
    assert f"sum       {total:,} of size" in told
    assert "left out  0 spans without it, 1 with what is no number to add up, such as none" in told
    shape = json.loads(call("stats", "--sum", "size", "--json", "--from", log).out)
    assert (shape["total"], shape["operations"][0]["largest"], shape["no_number_examples"]) == (total, 10**20 + 1, ["none"])


def test_values_of_all_types_are_told_apart(call: Call, tmp_path: Path):
    log = tmp_path / "mixed.log"
    values = [1, 1.5, "one", True, None, [1, 2], {"x": 1}]
    lines = [
        line(f"{number + 1:032x}", f"{number + 1:016x}", number, "m", operation="Op", duration_ms=1, v=value)
        for number, value in enumerate(values)
    ]
    log.write_text("\n".join(lines) + "\n")
    told = [row["value"] for row in json.loads(call("stats", "--by", "v", "--json", "--from", log).out)["operations"]]
    assert sorted(map(repr, told)) == sorted(map(repr, [1, 1.5, "one", True, [1, 2]]))  # null is none; an object is its members


def test_windows_without_anything_are_explained(ask: Call):
    told = ask("stats", "--since", "2030-01-01")
    assert "nothing in that time; the newest trace began" in told.err
    assert told.out.splitlines()[0] == "window    from 2030-01-01T00:00:00Z (UTC) on"
    assert json.loads(ask("stats", "--since", "2030-01-01", "--json").out)["until_ns"] is None
    for relative in ("1h", "yesterday", "--since=2 days ago"):
        words = [relative] if relative.startswith("--") else ["--since", relative]
        assert "nothing in that time, which counts from now (2" in ask("stats", *words).err


def test_a_step_is_longer_than_nothing(ask: Call):
    for verb in ("stats", "heatmap"):
        assert "'0s' is no length" in ask(verb, "--step", "0s", code=2).err
    assert "--sum and --step do not go together" in ask("stats", "--step", "1h", "--sum", "a", code=2).err


def test_questions_that_do_not_go_together(ask: Call):
    assert "--by and --sum do not go together" in ask("stats", "--by", "a", "--sum", "b", code=2).err
    assert "no operation 'LoadCntext'" in ask("stats", "--operation", "LoadCntext", code=2).err
    assert "known: LoadContext" in ask("stats", "--operation", "LoadCntext", code=2).err
    assert "steps are too many" in ask("stats", "--series", "duration", "--step", "1ms", code=2).err


def test_values_are_told_apart(ask: Call):
    told = ask("stats", "--by", "task.type", "--operation", "ExecuteTask").out
    assert "code_analysis" in told


def test_who_calls_whom(ask: Call):
    told = json.loads(ask("services", "--graph", "--json").out)
    calls = {(each["caller"], each["callee"]): each["calls"] for each in told["calls"]}
    assert calls["edge-mcp", "worker"] == 3
    assert sum(each["inferred"] for each in told["calls"]) == 2
    assert ask("services", "--graph=mermaid").out.startswith("flowchart LR\n")
    assert '"edge-mcp" -> "worker"' in ask("services", "--graph=dot").out
    assert "└── worker" in ask("services", "--graph").out
    assert "nothing in that time" in ask("services", "--graph", "--since", "2030-01-01").err


def test_calls_of_unknown_length_are_told(call: Call, tmp_path: Path):
    log = tmp_path / "a.log"
    lines = [line(f"{at:032x}", f"{at:016x}", at, "m", operation="Op", event="span_start") for at in (1, 2)]
    log.write_text("\n".join([*lines, line(f"{3:032x}", f"{3:016x}", 9, "m", operation="Op", duration_ms=1)]) + "\n")
    assert "left out  2 of 3 calls: open, or at least so long" in call("services", "--graph", "--from", log).out
    assert json.loads(call("services", "--graph", "--json", "--from", log).out)["unknown_lengths"] == 2


def test_what_decided_how_long_all_requests_took(ask: Call):
    told = json.loads(ask("bottlenecks", "--service", "worker", "--json", "--from", LEAK).out)
    assert (told["requests"], told["operations"][0]["operation"]) == (62, "LoadContext")
    assert told["paths"][0]["path"] == [{"service": "worker", "operation": "ProcessTask"}]
    assert "62, 1.25s on average" in ask("bottlenecks", "--from", LEAK).out
    assert "nothing in that time" in ask("bottlenecks", "--since", "2030-01-01").err
    assert "are for many requests" in ask("bottlenecks", "@slowest", "--since", "1h", code=2).err
    assert "for one request" in ask("bottlenecks", "--whole-trace", code=2).err


def test_a_window_does_not_cut_requests(ask: Call):
    """13:30:05 is a second into the first request of the growing context: its parts lie in the window, its root does not."""
    words = ("--since", "2024-01-10T13:30:05.05Z", "--until", "2024-01-10T13:30:06Z", "--json")
    assert json.loads(ask("bottlenecks", *words).out)["requests"] == 0
    graph = json.loads(ask("services", "--graph", *words).out)
    assert (graph["services"], graph["entries"], graph["not_logged"]) == (["worker"], [], [])
    whole = json.loads(ask("stats", "--until", "2024-01-10T13:30:05.001Z", "--operation", "ProcessTask", "--json").out)
    assert whole["operations"][0]["own_ns"] == 0  # its children start later


def test_traces_without_spans_are_told_as_such(call: Call, tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text("".join(f'{{"time":"2024-01-10T14:00:0{at}Z","msg":"hi","trace_id":"{at:032x}"}}\n' for at in range(1, 4)))
    for words in (["stats"], ["stats", "--series", "duration"], ["heatmap"], ["services", "--graph"], ["bottlenecks"]):
        told = call(*words, "--from", log).err
        assert "holds traces, but no spans: no line names one, or tells how long something took" in told
        assert "one of those" not in told
    assert "nothing in that time" in call("errors", "--since", "2024-01-11", "--from", log).err
