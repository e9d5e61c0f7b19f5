"""What reading traces offers, whatever holds them: SQLite now, other engines later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from logtrace.ids import TraceId
from logtrace.model import Trace, TraceSummary

ORDERS = ("newest", "oldest", "slowest", "errors", "spans")


class Filter(NamedTuple):
    """Which traces, and in which order.

    since_ns, until_ns   the start is not before, and before; None: no limit. A trace without a time is in no window
    service              one of the trace's services; "" for any
    errors               only traces with an error
    order                one of ORDERS; traces that lack what is ordered by come last
    limit                None: all
    after_document       only traces that were assembled after this document (see status.documents_at)
    """

    since_ns: int | None = None
    until_ns: int | None = None
    service: str = ""
    errors: bool = False
    order: str = "newest"
    limit: int | None = None
    after_document: int = 0


class Reader(Protocol):
    """Reads traces. Statistics work on columns, never on thousands of Trace objects."""

    def trace(self, trace_id: TraceId) -> Trace | None:
        """The trace with all its spans; None where there is none."""

    def summaries(self, wanted: Filter) -> list[TraceSummary]:
        """The list rows of traces, in the order that the filter says."""

    def columns(self, names: Sequence[str], wanted: Filter) -> dict[str, list[Any]]:
        """Values of all spans of those traces, one list a name, all in one order. Names: see lists.SPAN_COLUMNS."""
