"""Folders beside what is made, for as long as it is being made."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

_LOCK = "lock"
_YOUNG_S = 60
"""A folder may be so old and not locked yet: its run has just begun."""


@contextmanager
def aside(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder in a folder, named with a prefix, that is gone when the block is left. Those of runs that were killed, which
    nobody else removes, go first: no living run holds their lock."""
    for left in folder.glob(f"{prefix}*/{_LOCK}"):
        _remove_dead(left)
    with TemporaryDirectory(dir=folder, prefix=prefix) as made, (Path(made) / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(made)


def _remove_dead(lock: Path) -> None:
    with suppress(OSError), lock.open("r+") as file:  # it may be gone meanwhile, locked, or of another user
        if time.time() - lock.stat().st_mtime > _YOUNG_S:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent)
