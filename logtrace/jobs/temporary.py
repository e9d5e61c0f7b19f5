"""A store of some files that lasts as long as a question about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from logtrace.errors import InputError, Lines
from logtrace.ingest.settings import Settings
from logtrace.jobs.highlights import with_highlights
from logtrace.jobs.ingest import ingest
from logtrace.jobs.keyed import keyed
from logtrace.jobs.opened import Store
from logtrace.jobs.recording import Progress


@contextmanager
def temporary(paths: Sequence[str], settings: Settings, progress: Progress | None = None) -> Iterator[Store]:
    """The store of some log files (as `ingest` takes them), which is gone when the block is left.

    Raises InputError where no line of them belongs to a trace; a file that can't be read beside others that can is a
    sentence in `remarks` of the store.
    """
    with TemporaryDirectory(prefix="logtrace-") as folder:
        path = Path(folder) / "logtrace.db"
        account = with_highlights(ingest(path, list(paths), keyed(settings, path), progress=progress), path)
        unread = tuple(f"{file} was not read: {reason}" for file, reason in account.files_unreadable)
        if account.explanation:
            raise InputError(account.explanation[0], Lines.of([*account.explanation[1:], *unread]))
        if not account.lines_read:
            told = unread or account.notes or ("they are empty",)
            raise InputError(f"there is nothing to read: {'; '.join(told)}", "name log files, directories or patterns")
        with Store(path, _named(paths), unread) as store:
            yield store


def _named(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"these {len(paths)} paths"
