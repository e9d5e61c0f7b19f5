"""Spans that were sent under one id: put together they are one span, which is what logs mean by it. Whoever wants them as they
were sent gets each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from logtrace.ids import parse_trace_id
from logtrace.model import Flag, Role, Trace
from logtrace.reconstruct.spans.fragments import FIELD_END, FIELD_START
from logtrace.store.reading.sqlite_reader import SqliteReader

_BOTH = FIELD_START | FIELD_END


def occurrences(reader: SqliteReader, trace: Trace) -> Trace:
    """The trace with a span for each time that an id was used, where lines told both ends by fields. All else of these is what
    is known of the id."""
    wanted = {span.key for span in trace.spans if span.flags & Flag.ATTEMPTS and not span.phantom}
    trace_id = parse_trace_id(trace.trace_id) if wanted else None
    if trace_id is None:
        return trace
    times: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for fragment in reader.fragments(trace_id.low):
        if fragment.span in wanted:
            times[fragment.span].update(
                (mark.start_ns, mark.end_ns)
                for mark in fragment.marks
                if mark.role == Role.COMPLETE and mark.fields & _BOTH == _BOTH and mark.start_ns is not None
                and mark.end_ns is not None and mark.end_ns >= mark.start_ns
            )  # fmt: skip
    spans = [
        replace(span, start_ns=start_ns, duration_ns=end_ns - start_ns)
        for span in trace.spans
        for start_ns, end_ns in (sorted(times[span.key]) if len(times.get(span.key, ())) > 1 else ())
    ]
    whole = [span for span in trace.spans if len(times.get(span.key, ())) <= 1]
    both = sorted([*whole, *spans], key=lambda span: (span.start_ns is None, span.start_ns or 0, -(span.duration_ns or 0)))
    return replace(trace, spans=tuple(both)) if spans else trace
