"""The verbs about one request, of an opened store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.model import LogLine, Span, Trace
from logtrace.store.reading import history

if TYPE_CHECKING:
    from logtrace.analysis.traces.errors import TraceErrors
    from logtrace.analysis.traces.similar import Similar
    from logtrace.reconstruct.why import Why
    from logtrace.store.reading.sqlite_reader import SqliteReader


class One:
    """What a store tells about a trace that was found, beside what the trace holds itself."""

    reader: SqliteReader

    def logs(self, trace: Trace, *, around_ns: int | None = None) -> list[LogLine]:
        """The raw lines of a trace in time order; around_ns: also those of its services that name no trace, from so
        long before its start to so long after its end."""
        from logtrace.jobs.lines import of_trace as raw

        return raw.trace_lines(self.reader, trace) if around_ns is None else raw.around(self.reader, trace, around_ns)

    def span_logs(self, trace: Trace | None, span: Span) -> list[LogLine]:
        """The raw lines of one span in time order; of a trace that joins several, as lines of that one."""
        from logtrace.jobs.lines import of_trace as raw

        return raw.span_lines(self.reader, replace(span, trace_id=trace.trace_id) if trace else span)

    def history(self, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
        """(service, operation) → (samples, p99 in ns) of closed spans whose both ends were logged."""
        return history.history(self.reader, pairs)

    def similar(self, trace: Trace, *, limit: int = 10, healthy: bool = False) -> Similar:
        """The requests of the store most like one of them. healthy: only such without any error, and like it but for
        its errors and for how long it took: what it should have been."""
        from logtrace.jobs.verbs.similar import similar

        return similar(self.reader, trace, limit, healthy)

    def has_healthy_like(self, trace: Trace) -> bool:
        """Whether a healthy request of the store begins as a trace does: what `compare` takes."""
        from logtrace.jobs.verbs.similar import has_healthy_like

        return has_healthy_like(self.reader, trace)

    def trace_errors(self, trace: Trace) -> TraceErrors:
        """The errors of a trace, by one clock: in time order, and where they began. Times of different services tell no
        order where they are closer than the correction of their clocks is sure."""
        from logtrace.analysis.traces.errors import trace_errors

        corrected = any(span.skew_ns for span in trace.spans)
        unsure = max((clock.uncertainty_ns for clock in self.reader.clocks().needed), default=0) if corrected else 0
        return trace_errors(trace.adjusted, unsure)

    def why(self, trace: Trace, span: Span) -> Why:
        """Why a span of a trace has its parent: all candidates with their scores."""
        from logtrace.reconstruct.why import why

        return why(trace, span, self.reader.model())
