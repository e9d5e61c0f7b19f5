"""Stores whose rows are not such as logtrace writes, and a whole one to harm."""

from __future__ import annotations

from pathlib import Path

from logtrace.cli import main
from tests.jobs.stores import line, story, take, write


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
    "names that are no text": (
        "PRAGMA writable_schema = 1; UPDATE sqlite_master SET name = CAST(x'b5b5' AS TEXT), sql = '?' WHERE name = 'note'",
        "its schema",
        "show ingest prune pin note",
    ),
    "a pin of bytes": ("UPDATE pin SET note = x'ff00'", "note of pin is bytes", "pin"),
}
"""What happened to a store: the SQL, what is told of it, the verbs that must say so."""


def whole_store(folder: Path) -> Path:
    """A store of a story, with a note and a pin, beside its logs."""
    store = folder / "s.db"
    paired = [
        line("77" * 16, f"c{n:015x}", at + n, told, operation="Ask", **more)
        for n in range(90)
        for at, told, more in ((300, "asked", {"event": "span_start"}), (305, "said", {"event": "span_end", "duration_ms": 5}))
    ]
    opaque = line("req-17", "s1", 500, "opaque", duration_ms=3, operation="Ask", user="bob")
    write(
        folder / "edge.log", [*story(), opaque, *paired[:20]]
    )  # so few that no columns are made of them: row 1 is none of those
    take(store, folder / "edge.log", write(folder / "usual.log", paired[20:]))
    write(folder / "more.log", [line("req-17", "s2", 600, "later", duration_ms=3, operation="Ask", user="eve")])
    for call in ("note @error known", "pin @error forever", "learn edge.log"):
        verb, *rest = call.split()
        assert main([verb, *(str(folder / word) if word.endswith(".log") else word for word in rest), "--store", str(store)]) == 0
    return store
