from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FIXTURES, Call
from tests.jobs.verbs.test_linked import DOWN, LINES, UP

ANATOMY = "4bf92f3577b34da6a3ce929d0e0e4736"
SLOW = "c81e728d9d4c4f636f067f89cc14862c"
THROTTLED = "98f13708210194c475687be6106a3b84"
CUT = re.compile(r"^.{81,}$", re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [
        SLOW,
        SLOW.upper(),
        "c81e728d-9d4c-4f63-6f06-7f89cc14862c",
        "c81e728d",
        f"00-{SLOW}-6a19703ca1ddcaab-01",
        f"http://localhost:16686/trace/{SLOW}?uiFind=x",
        "6a19703ca1ddcaab",
    ],
)
def test_a_trace_by_all_its_names(text: str, ask: Call):
    assert json.loads(ask("show", text, "--json").out)["trace_id"] == SLOW


@pytest.mark.parametrize(
    ("text", "request_name"), [("@slowest", "POST /api/v1/tasks"), ("@last", "ReadDirtyFiles"), ("@ERROR", "ReadDirty")]
)
def test_named_traces(text: str, request_name: str, ask: Call):
    assert request_name in ask("show", text).out


@pytest.mark.parametrize("trace", [ANATOMY, SLOW, THROTTLED])
@pytest.mark.parametrize("flags", [(), ("--logs",), ("--all",), ("--ascii",), ("--span", "CreateTask")])
def test_no_line_is_wider_than_the_terminal(trace: str, flags: tuple[str, ...], ask: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = ask("show", trace, *flags).out
    assert not CUT.search(shown)
    assert "\x1b" not in shown
    assert "--ascii" not in flags or shown.isascii()


def test_an_unknown_id_offers_near_ones(ask: Call):
    told = ask("show", SLOW[:-1] + "0", code=5)
    assert told.out == ""
    assert SLOW in told.err


def test_several_matches_are_listed(call: Call, tmp_path):
    line = '{{"timestamp":"2024-01-10T14:30:0{0}Z","service":"a","msg":"m","trace_id":"4bf92f3577b34da6a3ce929d0e0e473{0}"}}\n'
    log = tmp_path / "a.log"
    log.write_text(line.format(1) + line.format(2))
    call("ingest", log, "--store", tmp_path / "s.db")
    told = call("show", "4bf9", "--store", tmp_path / "s.db", code=2)
    assert "4bf92f3577b34da6a3ce929d0e0e4731" in told.out
    assert "4bf92f3577b34da6a3ce929d0e0e4732" in told.out
    assert "2 traces answer to 4bf9" in told.err
    listed = json.loads(call("show", "4bf9", "--json", "--store", tmp_path / "s.db", code=2).out)
    assert len(listed["traces"]) == 2


def test_a_name_means_nothing_in_files(call: Call):
    told = call("show", "@Slowest", FIXTURES / "anatomy" / "logs", code=2)
    assert told.err.startswith("error: @Slowest needs a store")


@pytest.mark.parametrize("verb", ["show", "logs"])
def test_a_name_that_means_no_trace_says_what_is_missing(verb: str, call: Call, tmp_path):
    store, log = tmp_path / "s.db", tmp_path / "a.log"
    log.write_text("")
    call("ingest", log, "--store", store)
    assert f"the store at {store} holds no traces" in call(verb, "@error", "--store", store, code=5).err
    call("ingest", FIXTURES / "anatomy" / "logs", "--store", store)
    assert call(verb, "@error", "--store", store, code=5).err.startswith(f"error: no trace in {store} failed")


def test_files_without_a_store(call: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGTRACE_STORE", "/none.db")  # what the environment says gives way
    shown = json.loads(call("show", SLOW[:10], FIXTURES / "slow-create-task" / "logs", "--json").out)
    assert shown["trace_id"] == SLOW
    assert len(shown["spans"]) == 6


def test_files_and_a_store_are_two_answers(call: Call):
    told = call("show", SLOW, FIXTURES / "slow-create-task" / "logs", "--store", "x.db", code=2)
    assert told.err.startswith("error: FILES and --store do not go together")
    assert "--markdown do not go together" in call("show", SLOW, "--span", "CreateTask", "--markdown", code=2).err


def test_a_span_of_files_has_its_raw_lines(call: Call):
    told = call("show", SLOW, FIXTURES / "slow-create-task" / "logs", "--span", "CreateTask", "--json")
    (span,) = json.loads(told.out)["spans"]
    assert [line["line"] for line in span["log"]] == [47, 55]


def test_a_span_in_full(ask: Call):
    shown = ask("show", SLOW, "--span", "createtask").out
    assert "INSERT INTO tasks (id, type, payload, embedding_vector)" in shown
    assert "slow-create-task/logs/edge-mcp.log:47" in shown


def test_an_unknown_span_offers_near_ones(ask: Call):
    assert "CreateTask" in ask("show", SLOW, "--span", "CreateTsk", code=5).err


def test_filters_hide_spans_in_pictures_and_json(ask: Call):
    assert "FetchFromQueue" in ask("show", THROTTLED).out
    assert "FetchFromQueue" not in ask("show", THROTTLED, "--errors").out
    spans = json.loads(ask("show", THROTTLED, "--errors", "--depth", "2", "--json").out)["spans"]
    assert [span["operation"] for span in spans] == ["POST /api/v1/tasks", "ProcessTask"]
    long = json.loads(ask("show", SLOW, "--min-duration", "1s", "--json").out)["spans"]
    assert {span["operation"] for span in long} == {"POST /api/v1/tasks", "CreateTask"}


def test_an_unknown_service_lists_the_known(ask: Call):
    assert "edge-mcp, worker" in ask("show", THROTTLED, "--service", "wrker", code=2).err


def test_configured_attributes_are_shown(ask: Call, tmp_path, monkeypatch: pytest.MonkeyPatch):
    assert "embedding.dimension" not in ask("show", SLOW).out
    config = tmp_path / "logtrace.toml"
    config.write_text('[show]\nattributes = ["embedding.*"]')
    monkeypatch.setenv("LOGTRACE_CONFIG", str(config))
    assert "embedding.dimension" in ask("show", SLOW).out


def test_ids_from_piped_lines(ask: Call):
    lines = (FIXTURES / "throttled-task" / "logs" / "compose.log").read_text()
    grepped = "".join(line + "\n" for line in lines.splitlines() if "ThrottlingException" in line)
    told = ask("show", "-", "--json", stdin=grepped)
    assert [trace["trace_id"] for trace in json.loads(told.out)["traces"]] == [THROTTLED]


def test_more_than_ten_piped_ids_are_listed(ask: Call):
    lines = "".join(path.read_text() for path in FIXTURES.glob("[a-c,e-z]*/logs/*.log"))
    told = ask("show", "-", stdin=lines)
    assert "more than 10 are listed" in told.err
    assert SLOW in told.out
    assert "━" not in told.out


def test_what_is_missing_of_several_is_said(ask: Call):
    told = ask("show", "-", stdin=f"{SLOW}\nffffffffffffffffffffffffffffffff\n")
    assert "CreateTask" in told.out
    assert "ffffffffffffffffffffffffffffffff" in told.err


def test_piped_logs_without_a_store_are_told_what_reads_them(call: Call, tmp_path: Path):
    told = call("show", "-", "--store", tmp_path / "no.db", stdin=f"{SLOW}\n", code=4)
    assert "- takes ids from stdin, and there is no store at" in told.err
    assert "logtrace ingest -" in told.err and "logtrace show @slowest -" in told.err


def test_lines_by_clocks_that_differ_are_told_to_be_so(call: Call, tmp_path: Path):
    call("ingest", FIXTURES / "lint" / "clock-skew" / "bad.log", "--store", tmp_path / "s.db", "-q")
    told = call("logs", "@last", "--store", tmp_path / "s.db")
    assert "clocks differ: times are as logged here; in logtrace show they are adjusted: " in told.err
    assert call("logs", "@last", "--store", tmp_path / "s.db", "--raw").err == ""


def test_lines_without_an_id_are_no_answer(ask: Call):
    assert "no line on stdin has a trace id" in ask("show", "-", stdin='{"msg":"hi there"}\n', code=3).err


def test_piped_lines_may_be_any_bytes(stories):
    done = subprocess.run(
        [sys.executable, "-m", "logtrace", "show", "-", "--store", stories],
        input=b"caf\xe9 \x00 " + SLOW.encode() + b"\n", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, b"CreateTask" in done.stdout) == (0, True), done.stderr


def test_linked_traces_as_one(call: Call, tmp_path):
    logs, store = tmp_path / "a.log", tmp_path / "s.db"
    logs.write_text("".join(f"{line}\n" for line in LINES))
    call("ingest", logs, "--store", store)
    assert f"links     to 1 other trace: {UP}; --linked draws them as one" in call("show", DOWN, "--store", store).out
    told = call("show", UP, "--linked", "--store", store).out
    assert "└── worker: Process" in told
    assert "├╌? audit: Audit" in told
    flat = " ".join(told.split())
    assert f"joined {DOWN} under edge: POST of {UP}: its lines name that trace (observed)" in flat
    assert "both log the same request id (inferred)" in flat
    assert "draws them as one" not in told
    joins = json.loads(call("show", UP, "--linked", "--json", "--store", store).out)["joins"]
    assert [(join["how"], join["observed"]) for join in joins] == [("link", True), ("requestid", False)]
    assert "--linked needs a store" in call("show", UP, logs, "--linked", code=2).err


def test_lines_on_stdin_in_place_of_files(call: Call):
    lines = "".join(path.read_text() for path in sorted((FIXTURES / "slow-create-task" / "logs").iterdir()))
    told = call("show", SLOW[:8], "-", stdin=lines)
    assert "CreateTask" in told.out
    assert "- stands for" in call("show", "-", "-", stdin=lines, code=2).err
    assert "no trace" in call("show", "ffffffff", "-", stdin=lines, code=5).err
