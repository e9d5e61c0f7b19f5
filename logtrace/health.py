"""How a store is, and what was saved of one: plain values that jobs fill and views show."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple


class State(StrEnum):
    """How something is that `logtrace doctor` looked at."""

    WELL = "well"
    NOTE = "note"
    TROUBLE = "trouble"


class Finding(NamedTuple):
    """What `logtrace doctor` found, and how to mend it ("" where there is nothing to mend)."""

    check: str
    state: State
    told: str
    mend: str = ""


class Salvaged(NamedTuple):
    """A store made anew of the lines of another one.

    lost            pieces of text that could not be read any more; unplaced: pieces whose source is not known any more
    again           files that are still there, and are to be ingested again: not all of what was read of them could be saved
    notes, pins, learned: how many of these are lost, which no line tells
    """

    path: str
    sources: int
    lines: int
    traces: int
    lost: int = 0
    unplaced: int = 0
    again: tuple[str, ...] = ()
    notes: int = 0
    pins: int = 0
    learned: int = 0


class Examined(NamedTuple):
    """All that `logtrace doctor` found about a store, and the store that it made where it was asked to."""

    path: str
    findings: tuple[Finding, ...]
    salvaged: Salvaged | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be mended."""
        return all(finding.state is not State.TROUBLE for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `logtrace doctor --json`, version 1."""
        findings = [finding._asdict() for finding in self.findings]
        salvaged = self.salvaged._asdict() if self.salvaged else None
        return {"version": 1, "path": self.path, "well": self.is_well, "findings": findings, "salvaged": salvaged}
