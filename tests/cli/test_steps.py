"""What to ask next: commands that can be copied and work."""

from __future__ import annotations

import re
import shlex

import pytest

from logtrace.views.elements.next_steps import NextSteps, Step
from tests.cli.conftest import FIXTURES, Call
from tests.views.show import lines_of


def commands(out: str) -> list[list[str]]:
    """The commands below an answer, without what they tell."""
    steps = re.sub(r" \\\n +", " ", out.split("\nnext ")[1]).splitlines()
    return [shlex.split(re.split("  +", line.strip())[0]) for line in steps]


@pytest.mark.parametrize(
    ("asked", "verbs"),
    [
        ("show 98f13708", ["errors", "compare"]),
        ("show c81e728d", ["bottlenecks", "compare"]),
        ("errors 98f13708", ["compare", "logs"]),
        ("errors", ["errors"]),
        ("bottlenecks @slowest", ["compare"]),
        ("compare 98f13708", ["errors", "report"]),
        ("compare c81e728d", ["report"]),
    ],
)
def test_the_steps_work(ask: Call, asked: str, verbs: list[str]):
    found = commands(ask(*asked.split()).out)
    assert [words[1] for words in found] == verbs
    for words in found:
        assert ask(*words[1:]).out


def test_what_a_root_set_off_and_did_not_wait_for_has_a_step(call: Call, tmp_path):
    log = tmp_path / "a.log"
    row = '{{"timestamp":"2024-01-10T14:00:0{0}Z","service":"a","trace_id":"%s","span_id":"00000000000000a{0}",' % ("ab" * 16)
    told = (
        '"operation":"Accept","duration_ms":5}}\n',
        '"parent_span_id":"00000000000000a0","operation":"Work","duration_ms":900}}\n',
    )
    log.write_text("".join((row + rest).format(n) for n, rest in enumerate(told)))
    call("ingest", log, "--store", tmp_path / "s.db")
    (step,) = commands(call("bottlenecks", "@last", "--store", tmp_path / "s.db").out)
    assert "--whole-trace" in step
    assert "Work: 900ms" in call(*step[1:]).out
    assert "--whole-trace" not in call(*step[1:]).out


def test_a_long_path_is_not_cut(call: Call, tmp_path):
    store = tmp_path / ("a" * 150 + ".db")
    summary = call("ingest", FIXTURES / "slow-create-task" / "logs", "--store", store).out
    assert f"show c81e728d9d4c4f636f067f89cc14862c --store {store} " in summary
    assert {words[-1] for words in commands(call("show", "c81e728d", "--store", store).out)} == {str(store)}


def test_a_healthy_trace_needs_none(ask: Call):
    assert "\nnext " not in ask("show", "6d1f0c5e").out


def test_none_is_told_that_cannot_work(call: Call, tmp_path):
    """A trace of lines alone has nothing to begin alike with, and the only request has no healthy one beside it."""
    log = tmp_path / "a.log"
    row = '{{"timestamp":"2024-01-10T14:00:0{0}Z","level":"error","service":"a","trace_id":"{1}","message":"no"{2}}}\n'
    span = ',"span_id":"00000000000000aa","operation":"X","duration_ms":5,"error":"boom"'
    log.write_text(row.format(1, "ab" * 16, "") + row.format(2, "cd" * 16, span))
    call("ingest", log, "--store", tmp_path / "s.db")
    for trace in ("abababab", "cdcdcdcd"):
        for verb in ("show", "errors", "bottlenecks"):
            assert "logtrace compare" not in call(verb, trace, "--store", tmp_path / "s.db").out


def test_beginnings_that_several_ids_share_are_longer(call: Call, tmp_path):
    log = tmp_path / "a.log"
    row = '{{"timestamp":"2024-01-10T14:00:0{0}Z","service":"a","trace_id":"65a1b2c3{0}{1}","span_id":"00000000000000a{0}",'
    log.write_text("".join(row.format(n, "f" * 23) + '"operation":"X","duration_ms":5,"error":"boom"}\n' for n in range(2)))
    call("ingest", log, "--store", tmp_path / "s.db")
    (errors,) = commands(call("show", "@error", "--store", tmp_path / "s.db").out)
    assert errors[2] == "65a1b2c31"
    assert call(*errors[1:]).out


def test_they_read_what_the_call_read(ask: Call, stories):
    logs = FIXTURES / "slow-create-task" / "logs"
    for where in (["--store", stories], ["--from", logs]):
        (report,) = commands(ask("compare", "c81e728d", *where).out)
        assert report[-2:] == [str(word) for word in where]
    assert "\nnext " not in ask("bottlenecks", "c81e728d", "--from", *[logs] * 5).out


def test_commands_are_whole_on_a_narrow_terminal():
    words = ("logtrace", "compare", "4bf92f35", "--from", "/var/log/my logs/a.log")
    steps = NextSteps([Step(words, "beside a healthy one"), Step(("x",), "y")])
    assert lines_of(steps, 100)[1].endswith("'/var/log/my logs/a.log'  beside a healthy one")
    first, second, last = lines_of(steps, 50)[1:]
    assert first == "next      logtrace compare 4bf92f35 --from \\"
    assert second == "            '/var/log/my logs/a.log'"
    assert last.split() == ["x", "y"]
    assert lines_of(NextSteps([]), 50) == []
