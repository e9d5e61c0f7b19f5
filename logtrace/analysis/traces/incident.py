"""What a note about an incident is made of: a request, its errors, where its time went, a good one beside it, its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from logtrace.analysis.traces.bottlenecks import Bottlenecks, bottlenecks
from logtrace.analysis.traces.compare import Compared
from logtrace.analysis.traces.errors import TraceErrors, trace_errors
from logtrace.analysis.traces.findings import Findings
from logtrace.model import LogLine, Trace
from logtrace.store.upkeep.notes import Note

MOST_LINES = 80


class LeftOut(NamedTuple):
    """How many lines a note has no room for; loud: how many of them are of level warning or above."""

    lines: int
    loud: int


_NOTHING = LeftOut(0, 0)


@dataclass(frozen=True)
class Incident:
    """A request, by one clock. history: see bottlenecks; compared: None where there is nothing to compare with; lines: its raw
    lines in time order, of many the loudest; notes: of people, about it and its errors; left_out: of its lines."""

    trace: Trace
    history: Mapping[tuple[str, str], tuple[int, int]]
    compared: Compared | None
    lines: Sequence[LogLine]
    notes: Sequence[Note]
    left_out: LeftOut = _NOTHING

    @cached_property
    def errors(self) -> TraceErrors:
        """Its errors in time order, and where they began."""
        return trace_errors(self.trace)

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """Of the request; where that took no time, of all that it set off."""
        found = self._of_request
        return found if found.spans else bottlenecks(self.trace, self.history, whole_trace=True)

    @property
    def findings(self) -> Findings:
        """About the request."""
        return self._of_request.findings

    @cached_property
    def _of_request(self) -> Bottlenecks:
        return bottlenecks(self.trace, self.history)
