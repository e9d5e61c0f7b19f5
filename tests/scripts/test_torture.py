"""A little of every ordeal of scripts/torture, and of what each is to see."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sqlite3
from concurrent.futures import BrokenExecutor, Future
from contextlib import closing
from pathlib import Path

import pytest
import torture
from hypothesis import given, settings
from hypothesis import strategies as st
from ordeals import calls, crash, damage, endless, faults, fuzz, hostile, reading, walk
from ordeals.contents import contents, differences
from ordeals.endless import Running, ended
from ordeals.outcome import Outcome
from ordeals.program import said
from ordeals.progress import Progress
from ordeals.targets import TARGETS

from logtrace.cli.verbs import VERBS
from tests.jobs.stores import story, take, write
from tests.strategies import examples

SEED = 12 if os.environ.get("CI") else random.randrange(1 << 30)
"""Elsewhere other cases are met each time; a change is not held up by one that has nothing to do with it."""


QUIET = Progress("test", quiet=True)


def test_every_verb_is_walked_with_all_it_can_be_told():
    walked = [call.words for call in calls.calls()]
    assert {words[0] for words in walked} == {verb.name for verb in VERBS}
    exported = {word for words in walked if words[0] == "export" for word in words}
    assert {f"--format={form}" for form in ("html", "jaeger", "otlp-json")} <= exported
    assert sum(words[0] == "search" and hostile.QUERIES[0] in words[-1] for words in walked) > 5


CHANGES = (
    "DELETE FROM trace WHERE low = (SELECT min(low) FROM trace)",
    "INSERT INTO source (path, kind, settings) SELECT path, kind, settings FROM source",
    "DELETE FROM chunk_data",
)


def test_a_lost_and_a_double_row_are_seen(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    whole = contents(tmp_path / "s.db")
    for change in CHANGES:
        with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
            connection.execute(change)
            assert differences(contents_of(connection, tmp_path), whole)


def contents_of(connection: sqlite3.Connection, tmp_path: Path) -> dict[str, list[object]]:
    copy = tmp_path / "copy.db"
    copy.unlink(missing_ok=True)
    connection.execute("COMMIT")
    connection.execute("VACUUM INTO ?", (str(copy),))
    return contents(copy)


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("<p><img src=x onerror=window.fired=1>", ".html"),
        ("<script>window.fired=1</script>", ".html"),
        ("<a href='javascript:window.fired=1'>x</a>", ".html"),
        ("a,b\n=1+1,2\n", ".csv"),
        ('{"a": ', ".json"),
    ],
)
def test_what_runs_is_seen(text: str, suffix: str):
    assert list(reading.wrong(text, suffix))


@pytest.mark.parametrize(
    "text", ["<p>&lt;script&gt;window.fired=1", '<script type="application/json">"fired"</script>', "a,-1.5\n", "{}"]
)
def test_what_does_not_run_is_no_trouble(text: str):
    assert not list(reading.wrong(text, ".csv"))


@pytest.mark.parametrize(
    "target",
    [pytest.param(each, marks=[pytest.mark.slow] * (each.name == "many-lines")) for each in TARGETS],
    ids=[each.name for each in TARGETS],
)
def test_what_a_target_begins_with_and_what_was_found_once_is_no_trouble(target):
    assert [told for data in fuzz.all_seeds(target) if (told := fuzz.trouble(target, data)[1])] == []


@pytest.mark.parametrize(
    "target", [target for target in TARGETS if target.name not in ("questions", "config", "files")], ids=lambda t: t.name
)
@settings(max_examples=examples(40))
@given(seed=st.integers(0, 1 << 32), more=st.binary(max_size=40))
def test_no_change_of_it_is(target, seed: int, more: bytes):
    pool = target.seeds()
    assert fuzz.trouble(target, fuzz.changed([*pool, more], random.Random(seed)))[1] == ""


@pytest.mark.slow
def test_a_hang_is_told_by_what_it_computes(tmp_path: Path):
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    endless = "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n FROM a) SELECT count(*) FROM a"
    code, told = said(tmp_path, ("sql", "--store", "s.db", endless), cpu_s=1)
    assert (code, told) == (-signal.SIGXCPU, "it computed for 1 s without an end")


def test_calls_without_an_end_are_told_to_end_when_they_are_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "edge.log", story())
    words = [("watch", "--store", "s.db", "edge.log"), ("watch", "--nonsense"), ("serve", "--store", "no.db")]
    watched, refused, served = ended([Running(calls.Call(each, endless=True)) for each in words])
    assert (watched.code, "12 read = 12 used" in watched.out) == (0, True)
    assert (refused.code, "--nonsense" in refused.err) == (2, True)
    assert (served.code, "no.db" in served.err) == (4, True)


@pytest.mark.slow
def test_one_without_an_end_that_computes_for_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(endless, "CPU_S", 1)
    monkeypatch.setattr(endless, "main", lambda _: all(True for _ in itertools.count()))
    assert [said.code for said in ended([Running(calls.Call(("watch",), endless=True))])] == [-signal.SIGXCPU]


def test_a_part_whose_process_is_killed_is_a_trouble():
    killed: Future[torture.Done] = Future()
    killed.set_exception(BrokenExecutor("a process was terminated abruptly"))
    assert torture._done(killed, torture.Task("crash", 3, 1, 0)).outcome.troubles == ("a process was terminated abruptly",)


def test_the_table_tells_counts_seeds_and_how_to_see_a_trouble_again():
    lost = Outcome(1_234, "kills survived", ("seed 7, prune: 1 lost",))
    told = torture.shown({"crash": torture.Done(lost, 3, 90.0), "fuzz": torture.Done(Outcome(5, "inputs fuzzed"), 3, 30.0)}, 96.0)
    assert told[1].split() == ["crash", "1,234", "1", "3", "1.5", "kills", "survived"]
    assert told[2].split() == ["fuzz", "5", "0", "3", "0.5", "inputs", "fuzzed"]
    assert told[3:] == [
        "✗ crash: seed 7, prune: 1 lost", "Again, alone: scripts/torture PART --seed SEED --amount 1", "1 troubles; 1.6 min",
    ]  # fmt: skip


def test_the_same_seed_does_the_same_whatever_the_amount():
    first = [walk.chosen(number, 1)[0] for number in (5, 6, 7)]
    assert walk.chosen(5, 3) == first
    assert len({call.words for _, call in walk.chosen(9, 0)}) == len({call.words for call in calls.calls()})


@pytest.mark.slow
def test_some_kills(tmp_path: Path):
    found = crash.run(SEED, 3, tmp_path, QUIET)
    assert (found.count >= 3, found.troubles) == (True, ())


@pytest.mark.slow
def test_some_damage(tmp_path: Path):
    assert damage.run(SEED, 4, tmp_path, QUIET).troubles == ()


@pytest.mark.slow
def test_a_hostile_walk(tmp_path: Path):
    found = walk.run(SEED, 80, tmp_path, QUIET)
    assert (found.count, found.troubles) == (80, ())


@pytest.mark.slow
def test_some_faults(tmp_path: Path):
    found = faults.run(SEED, 10, tmp_path, QUIET)
    assert (found.count > 5, found.troubles) == (True, ())
