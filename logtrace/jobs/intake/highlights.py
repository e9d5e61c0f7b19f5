"""What the account of an ingest says beyond counts: the traces worth a look, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from logtrace.account import Account
from logtrace.errors import StoreError
from logtrace.jobs.intake.explain import explain
from logtrace.store.reading import lists
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep.status import NOTHING_YET, Mark, documents_at, mark

SHOWN = 5
"""So many slowest and failing traces an ingest names."""


def mark_of(path: Path) -> Mark:
    """How far the assemblies of a store went; NOTHING_YET where it is yet to be made, or its making was killed. Whoever writes
    it then says what is wrong with it, if something is."""
    if not path.exists() or not path.stat().st_size:
        return NOTHING_YET
    try:
        with SqliteReader(path) as reader:
            return mark(reader)
    except StoreError:
        return NOTHING_YET


def with_highlights(account: Account, path: Path, before: Mark = NOTHING_YET) -> Account:
    """The account with the slowest and the failing of the traces that came or grew since `before`; with an explanation where
    lines were read and none was of use, unless they came beside files that had been read before."""
    with SqliteReader(path) as reader:
        if not account.lines_used:
            is_new = account.lines_read and not account.files_unchanged
            return replace(account, explanation=explain(reader)) if is_new else account
        changed = Filter(after_document=documents_at(reader, before), limit=SHOWN)
        slowest = lists.summaries(reader, changed._replace(order="slowest"))
        failing = lists.summaries(reader, changed._replace(errors=True))
        return replace(account, slowest=tuple(slowest), failing=tuple(failing))
