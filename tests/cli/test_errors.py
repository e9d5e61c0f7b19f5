from __future__ import annotations

import json
import shutil

from tests.cli.conftest import FIXTURES, Call

THROTTLED = "98f13708210194c475687be6106a3b84"
BROKEN = "b7d9e1a25c3f48e6a1d20c9f8e7b6a02"


def test_the_root_cause_under_its_retries(ask: Call):
    told = ask("errors", THROTTLED)
    assert "cause     worker: CallBedrock: ThrottlingException: Rate exceeded" in told.out
    assert "attempts  4, all failed; waited 1s, 2s, 4s between them (in Retry)" in told.out
    assert told.err == ""


def test_from_files_it_is_the_same(ask: Call):
    logs = FIXTURES / "throttled-task" / "logs"
    told, steps = ask("errors", THROTTLED, "--from", logs).out.split("\nnext")
    assert told == ask("errors", THROTTLED).out.split("\nnext")[0]
    assert f"logtrace logs 98f13708 --around 2s --from {logs}" in steps


def test_as_json(ask: Call):
    shape = json.loads(ask("errors", THROTTLED, "--json").out)
    assert (shape["version"], shape["root_cause"]["operation"]) == (1, "CallBedrock")
    assert shape["root_cause"]["attempts"]["failures"] == 4
    assert [mark["what"] for mark in shape["timeline"]] == ["origin"] * 4 + ["propagated"] * 4
    assert json.loads(ask("errors", BROKEN, "--json").out)["root_cause"]["stopped_at"]["operation"] == "HandleWebSocketMessage"


def test_an_unknown_trace_lists_near_ones(ask: Call):
    assert "nearest: " in ask("errors", "98f13708210194c475687be6106a3b99", code=5).err


def test_bottlenecks(ask: Call):
    told = ask("bottlenecks", "@slowest", "-n", "1")
    assert " 1.  93 %  worker: Retry: 7s of 7.3s on the path" in told.out
    shape = json.loads(ask("bottlenecks", "c81e728d9d4c4f636f067f89cc14862c", "--json").out)
    assert (shape["bottlenecks"][0]["operation"], round(shape["bottlenecks"][0]["share"], 2)) == ("CreateTask", 0.92)
    whole = json.loads(ask("bottlenecks", "4bf92f3577b34da6a3ce929d0e0e4736", "--whole-trace", "--json").out)
    assert whole["critical_path"]["root"] is None


def test_all_errors_by_kind(ask: Call):
    told = ask("errors").out
    assert "errors    6 in 3 requests, 4 more passed on" in told
    assert "     4  worker: CallBedrock: ThrottlingException: Rate exceeded" in told
    shape = json.loads(ask("errors", "--json").out)
    assert (shape["version"], shape["errors"], shape["groups"][0]["count"]) == (1, 6, 4)
    since = ask("errors", "--since", "2024-01-10T14:40Z").out
    assert "new: never seen before" in since


def test_windows_services_and_what_does_not_go_together(ask: Call):
    assert "errors    4 in 1 request," in ask("errors", "--service", "worker").out
    assert "known: " in ask("errors", "--service", "wrker", code=2).err
    assert "the newest trace began at" in ask("errors", "--since", "1h").err
    assert "are for the errors of all requests" in ask("errors", THROTTLED, "--since", "1h", code=2).err


def test_what_people_write_is_kept_without_secrets(call: Call, stories, tmp_path):
    store = tmp_path / "s.db"
    shutil.copy(stories, store)
    for words in (["note", THROTTLED], ["pin", THROTTLED]):
        assert "[REDACTED:password]" in call(*words, "password=hunter2secret", "--store", store).out
    assert not any(b"hunter2secret" in part.read_bytes() for part in tmp_path.iterdir())


def test_notes(ask: Call, stories, tmp_path):
    store = tmp_path / "s.db"
    shutil.copy(stories, store)
    (group,) = [g for g in json.loads(ask("errors", "--json").out)["groups"] if g["operation"] == "CallBedrock"]
    assert ask("note", "--store", store).out == "there are no notes\n"
    told = ask("note", group["fingerprint"][:8], "quota\x1b[2J", "raised", "--store", store)
    assert told.out.endswith("  quota\\x1b[2J raised\n")
    assert "note      quota" in ask("errors", "--store", store).out
    assert "note      quota" in ask("errors", THROTTLED, "--store", store).out
    assert "note      quota" in ask("show", THROTTLED, "--markdown", "--store", store).out
    assert json.loads(ask("errors", THROTTLED, "--json", "--store", store).out)["notes"] == ["quota\x1b[2J raised"]
    assert len(json.loads(ask("note", group["fingerprint"], "--json", "--store", store).out)["notes"]) == 1
    assert ask("note", group["fingerprint"], "--remove", "--store", store).out.startswith("removed: ")
    assert "no error and no trace 'zzzz'" in ask("note", "zzzz", "x", "--store", store, code=5).err
    for nothing in ([""], ["  ", ""]):
        assert "says nothing without a text" in ask("note", THROTTLED, *nothing, "--store", store, code=2).err
    assert "--remove takes no text" in ask("note", "zzzz", "x", "--remove", "--store", store, code=2).err
    assert "--remove needs a fingerprint" in ask("note", "--remove", "--store", store, code=2).err
