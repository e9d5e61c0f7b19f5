"""Files that grow, rotate, vanish and come anew: which of them there is something to read in.

A file is held open from when it is first seen: what is written to it counts, whatever its name is by then, also when it was
renamed to a name nobody asked for, or deleted.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import NamedTuple

from logtrace.ingest.files.paths import expand

IDLE_S = 60.0
"""A file that has no name any more is let go after so long without a change."""

HELD = 400
"""So many files are held open; of more, those that changed last."""

Identity = tuple[int, int]


class Place(NamedTuple):
    """A file to look at: its path by now, where its bytes are (see sources.Opened), and when it was last written to."""

    path: str
    at: str
    mtime_ns: int


@dataclass(slots=True)
class _Held:
    path: str
    fd: int | None
    seen: tuple[int, int] | None  # size and time of the last look
    changed_at: float


class Followed:
    """The files that some paths name, over time. left_out: those that are not named like logs, as `expand` has it."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self.left_out: list[str] = []
        self._files: dict[Identity, _Held] = {}

    def changed(self) -> list[Place]:
        """The files that changed since they were last looked at; those without a name first, they are older."""
        named = self._named()
        places: list[Place] = []
        for identity, held in list(self._files.items()):
            try:
                status = os.fstat(held.fd) if held.fd is not None else os.stat(held.path)
            except OSError:
                self._let_go(identity)
                continue
            looks = (status.st_size, status.st_mtime_ns)
            if looks != held.seen:
                held.seen, held.changed_at = looks, time.monotonic()
                if held.fd is None:
                    held.fd = _opened(held.path, identity)
                at = "" if held.fd is None else f"/dev/fd/{held.fd}"
                places.append(Place(held.path, at, status.st_mtime_ns))
            elif identity not in named and time.monotonic() - held.changed_at > IDLE_S:
                self._let_go(identity)
        self._hold_less()
        return sorted(places, key=lambda place: (place.path in named.values(), place.path))

    def size(self) -> int:
        """Bytes of all files that the paths name now."""
        return sum(map(os.path.getsize, filter(os.path.isfile, expand(self._paths)[0])))

    def again(self, place: Place) -> None:
        """Has a file looked at again, though it may not change."""
        for held in self._files.values():
            if held.path == place.path:
                held.seen = None

    def close(self) -> None:
        """Lets go of all files."""
        for identity in list(self._files):
            self._let_go(identity)

    def _named(self) -> dict[Identity, str]:
        """What the paths name now; files met for the first time are opened."""
        named: dict[Identity, str] = {}
        self.left_out.clear()
        for path in expand(self._paths, self.left_out)[0]:
            try:
                status = os.stat(path)
            except OSError:
                continue  # gone since it was listed
            if not stat.S_ISREG(status.st_mode):
                continue
            identity = (status.st_dev, status.st_ino)
            named[identity] = path
            if identity in self._files:
                self._files[identity].path = path
            else:
                self._files[identity] = _Held(path, _opened(path, identity), None, time.monotonic())
        return named

    def _let_go(self, identity: Identity) -> None:
        held = self._files.pop(identity)
        if held.fd is not None:
            os.close(held.fd)

    def _hold_less(self) -> None:
        holding = [held for held in self._files.values() if held.fd is not None]
        for held in sorted(holding, key=lambda held: held.changed_at)[: max(0, len(holding) - HELD)]:
            os.close(held.fd)  # type: ignore[arg-type]
            held.fd = None


def _opened(path: str, identity: Identity) -> int | None:
    """The file with this identity, opened; None where it can't be, or another lies at the path by now."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(fd)
    if (status.st_dev, status.st_ino) != identity:
        os.close(fd)
        return None
    return fd
