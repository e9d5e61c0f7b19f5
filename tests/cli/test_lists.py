from __future__ import annotations

import json
import shlex

import pytest

from tests.cli.conftest import Call

NEWEST = "d1d2d3d4d5d6d7d8e1e2e3e4e5e6e7e8"


def test_traces_are_recent_first(ask: Call):
    traces = json.loads(ask("traces", "--json").out)["traces"]
    starts = [trace["start_ns"] for trace in traces]
    assert starts == sorted(starts, reverse=True)
    assert len(traces) == 20


def test_a_list_that_goes_on_names_the_command(ask: Call):
    told = ask("traces", "-n", "2")
    assert len(told.out.splitlines()) == 4
    assert told.out.endswith("the 2 most recent; there are more: logtrace traces --limit 10\n")
    assert told.err == ""
    assert ask("traces", "-n", "500").err == ""


def test_a_window_and_a_service(ask: Call):
    told = ask("traces", "--since", "2024-01-10T14:42Z", "--until", "2024-01-10T14:43Z", "--service", "worker", "--json")
    assert len(json.loads(told.out)["traces"]) == 2


def test_a_window_is_read_in_the_zone_of_the_reader(ask: Call):
    told = ask("traces", "--since", "2024-01-10T16:00", "--tz", "Europe/Berlin", "--json")
    assert [trace["trace_id"] for trace in json.loads(told.out)["traces"]] == [NEWEST]


@pytest.mark.parametrize("since", ["1h", "-1h", "1h ago", "yesterday"])
@pytest.mark.parametrize("verb", ["traces", "services"])
def test_an_empty_window_names_the_command_that_reaches_the_newest(verb: str, since: str, ask: Call):
    told = ask(verb, "--since", since)
    assert told.out == ""
    assert "the newest trace began at 2024-01-10T15:00:00Z" in told.err
    command = told.err.split("hint: ")[1].removesuffix(" reaches it\n")
    assert command == f"logtrace {verb} --since 2024-01-10T15:00:00Z"
    assert ask(*shlex.split(command)[1:]).out != ""


@pytest.mark.parametrize("words", [["lint"], ["check", "-e", "orphans = 0"]])
def test_rules_that_hold_of_nothing_say_so_where_a_window_is_empty(words: list[str], ask: Call):
    told = ask(*words, "--since", "1h", code=10)
    assert "some-trace: at least one trace is there" in told.out and "0 traces" in told.out
    assert "the newest trace began at 2024-01-10T15:00:00Z" in told.err
    assert "--since 2024-01-10T15:00:00Z reaches it" in told.err


def test_a_check_of_all_lines_needs_no_trace_in_the_window(ask: Call):
    assert "1 of 1 rules hold" in ask("lint", "--only", "secrets", "--since", "1h").out


def test_the_command_keeps_the_flags_of_the_call(ask: Call, stories):
    told = ask("traces", "--since", "1h", "--until", "now", "--service", "worker", "--tz", "Europe/Berlin", "--store", stories)
    command = told.err.split("hint: ")[1].removesuffix(" reaches it\n")
    expected = f"logtrace traces --service worker --tz Europe/Berlin --store {stories} --since 2024-01-10T15:42:11+01:00"
    assert command == expected
    assert "3c59dc048e8850243be8079a5c74d079" in ask(*shlex.split(command)[1:]).out


def test_an_empty_list_is_json_all_the_same(ask: Call):
    assert json.loads(ask("traces", "--since", "1h", "--json").out) == {"version": 1, "traces": []}


def test_an_unknown_service_lists_the_known(ask: Call):
    assert "edge-mcp" in ask("traces", "--service", "nosuch", code=2).err


def test_services(ask: Call):
    services = {row["service"]: row for row in json.loads(ask("services", "--json").out)["services"]}
    assert (services["worker"]["spans"], services["worker"]["errors"]) == (53, 7)
    assert "worker" in ask("services").out


def test_status(ask: Call):
    told = json.loads(ask("status", "--json").out)
    assert told["traces"] == 23
    assert told["lines_read"] == told["lines_used"] + told["lines_without_trace"] + told["lines_rejected"]
    assert "23 traces" in ask("status").out


def test_rejected_lines_have_their_places(ask: Call):
    assert "dirty/logs/deep.log:1: too_deep" in ask("status", "--rejected").out
    rejected = json.loads(ask("status", "--rejected", "--json").out)["rejected"]
    assert {"too_deep", "json_array"} <= {line["reason"] for line in rejected}


def test_logs_of_all_services_in_time_order(ask: Call):
    lines = json.loads(ask("logs", "4bf92f35", "--json").out)["lines"]
    assert {line["service"] for line in lines} == {"edge-mcp", "worker"}
    assert [line["time_ns"] for line in lines] == sorted(line["time_ns"] for line in lines)
    assert len(ask("logs", "4bf92f35").out.splitlines()) == len(lines)


def test_log_lines_are_never_cut(ask: Call):
    lines = json.loads(ask("logs", "98f13708", "--json").out)["lines"]
    shown = ask("logs", "98f13708").out.splitlines()
    assert max(map(len, shown)) > 120
    assert all(told.endswith(line["body"]) for told, line in zip(shown, lines, strict=True))


def test_raw_lines_are_as_they_were_logged(ask: Call):
    lines = ask("logs", "98f13708", "--raw").out.splitlines()
    assert all(line.startswith(("edge-mcp-1 ", "worker-1 ")) for line in lines)


def test_lines_around_a_trace(ask: Call):
    alone, more = (json.loads(ask("logs", "4bf92f35", "--json", *flags).out)["lines"] for flags in ((), ("--around", "10s")))
    assert {line["trace_id"] for line in alone} == {"4bf92f3577b34da6a3ce929d0e0e4736"}
    assert len(more) == len(alone) + 3
