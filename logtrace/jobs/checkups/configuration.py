"""Whether the configuration can be read, and from where it comes."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from logtrace import config
from logtrace.errors import LogtraceError
from logtrace.jobs.checkups._checkup import Patient, Told, note, trouble, well


def check(_patient: Patient) -> Iterator[Told]:
    """The files that count, strongest first; what is wrong with the first that is wrong."""
    try:
        config.load()
        found = [path for path in config.usual_paths() if config.is_there(path)]
    except LogtraceError as error:
        yield trouble(error.message, error.hint or "mend the file; logtrace help config shows all keys")
        return
    yield well(f"read from {', '.join(map(str, found))}" if found else "no logtrace.toml anywhere: all is as it comes")
    for path in found:
        if path.stat().st_mode & stat.S_IWOTH:
            yield note(f"anybody can change {path}", f"chmod o-w {path}")
