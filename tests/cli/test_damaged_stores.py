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
from tests.jobs.stores import line, story, take, write

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


def lax(table: str, column: str) -> str:
    """Nothing, where the schema says that there is something."""
    return (
        f"PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = '{table}';"
        f"PRAGMA writable_schema = RESET; UPDATE {table} SET {column} = NULL WHERE rowid = 1"
    )


HARMS = {
    "a text for a duration": ("UPDATE span SET duration_ns = 'odd'", "duration_ns of span is a text", "show stats export"),
    "a text for a start": ("UPDATE trace SET start_ns = 'odd'", "start_ns of trace is a text", "traces search"),
    "nothing for an id": (lax("span", "trace_low"), "1 row of span can't be such", "services"),
    "nothing for the facts": (lax("span", "facts"), "row of the table span can't be read", "export"),
    "nothing for a name": (lax("operation", "name"), "row 1 of operation is not whole", "show export"),
    "bytes for a name": (
        "UPDATE operation SET name = x'ff00' WHERE id = 1",
        "name of operation is bytes",
        "show services errors",
    ),
    "bytes for a message": ("UPDATE body SET text = x'ff00'", "text of body is bytes", "export logs"),
    "bytes for a path": ("UPDATE source SET path = x'ff00'", "path of source is bytes", "status logs"),
    "attributes that are no JSON": ("UPDATE span SET attributes = '['", "row of the table span can't be read", "show"),
    "attributes of another shape": ("UPDATE span SET attributes = '[[1]]'", "row of the table span can't be read", "show"),
    "attributes that nothing tells": ("UPDATE span SET attributes = '[4004]'", "row 1001 of attribute is missing", "show"),
    "a value that is no JSON": ("UPDATE attribute SET value = '{' WHERE id = 1", "of attribute can't be such", "show export"),
    "lines of another shape": ("UPDATE span SET lines = '[[1]]'", "row of the table span can't be read", "show logs"),
    "lines that are cut": ("UPDATE span SET lines = x'0102030405'", "row of the table span can't be read", "show logs"),
    "what is rare of another shape": ('UPDATE span SET extra = \'{"marks":[[1]],"failure":[2]}\'', "", "show errors"),
    "a chunk that does not decompress": ("UPDATE chunk_data SET data = x'28b52ffd00'", "chunk 1: ", "logs grep redact"),
    "a chunk that is no text": (lax("chunk_data", "data"), "chunk_data", "logs grep"),
    "a chunk of other lines": ("UPDATE chunk SET size = 9", "bytes of lines instead of 9", "logs grep redact"),
    "clocks that are no JSON": ("UPDATE model SET clocks = '{'", "clocks of the table model can't be read", "show"),
    "a model of another shape": ("UPDATE model SET pairs = '[[1]]'", "the row of the table model can't be read", "check lint"),
    "settings that are none": ("UPDATE source SET settings = '{'", "rows of source can't be such", "logs"),
    "a note of bytes": ("UPDATE note SET text = x'ff00'", "text of note is bytes", "note errors"),
    "a pin of bytes": ("UPDATE pin SET note = x'ff00'", "note of pin is bytes", "pin"),
}
"""What happened to a store: the SQL, what is told of it, the verbs that must say so."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a story, with a note and a pin, beside its logs."""
    folder = tmp_path_factory.mktemp("whole")
    store = folder / "s.db"
    paired = [
        line("77" * 16, f"c{n:015x}", at + n, told, operation="Ask", **more)
        for n in range(90)
        for at, told, more in ((300, "asked", {"event": "span_start"}), (305, "said", {"event": "span_end", "duration_ms": 5}))
    ]
    opaque = line("req-17", "s1", 500, "opaque", duration_ms=3, operation="Ask", user="bob")
    write(folder / "edge.log", [*story(), opaque, *paired[:80]])
    take(store, folder / "edge.log", write(folder / "usual.log", paired[80:]))
    write(folder / "more.log", [line("req-17", "s2", 600, "later", duration_ms=3, operation="Ask", user="eve")])
    for call in ("note @error known", "pin @error forever", "learn edge.log"):
        verb, *rest = call.split()
        assert main([verb, *(str(folder / word) if word.endswith(".log") else word for word in rest), "--store", str(store)]) == 0
    return store


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
