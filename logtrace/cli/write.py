"""Files that a verb writes: nothing is overwritten unasked, nothing half-written stays."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from logtrace.errors import UsageError


def require_free(path: Path, force: bool) -> None:
    """Raises UsageError where a file is there already and may not be overwritten, or its folder is not there."""
    if path.is_dir() or (path.exists() and not force):
        raise UsageError(f"{path} is there already", "--force overwrites it" if path.is_file() else "name a file")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it first, or name another")


def write_file(path: Path, data: bytes, force: bool) -> None:
    """Puts a whole file in its place at once. Raises UsageError as require_free does."""
    require_free(path, force)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            Path(file.name).chmod(0o666 & ~_umask())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
