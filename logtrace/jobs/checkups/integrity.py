"""Whether a store is whole: the database by SQLite's own check, its rows by what they belong to, the lines by unpacking them."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.errors import StoreError
from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.store.damage.soundness import sickness
from logtrace.store.file.health import kept, version
from logtrace.store.file.schema import SCHEMA_VERSION
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep.status import waiting
from logtrace.units import counted

_SAVE = "logtrace doctor --repair saves what can be read into a new store"


def check(patient: Patient) -> Iterator[Told]:
    """Damage of the file, damaged or missing lines and messages, and what no assembly has seen yet."""
    path = patient.store
    if path is None:
        return
    try:
        if not (known := version(path)):
            return  # versions says so
        if told := sickness(path):
            yield trouble(f"the database is damaged: {told}", _SAVE)
            return
        found = kept(path)
    except StoreError as error:
        yield trouble(error.message, _SAVE if "doctor" in error.hint else f"{_SAVE}, if it was one; else {error.hint}")
        return
    if found.damaged or found.missing:
        many = len(found.damaged) + found.missing
        yield trouble(f"{many:,} of {found.chunks + found.missing:,} pieces of lines are damaged or missing", _SAVE)
    elif found.messages:
        yield trouble(f"{counted(found.messages, 'message')} of lines can't be found", _SAVE)
    else:
        yield well(f"the database is whole, and so are the lines in it ({counted(found.chunks, 'piece')})")
    if known == SCHEMA_VERSION:
        with SqliteReader(path) as reader:
            if traces := waiting(reader):
                yield note(f"the last ingest did not finish: {traces:,} traces are in no list yet", "ingest the same files again")
