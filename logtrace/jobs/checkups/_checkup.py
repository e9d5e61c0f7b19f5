"""What a checkup is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from logtrace.health import Finding, State


class Patient(NamedTuple):
    """What is looked at. path: of the store; None where the configuration does not tell it. now_ns: what the clock says."""

    path: Path | None
    now_ns: int

    @property
    def store(self) -> Path | None:
        """The store's file, None where there is none yet."""
        return self.path if self.path is not None and self.path.is_file() and self.path.stat().st_size else None


class Told(NamedTuple):
    """What a checkup says."""

    state: State
    told: str
    mend: str = ""


class Checkup(NamedTuple):
    """A checkup: its name, what it looks at, and what it finds, in order."""

    name: str
    about: str
    check: Callable[[Patient], Iterator[Told]]

    def findings(self, patient: Patient) -> Iterator[Finding]:
        """What it found, with its name."""
        for each in self.check(patient):
            yield Finding(self.name, *each)


def well(told: str) -> Told:
    """All is as it should be."""
    return Told(State.WELL, told)


def note(told: str, mend: str = "") -> Told:
    """Something is worth knowing."""
    return Told(State.NOTE, told, mend)


def trouble(told: str, mend: str) -> Told:
    """Something is to be mended."""
    return Told(State.TROUBLE, told, mend)
