"""Who may read and write the store, and who does."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well
from logtrace.store.file.health import writer_of


def check(patient: Patient) -> Iterator[Told]:
    """What of the store and its folder may not be used as it should be, what others may, and whether it is being written."""
    path = patient.path
    if path is None:
        return
    if not path.exists():
        yield from _none_yet(path)
    elif not path.is_file():
        yield trouble(f"{path} is no file, so it can't be a store", "name a file with --store")
    else:
        yield from _file(path)
        if not path.stat().st_size:
            yield note(f"{path} is empty: there is no store in it yet", f"make it with: logtrace ingest --store {path} PATH…")
        if pid := writer_of(path):
            yield note(f"process {pid} writes the store now")


def _none_yet(path: Path) -> Iterator[Told]:
    if path.is_symlink():
        yield trouble(f"{path} is a link that leads to no file", "remove it, or name another place with --store")
        return
    folder = next(each for each in path.absolute().parents if each.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        yield note(f"there is no store at {path} yet", f"make it with: logtrace ingest --store {path} PATH…")
    else:
        yield trouble(f"no store can be made at {path}: {folder} can't be written", f"chmod u+wx {folder}, or name another place")


def _file(path: Path) -> Iterator[Told]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not os.access(path, os.R_OK):
        yield trouble(f"{path} can't be read (mode {mode:04o})", f"chmod u+rw {path}, or ask its owner")
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        yield note(f"{path} can be read, not written: its disk is read-only", "to ingest into it, copy it to another disk")
    elif not os.access(path, os.W_OK):
        yield note(f"{path} can be read, not written (mode {mode:04o})", f"to ingest into it: chmod u+w {path}")
    elif not os.access(path.absolute().parent, os.W_OK):
        yield trouble(
            "the store can be written, its folder can't: SQLite keeps files beside it", f"chmod u+w {path.absolute().parent}"
        )
    else:
        yield well(f"{path} can be read and written (mode {mode:04o})")
    if mode & stat.S_IROTH:
        yield note("anybody on this machine can read the lines in it", f"chmod o-rwx {path}")
