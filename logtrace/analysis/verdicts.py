"""What `check` and `lint` found: a report of outcomes, each of one rule, with its findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from logtrace.model import LineRef

ERROR, WARNING, NOTE = "error", "warning", "note"

MOST = 10
"""So many findings of a rule are told, the others counted."""


class Place(NamedTuple):
    """A log line: where it was read."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    message     what, in one sentence
    where       the service and operation it is about; "" for everything
    traces      ids of requests that show it
    lines       log lines that show it, as they are kept; places: as they were read
    """

    message: str
    where: str = ""
    traces: tuple[str, ...] = ()
    lines: tuple[LineRef, ...] = ()
    places: tuple[Place, ...] = ()

    def at(self, *places: Place) -> Finding:
        """The finding with the places of its lines."""
        return replace(self, places=self.places + places)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one rule.

    rule        its name, which stays the same from run to run; about: what it asks for
    level       how bad it is where it does not hold
    findings    the first MOST; count: of all
    remark      what a reader should know of it besides: that it matched nothing
    why, mend   why it matters, and what to do
    """

    rule: str
    about: str
    level: str = ERROR
    findings: tuple[Finding, ...] = ()
    count: int = 0
    remark: str = ""
    why: str = ""
    mend: str = ""

    def strictly(self) -> Outcome:
        """The outcome in which a note is a warning, and a remark a finding."""
        more = (Finding(self.remark),) if self.remark else ()
        level = WARNING if self.level == NOTE else self.level
        return replace(self, level=level, findings=self.findings + more, count=self.count + len(more), remark="")


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes over some traces. tool: check or lint; name: of what was looked at; notes: what a reader should know."""

    tool: str
    name: str
    outcomes: tuple[Outcome, ...]
    traces: int
    spans: int
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something is wrong: findings above the level of notes."""
        return any(outcome.findings and outcome.level != NOTE for outcome in self.outcomes)

    def strictly(self) -> Report:
        """The report in which notes are warnings, and a rule that matched nothing does not hold."""
        return replace(self, outcomes=tuple(outcome.strictly() for outcome in self.outcomes))
