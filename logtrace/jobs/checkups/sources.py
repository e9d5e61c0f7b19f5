"""Whether the files that were read are still where they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from logtrace.errors import StoreError
from logtrace.ingest.files.sources import STDIN
from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.store.file.health import source_places

_EXAMPLES = 3
_ARCHIVES = ("tar", "zip")


def check(patient: Patient) -> Iterator[Told]:
    """Sources that are gone (their lines are in the store), and those that are there and can't be read."""
    if patient.store is None:
        return
    try:
        found = source_places(patient.store)
    except StoreError:
        return  # versions and integrity say so
    files = dict.fromkeys(_file(path, kind) for path, kind in found if path != STDIN)
    gone = [path for path in files if not os.path.lexists(path)]
    closed = [path for path in files if path not in gone and not os.access(path, os.R_OK)]
    if closed:
        yield trouble(f"{_some(closed)} can't be read: what is new in them will be missing", "chmod +r, or run as who may read")
    if gone:
        yield note(f"{_some(gone)} of {len(files):,} are no longer there; the lines that were read of them are in the store")
    if files and not gone and not closed:
        yield well(f"{'the file that was read is' if len(files) == 1 else f'all {len(files):,} files that were read are'} there")


def _file(path: str, kind: str) -> str:
    """The file of a source: of a member of an archive, the archive."""
    if kind in _ARCHIVES:
        return next((str(each) for each in Path(path).parents if each.is_file()), path)
    return path


def _some(paths: list[str]) -> str:
    shown = ", ".join(paths[:_EXAMPLES]) + (", …" if len(paths) > _EXAMPLES else "")
    return f"{len(paths):,} file{'s' if len(paths) != 1 else ''} ({shown})"
