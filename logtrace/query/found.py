"""What questions about many traces are answered with: plain values."""

from __future__ import annotations

from typing import NamedTuple

from logtrace.model import TraceSummary


class Match(NamedTuple):
    """A span that an expression holds for, or a log line that is of no span.

    A line has no span_id, its message as operation, and says where it stands; trace_id is "" where it names none.
    """

    trace_id: str
    span_id: str
    service: str
    operation: str
    start_ns: int | None
    duration_ns: int | None
    error: int
    path: str = ""
    line: int = 0


class Hit(NamedTuple):
    """A trace that was searched for.

    soft_errors     of its spans with an error those that only a line of level error calls failed
    matched         its spans that the expression holds for; 0 where it asks about the trace alone
    longest         the longest of those
    """

    summary: TraceSummary
    soft_errors: int
    matched: int
    longest: Match | None


class Page(NamedTuple):
    """Some of the traces that were searched for, in the order asked for.

    expression  what was searched for, as an expression; "" for all
    more        whether further traces follow
    notes       sentences about what a reader should know
    """

    hits: tuple[Hit, ...]
    expression: str
    more: bool
    notes: tuple[str, ...]


class Timeline(NamedTuple):
    """The spans of all traces that an expression holds for, and lines of no span, in time order; see Page."""

    entries: tuple[Match, ...]
    expression: str
    more: bool
    notes: tuple[str, ...]
