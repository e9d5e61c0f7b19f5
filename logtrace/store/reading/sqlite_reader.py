"""The Reader over SQLite: whole traces, put together from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from logtrace.ids import TraceId
from logtrace.model import Trace, TraceSummary
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.reconstruct.trace import Rebuilt, by_trace, rebuild, summary, to_trace, trace_id_of
from logtrace.store.reading import arrays, attribute_arrays, errors, lists, sample
from logtrace.store.reading.direct import direct_trace
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.reader import FragmentReader

if TYPE_CHECKING:
    from logtrace.columns import AttributeColumn, SpanColumns
    from logtrace.store.reading.set_back import SetBack

_LARGE = 2_000
"""From so many spans on it pays to look at rows first."""


class SqliteReader(FragmentReader):
    """Reads a store; see protocol.Reader and protocol.SpanSource. Traces are put together at each reading: rows that no assembly
    has seen count."""

    def trace(self, trace_id: TraceId) -> Trace | None:
        """The trace with all its spans; None where there is none."""
        if self._is_large(trace_id) and (found := direct_trace(self, trace_id)) is not None:
            return found
        fragments = _chosen(by_trace(self.fragments(trace_id.low)), trace_id)
        if not fragments:
            return None
        rebuilt = rebuild(fragments, self.model, self.clocks())
        return to_trace(rebuilt, str(trace_id_of(fragments)), self._opaque_spans([rebuilt]))

    def _is_large(self, trace_id: TraceId) -> bool:
        found = self.run("SELECT 1 FROM span WHERE trace_low = ? LIMIT 1 OFFSET ?", (trace_id.low, _LARGE))
        return bool(found)

    def traces(self, trace_ids: Sequence[TraceId]) -> Iterator[Trace]:
        """The same of several at once, which takes fewer questions; those that are not there are left out. The rows of all are
        in memory meanwhile."""
        known, clocks = self.fragments_of([trace_id.low for trace_id in trace_ids]), self.clocks()
        chosen = (_chosen(by_trace(known.get(trace_id.low, ())), trace_id) for trace_id in trace_ids)
        found = [(str(trace_id_of(parts)), rebuild(parts, self.model, clocks)) for parts in chosen if parts]
        opaque = self._opaque_spans([rebuilt for _, rebuilt in found])
        return (to_trace(rebuilt, trace_id, opaque) for trace_id, rebuilt in found)

    def _opaque_spans(self, found: Iterable[Rebuilt]) -> dict[int, str]:
        keys = {key for rebuilt in found for span in rebuilt.spans for key in (span.key, span.parent)}
        return self.opaque_spans(keys)

    def summary(self, trace_id: TraceId) -> TraceSummary:
        """The list row of a trace that is there; put together anew where no assembly has seen it."""
        found = lists.summary_of(self, trace_id)
        if found is None:
            fragments = _chosen(by_trace(self.fragments(trace_id.low)), trace_id)
            found = summary(rebuild(fragments, self.model, self.clocks()), str(trace_id_of(fragments)))
        return found

    def summaries(self, wanted: Filter) -> list[TraceSummary]:
        """The list rows of traces, in the order that the filter says."""
        return lists.summaries(self, wanted)

    def columns(self, names: Sequence[str], wanted: Filter) -> dict[str, list[Any]]:
        """Values of all spans of those traces, one list a name."""
        return lists.columns(self, names, wanted)

    def span_columns(self, window: arrays.Window) -> SpanColumns:
        return arrays.span_columns(self, window)

    def attribute_column(self, key: str, window: arrays.Window) -> AttributeColumn:
        return attribute_arrays.attribute_column(self, key, window)

    def row_ids(self, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
        return arrays.row_ids(self, rows)

    def newest_span_ns(self) -> int | None:
        return arrays.newest_span_ns(self)

    def error_spans(self, keys: Sequence[str]) -> Iterator[errors.ErrorSpan]:
        return errors.error_spans(self, keys)

    def trace_id_text(self, trace: tuple[int, int]) -> str:
        return errors.trace_id_text(self, trace)

    def begins_ns(self) -> int | None:
        return errors.begins_ns(self)

    def sample_text(self, since_ns: int | None = None, until_ns: int | None = None) -> str:
        return sample.sample_text(self, since_ns, until_ns)

    def weights(self) -> dict[int, float]:
        return sample.weights(self)

    def is_unfinished(self) -> bool:
        return arrays.is_unfinished(self)

    def set_back(self) -> list[SetBack]:
        from logtrace.store.reading.set_back import set_back

        return set_back(self)


def _chosen(groups: dict[tuple[int, int], list[Fragment]], trace_id: TraceId) -> list[Fragment]:
    """The fragments of one trace among those of its low half; the only group where none has the very id."""
    exact = groups.get((trace_id.low, trace_id.high))
    return exact or (next(iter(groups.values())) if len(groups) == 1 else [])
