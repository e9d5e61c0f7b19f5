"""search, timeline and grep as people call them, on the store of all stories."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.cli.conftest import FIXTURES, Call

SLOW = "c81e728d9d4c4f636f067f89cc14862c"
THROTTLED = "98f13708210194c475687be6106a3b84"
LOST = "b7d9e1a25c3f48e6a1d20c9f8e7b6a02"
DIRTY = "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8"


def ids(ask: Call, *args: object) -> list[str]:
    return ask("search", "--ids", *args).out.split()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("--service edge-mcp --operation 'POST /api/v1/tasks' --min-duration 5s", [THROTTLED, SLOW]),
        ("--operation CreateTask --min-duration 4s", [SLOW]),
        ("-a ws.message_type=TaskAssignment --error", [LOST]),
        ("-a ws_message_type=TaskAssignment --error", [LOST]),
        ("--error", [DIRTY, THROTTLED, LOST]),
        ("-a error=true --service worker", [THROTTLED]),
        ("--error --sort slowest", [THROTTLED, DIRTY, LOST]),
        ("--error --sort errors -n 1", [THROTTLED]),
        ("--sort spans -n 1", [DIRTY]),
        ("--min-trace-duration 5s --max-duration 1ms", []),
        ("--min-spans 12 --max-spans 12 --error", [THROTTLED]),
        ("'embedding.size = 1536 and duration > 4s or error.type = \"ThrottlingException\"'", [THROTTLED, SLOW]),
        ("--text 'broken pipe'", [LOST]),
        ("--text 'broken pipe' --service worker", []),
        ("--error --since 2024-01-10T14:40Z --until 2024-01-10T14:50Z", [THROTTLED]),
        ("'error = true' --service worker --error=span", [THROTTLED]),
        ("--error -n 1 --page 2", [THROTTLED]),
        ("'db.statement ~ \"^INSERT\"' --min-duration 4s", [SLOW]),
    ],
)
def test_what_is_found(ask: Call, asked: str, found: list[str]):
    assert ids(ask, *shlex.split(asked)) == found


def test_the_table_tells_span_and_trace_apart(ask: Call):
    told = ask("search", "--operation", "CreateTask", "--min-duration", "4s")
    head, row = told.out.splitlines()
    assert head.split("  ")[0] == "trace"
    assert "trace took" in head
    assert "span took" in head
    assert " 5.2s " in row
    assert " 4.8s " in row


def test_the_shape_of_a_page(ask: Call):
    told = json.loads(ask("search", "error", "--sort", "errors", "-n", "1", "--json").out)
    (hit,) = told.pop("traces")
    assert told == {
        "version": 1, "expression": "error = true", "sort": "errors", "page": 1, "more": True, "notes": [],
    }  # fmt: skip
    assert (hit["trace_id"], hit["errors"], hit["soft_errors"], hit["matched_spans"]) == (THROTTLED, 8, 0, 8)
    assert hit["longest_match"]["trace_id"] == THROTTLED
    assert hit["longest_match"]["duration_ms"] == hit["duration_ms"]
    alone = json.loads(ask("search", "trace.duration > 5s", "--json").out)["traces"][0]
    assert (alone["matched_spans"], alone["longest_match"]) == (0, None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["user.teir = 'gold'"], "no span has an attribute 'user.teir'; near it: "),
        (["service = egde-mcp"], "there is no service 'egde-mcp'; near it: edge-mcp"),
        (["operation = CreateTsk"], "near it: CreateTask"),
        (["--page", "7"], "there is no page 7"),
        (["--since", "1h"], "no trace matches"),
    ],
)
def test_an_empty_answer_says_why(ask: Call, asked: list[str], said: str):
    told = ask("search", *asked)
    assert told.out == ""
    assert said in told.err
    assert json.loads(ask("search", "--json", *asked).out)["traces"] == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["error ="], "hint: error =\n             ^"),
        (["--attr", "x"], "write --attr KEY=VALUE"),
        (["--attr", "duration=5"], "--min-duration"),
        (["--attr", "error=maybe"], "not with 'maybe'"),
        (["--error=soft"], "'soft'"),
        (["x ~ '('"], "is no pattern"),
        (["--since", "1h", "--until", "2h"], "--since is later"),
        (["--service", "egde-mcp"], "known: edge-mcp, "),
        (["--operation", "CreateTsk"], "known: CreateTask, "),
        (["--operation", "CreateTsk", "--since", "1h"], "known: CreateTask, "),
        (["--service", "worker", "--operation", "CallBedrok"], "no operation 'CallBedrok' in worker in "),
        (["--service", "worker", "--operation", "zz"], "known: ExecuteTask, "),
        (["--service", "worker", "--operation", "CreateTask"], "no operation 'CreateTask' in worker"),
        (["-a", "user.idd=x"], "known: user.id, "),
        (["-a", "zz=x"], "known: error, "),
        (["--ids", "--json"], "--ids and --json do not go together"),
        (["--from", FIXTURES, "--store", "x.db"], "--from and --store do not go together"),
    ],
)
def test_what_cannot_be_asked(ask: Call, asked: list[str], said: str):
    told = ask("search", *asked, code=2)
    assert told.out == ""
    assert said in told.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("--error --since 1h", "the newest that does began at 2024-01-10T15:00:00Z"),
        (
            "--error --since 1h --service worker -n 3",
            "hint: logtrace search --error --service worker -n 3 --since 2024-01-10T14:42:00Z",
        ),
        ("--service worker --min-duration 1h", "nothing matches duration >= 1h, even alone\nno trace matches"),
        ("--service worker -a http.status_code=502", "each condition alone matches; no span meets all"),
        ("--service worker -a http.status_code=502 --since 1h", "each condition alone matches; no span meets all"),
        ("nope=1 --min-duration 1h", "no span has an attribute 'nope'\nno trace matches"),
        ("--page 9", "there is no page 9"),
    ],
)
def test_an_empty_answer_says_what_would_match(ask: Call, asked: str, said: str):
    told = ask("search", *asked.split())
    assert told.out == ""
    assert said in told.err
    if "hint: " in told.err:
        command = told.err.split("hint: ")[1].removesuffix(" reaches it\n")
        assert ask(*shlex.split(command)[1:]).out


def test_looking_is_not_taking_out(ask: Call):
    assert "--scan and --apply do not go together" in ask("redact", "--scan", "--apply", code=2).err


def test_the_kind_of_error_may_be_the_next_word(ask: Call):
    assert ask("search", "--error", "span", "--ids").out == ask("search", "--error=span", "--ids").out != ""
    assert ask("search", "--ids", "--error", "service = worker").out == ask("search", "--ids", "error and service = worker").out


def test_a_page_goes_on_below_itself_and_keeps_its_window(ask: Call):
    words = ["search", "--since", "2024-01-10T14:35Z", "-n", "2"]
    told = ask(*words)
    assert told.err == ""
    *_, last = told.out.splitlines()
    assert last == "page 1; there are more: logtrace search --since 2024-01-10T14:35Z -n 2 --page 2"
    assert ask(*shlex.split(last.split(": ")[1])[1:]).out.splitlines()[1] not in told.out
    assert (ask(*words, "--json").err, json.loads(ask(*words, "--json").out)["more"]) == ("", True)
    assert "there are more" in ask(*words, "--ids").err


def test_a_page_goes_on_and_nothing_of_what_was_asked_is_obeyed(ask: Call):
    """Who copies a hostile text out of a log into a question sees it twice."""
    told = ask("search", "-n", "2", "service != '\x1b\u202e'").out
    assert all(line.isprintable() for line in told.splitlines())
    assert r"\x1b\u202e" in told.partition("there are more: logtrace search -n 2")[2]


def test_a_timeline_beside_its_window(ask: Call):
    told = ask("timeline", "ws.connection_id=conn-abc123", "--until", "2024-01-10T14:00Z")
    assert "the newest that does began at 2024-01-10T14:35:32Z" in told.err


def test_search_in_files(call: Call):
    logs = FIXTURES / "throttled-task" / "logs"
    assert call("search", "--error", "--ids", "--from", logs).out.split() == [THROTTLED]


def test_the_life_of_a_connection(ask: Call):
    """Spans of a request, and lines of none, in one order; who calls before who is called, also at the same time."""
    told = json.loads(ask("timeline", "ws.connection_id = 'conn-abc123'", "--json").out)
    entries: list[dict[str, Any]] = told.pop("entries")
    assert told == {"version": 1, "expression": "ws.connection_id = 'conn-abc123'", "more": False, "notes": []}
    assert [entry["operation"] for entry in entries] == [
        "websocket connected", "ping not answered in time", "HandleWebSocketMessage", "ParseMessage", "ValidateAgent",
        "RouteTask", "connection closed by peer", "SendMessage", "connection removed from the registry",
    ]  # fmt: skip
    starts = [entry["start_ns"] for entry in entries]
    assert starts == sorted(starts)
    closed = entries[6]
    assert (closed["trace_id"], closed["span_id"], closed["line"] > 0) == (None, None, True)
    assert (entries[7]["trace_id"], entries[7]["error"], entries[7]["path"]) == (LOST, 1, None)
    shown = ask("timeline", "ws_connection_id = 'conn-abc123'", "-n", "8")
    assert len(shown.out.splitlines()) == 10
    assert "SendMessage ✗ error" in shown.out
    assert "the first 8; there are more" in shown.out


def test_a_window_of_a_timeline_is_that_of_its_entries(ask: Call):
    told = ask("timeline", "ws.connection_id = 'conn-abc123'", "--json", "--since", "2024-01-10T14:35:32.010Z",
               "--until", "2024-01-10T14:35:32.070Z")  # fmt: skip
    assert [entry["operation"] for entry in json.loads(told.out)["entries"]] == [
        "RouteTask", "connection closed by peer", "SendMessage",
    ]  # fmt: skip


def test_a_timeline_of_nothing(ask: Call):
    assert "nothing matches" in ask("timeline", "ws.connection_id = 'nosuch'").err
    assert "ends where" in ask("timeline", "error =", code=2).err


def test_grep_shows_what_a_line_names(ask: Call):
    (line,) = ask("grep", "broken pipe").out.splitlines()
    trace, span, service, raw = line.split(" ", 3)
    assert (trace, service) == (LOST, "edge-mcp")
    assert len(span) == 16
    assert raw in (FIXTURES / "lost-websocket-message" / "logs" / "edge-mcp-json.log").read_text()


def test_grep_answers_as_grep_does(ask: Call):
    assert ask("grep", "nosuch text", code=1) == ("", "")
    assert ask("grep", "-l", "-i", "RATE EXCEEDED").out.split() == [THROTTLED]
    counts = dict(line.rsplit(":", 1) for line in ask("grep", "-c", "-F", "broken pipe").out.splitlines())
    assert sorted(map(int, counts.values()))[-2:] == [0, 1]
    assert len(ask("grep", "-v", "^\\{").out.splitlines()) > 20
    assert "take one of them" in ask("grep", "-c", "-l", "x", code=2).err
    assert "is no pattern" in ask("grep", "(", code=2).err
    assert ask("grep", "-F", "(nosuch", code=1).out == ""


def test_grep_of_traces_tells_of_lines_without_one(call: Call, tmp_path):
    log = tmp_path / "edge.log"
    log.write_text(json.dumps({"trace_id": LOST, "msg": "hits"}) + "\nthe disk is full\nthe disk is free\n")
    assert call("grep", "-l", "is free", "--from", log) == ("", "1 line found belongs to no trace\n")
    assert call("grep", "-l", "hits|is", "--from", log) == (f"{LOST}\n", "2 lines found belong to no trace\n")
    assert call("grep", "-l", "hits", "--from", log) == (f"{LOST}\n", "")
    assert call("grep", "-l", "nosuch", "--from", log, code=1).out == ""


def test_grep_with_context_of_the_trace(ask: Call):
    lines = ask("grep", "-C", "1", "broken pipe").out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(LOST) for line in lines)
    assert [line.split(" ")[3] for line in lines] == ["-", ":", "-"]
    assert lines[1].replace(" : ", " ", 1) == ask("grep", "broken pipe").out.rstrip("\n")
    assert "--" in ask("grep", "-C", "1", "broken pipe|Rate exceeded").out.splitlines()


def test_context_that_does_not_touch_is_parted_within_a_trace_too(call: Call, tmp_path):
    log, words = tmp_path / "edge.log", ["first", "a", "b", "c", "d", "last"]
    times = [f"2024-01-10T14:30:0{number}Z" for number in range(6)]
    rows = [{"trace_id": LOST, "timestamp": at, "msg": word} for at, word in zip(times, words, strict=True)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = [line.split(" ")[3:4] for line in call("grep", "-C", "1", "first|last", "--from", log).out.splitlines()]
    assert told == [[":"], ["-"], [], ["-"], [":"]]
    touching = [line.split(" ")[3:4] for line in call("grep", "-C", "2", "first|last", "--from", log).out.splitlines()]
    assert touching == [[":"], ["-"], ["-"], ["-"], ["-"], [":"]]


def test_the_shapes_of_grep(ask: Call):
    (row,) = map(json.loads, ask("grep", "broken pipe", "--json").out.splitlines())
    assert set(row) == {
        "version", "trace_id", "span_id", "service", "time_ns", "time", "severity", "body", "text", "path", "line", "hit",
    }  # fmt: skip
    assert (row["trace_id"], row["hit"], row["version"]) == (LOST, True, 1)
    hits = [json.loads(line)["hit"] for line in ask("grep", "broken pipe", "-C", "1", "--json").out.splitlines()]
    assert hits == [False, True, False]
    assert json.loads(ask("grep", "-l", "broken pipe", "--json").out) == {"version": 1, "trace_id": LOST}
    assert all(
        set(json.loads(line)) == {"version", "path", "lines"} for line in ask("grep", "-c", "x", "--json").out.splitlines()
    )


def test_nothing_of_a_log_reaches_the_terminal_as_a_command(call: Call, tmp_path):
    log = tmp_path / "a.log"
    evil = {"trace_id": "ab" * 16, "span_id": "cd" * 8, "service": "a\x1b[31m b", "operation": "x\n\x1b]0;y\x07",
            "msg": "\x1b[2J", "timestamp": "2024-01-10T14:30:00Z", "duration_ms": 5, "k": "v\x9b1m"}  # fmt: skip
    log.write_text(json.dumps(evil, ensure_ascii=False).replace("\\u001b", "\x1b") + "\n")
    for verb in (["search", "duration > 1"], ["timeline", "duration > 1"], ["grep", "trace"], ["search", "--ids"]):
        told = call(*verb, "--from", log)
        assert told.out
        assert not set("\x1b\x07\x9b") & set(told.out)
