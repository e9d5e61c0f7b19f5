"""What reading traces offers, whatever holds them: SQLite now, other engines later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from logtrace.ids import TraceId
from logtrace.model import Trace, TraceSummary

if TYPE_CHECKING:
    from logtrace.columns import AttributeColumn, SpanColumns
    from logtrace.store.reading.arrays import Window
    from logtrace.store.reading.errors import ErrorSpan
    from logtrace.store.reading.set_back import SetBack

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


class SpanSource(Protocol):
    """Columns of very many spans: what statistics and reports of errors begin with."""

    def span_columns(self, window: Window) -> SpanColumns:
        """All spans that start in a window."""

    def attribute_column(self, key: str, window: Window) -> AttributeColumn:
        """The values of one key (see model.plain_key) that the rows of a window have, each row's first, by row."""

    def row_ids(self, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Row → (trace id, span id) as they are shown."""

    def newest_span_ns(self) -> int | None:
        """When the last span starts; None where none has a time."""

    def error_spans(self, keys: Sequence[str]) -> Iterator[ErrorSpan]:
        """All errors. keys: attributes to give along, which are rare."""

    def trace_id_text(self, trace: tuple[int, int]) -> str:
        """The id of a trace as it is shown, by (low, high)."""

    def begins_ns(self) -> int | None:
        """When the first trace starts; None where no trace has a time."""

    def sample_text(self, since_ns: int | None = None, until_ns: int | None = None) -> str:
        """That this is a sample, and of what; "" where it is none, or nothing was left out that may be of a window."""

    def weights(self) -> dict[int, float]:
        """The low half of the id of each trace that stands for others → for how many."""

    def is_unfinished(self) -> bool:
        """Whether some spans are not put together yet."""

    def set_back(self) -> list[SetBack]:
        """Where the times of files go back, as far as that is known."""
