"""Stores whose rows are not such as logtrace writes: whatever is asked of them, nobody is told of a mistake of the program."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from logtrace.cli import main
from logtrace.cli.verbs import VERBS
from tests.harms import HARMS, whole_store

WALK = [
    "show @last", "show @slowest", "show @error --json", "logs @last", "logs 7777", "logs @error --around 1s",
    "search --error", "search duration>1ms", "grep inserting", "grep -c a", "timeline user=ada", "bottlenecks",
    "bottlenecks @last", "errors", "errors @error", "note @error", "stats", "stats --by user", "heatmap",
    "compare @error @last", "similar @last", "report @error", "export --format otlp-json", "export @last",
    "push --dry-run http://localhost:1", "correlate @last", "dashboard @last", "check", "lint", "traces", "services",
    "services --graph", "clocks", "status --json", "redact", "prune --dry-run", "pin", "pin @last", "unpin @last",
    "sql select*from(spans)", "sql select*from(logs)", "ingest {logs}/more.log", "learn {logs}/edge.log",
]  # fmt: skip
"""Calls that read a store, also before they write it."""

ELSEWHERE = {"serve", "doctor", "watch", "scale", "import", "formats", "help", "completion"}
"""Verbs that read no rows of a store, or have tests of their own."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_store(tmp_path_factory.mktemp("whole"))


def test_the_walk_knows_every_verb() -> None:
    assert {call.split()[0] for call in WALK} | ELSEWHERE == {verb.name for verb in VERBS}


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
def test_no_verb_takes_damage_for_a_mistake(
    harm: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sql, told, verbs = HARMS[harm]
    monkeypatch.chdir(tmp_path)
    shutil.copy(whole, tmp_path / "harmed.db")
    with closing(sqlite3.connect(tmp_path / "harmed.db")) as connection:
        connection.executescript(sql)
    said = {}
    for call in WALK:
        store = Path(shutil.copy(tmp_path / "harmed.db", tmp_path / "s.db"))
        words = [word.format(logs=whole.parent) for word in call.split()]
        code = main([*words, "--store", str(store)])
        err = capsys.readouterr().err
        assert code in (0, 4, 5, 10), (call, err)
        if code == 4:
            said[words[0]] = err
            assert re.search(rf"store at {store} is damaged: .*\n.*logtrace doctor --store {store}", err), (call, err)
    assert said.keys() >= set(verbs.split()), said
    assert not said or any(told in err for err in said.values()), said
