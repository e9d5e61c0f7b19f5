"""A store of some files that lasts as long as a question about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from logtrace.errors import InputError, Lines
from logtrace.ingest.settings import Settings
from logtrace.jobs.intake.highlights import with_highlights
from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.intake.keyed import keyed
from logtrace.jobs.intake.recording import Progress


class Place(NamedTuple):
    """A store that is yet to be opened: see `Opened`."""

    path: Path
    name: str
    remarks: tuple[str, ...]


@contextmanager
def temporary(paths: Sequence[str], settings: Settings, progress: Progress | None = None) -> Iterator[Place]:
    """Where the store of some log files is (as `ingest` takes them), which is gone when the block is left.

    Raises InputError where no line of them belongs to a trace; a file that can't be read beside others that can is a
    sentence in its `remarks`.
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
        yield Place(path, _named(paths), unread)


def _named(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"these {len(paths)} paths"
