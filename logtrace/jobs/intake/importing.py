"""Import: files that were exported → lines that ingest reads → store.

Files are cut into lines aside, and read only once all of them are whole: of one that is broken nothing comes into the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from logtrace.account import Account
from logtrace.errors import InputError, LogtraceError, UsageError
from logtrace.ingest.exports import BOM, HEAD, IMPORTS, import_of
from logtrace.ingest.exports._import import Import
from logtrace.ingest.exports.json_parts import BrokenError, Read
from logtrace.ingest.files import sources
from logtrace.ingest.files.compression import Budget, DamagedError, unpacked
from logtrace.ingest.files.paths import expand
from logtrace.ingest.settings import DEFAULTS, Settings
from logtrace.jobs.intake.aside import aside
from logtrace.jobs.intake.ingest import ingest
from logtrace.jobs.intake.recording import Progress


class Imported(NamedTuple):
    """What came of an import: the account of the lines that the files were cut into, and each file with its format."""

    account: Account
    formats: dict[str, str]


def import_files(
    store: Path,
    paths: list[str],
    form: str = "",
    settings: Settings = DEFAULTS,
    *,
    shared: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Reads exported files into a store; what is there already stays as it is. form: the format of all; "" tells it by content.

    Raises InputError, and leaves the store alone, where a file can't be read, is of no known format, or is broken.
    """
    known, begun = _named(form), time.perf_counter()
    with cut(paths, store.parent, known, progress) as (places, formats):
        account = ingest(store, list(places), settings, shared=shared, progress=progress, places=places)
    return Imported(replace(account, wall_s=time.perf_counter() - begun), formats)


@contextmanager
def cut(
    paths: list[str], folder: Path, known: Import | None = None, progress: Progress | None = None
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """(where the lines of each file are, the format of each), for the length of a `with` block. Raises InputError."""
    files, unreadable = expand(paths)
    if unreadable:
        raise InputError(f"not read: {unreadable[0].path}: {unreadable[0].reason}")
    folder.mkdir(parents=True, exist_ok=True)
    with aside(folder, ".logtrace-import-") as room:
        places, formats = {}, {}
        for number, path in enumerate(files):
            places[path] = str(room / f"{number}.jsonl")
            formats[path] = _cut(path, Path(places[path]), known, progress)
        yield places, formats


def _named(name: str) -> Import | None:
    if not name:
        return None
    found = next((each for each in IMPORTS if each.name == name), None)
    if found is None:
        raise UsageError(f"there is no format {name!r} to import", f"known: {', '.join(each.name for each in IMPORTS)}")
    return found


def _cut(path: str, into: Path, known: Import | None, progress: Progress | None) -> str:
    """Writes the lines of a file; the name of its format."""
    with _opened(path) as read:
        source = _Source(path, read, progress)
        form = _form(path, source.head, known)
        try:
            _write(into, form.lines(source.read), source)
        except BrokenError as error:
            raise InputError(
                f"{path}: {error.reason} (byte {error.at:,}, after {source.lines:,} spans, read as {form.name})",
                "nothing of it was read into the store",
            ) from error
        except DamagedError as error:
            raise InputError(f"{path}: {error} (byte {source.done:,})", "nothing of it was read into the store") from error
    if not source.lines:
        raise InputError(f"{path} holds no spans (read as {form.name})", "--format says what it is, where that is wrong")
    return form.name


def _form(path: str, head: bytes, known: Import | None) -> Import:
    """The format of a file. Raises InputError where it is none that can be read, or not the one that was said."""
    found = import_of(head)
    if known is not None and not known.begins(head):
        hint = f"leave --format out: it begins like {found.name}" if found else "look at what the file is; logs are for ingest"
        raise InputError(f"{path} does not begin like {known.name}", hint)
    if found is None:
        names = ", ".join(each.name for each in IMPORTS)
        raise InputError(f"{path} begins like no export that is known", f"known are {names}; logs are for ingest")
    return known or found


def _write(into: Path, lines: Iterator[bytes], source: _Source) -> None:
    try:
        with into.open("wb") as out:
            for line in lines:
                out.write(line + b"\n")
                source.lines += 1
    except DamagedError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "nothing was read into the store; an import needs as much room beside it as its files have unpacked"
        raise LogtraceError(f"{into.parent.parent} can't be written: {reason}", hint) from error


class _Source:
    """The bytes of a file on their way, counted; `head` is given again."""

    def __init__(self, path: str, read: Read, progress: Progress | None) -> None:
        self._read = read
        self._progress = progress
        self.done = self.lines = 0
        head = read(HEAD)
        while len(head) < HEAD and (more := read(HEAD - len(head))):
            head += more
        self.head = head.removeprefix(BOM)
        self._left = self.head
        if not head:
            raise InputError(f"{path} is empty")

    def read(self, size: int) -> bytes:
        """The next bytes."""
        if self._left:
            data, self._left = self._left[:size], self._left[size:]
        else:
            data = self._read(size)
        self.done += len(data)
        if self._progress is not None:
            self._progress(self.done, 0, self.lines)
        return data


@contextmanager
def _opened(path: str) -> Iterator[Read]:
    """Reads a file without its compression. Raises InputError where it can't be read."""
    with ExitStack() as stack:
        try:
            if path == sources.STDIN:
                yield sources.standard_input().read
                return
            raw = stack.enter_context(Path(path).open("rb"))
            stream, _ = unpacked(raw, Budget(Path(path).stat().st_size))
            yield stream.read
        except DamagedError as error:
            raise InputError(f"{path}: {error}", "nothing of it was read into the store") from error
        except OSError as error:
            raise InputError(f"not read: {path}: {sources.why(error)}") from error
