"""Notes of people about errors and traces: the one thing in a store that comes from no log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from logtrace.store.file.database import write_once
from logtrace.store.reading.reader import FragmentReader


class Note(NamedTuple):
    """What is known about a subject: a trace id as it is shown, or a fingerprint."""

    subject: str
    text: str
    written_ns: int


def notes(reader: FragmentReader, subjects: Iterable[str] | None = None) -> list[Note]:
    """The notes about some subjects (None: about all), oldest first."""
    wanted = None if subjects is None else orjson.dumps(list(subjects)).decode()
    rows = reader.run(
        "SELECT subject, text, written_ns FROM note WHERE ?1 IS NULL OR subject IN (SELECT value FROM json_each(?1)) ORDER BY id",
        (wanted,),
    )
    return [Note(*row) for row in rows]


def write_note(path: Path, note: Note) -> None:
    """Keeps a note. Raises StoreError where another process writes the store."""
    write_once(path, "note", "INSERT INTO note (subject, text, written_ns) VALUES (?, ?, ?)", note)


def remove_notes(path: Path, subject: str) -> None:
    """Forgets all notes about a subject."""
    write_once(path, "note", "DELETE FROM note WHERE subject = ?", (subject,))
