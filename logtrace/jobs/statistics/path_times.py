"""The bottlenecks of a store's requests together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.jobs.statistics.of_spans import Asked, notes, spans_of
from logtrace.store.reading.arrays import around
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.analysis.statistics.path_times import WindowBottlenecks
    from logtrace.store.reading.protocol import SpanSource


def window_bottlenecks(source: SpanSource, asked: Asked) -> WindowBottlenecks:
    """See Many.bottlenecks."""
    from logtrace.analysis.statistics.path_times import PathTimes, root_of
    from logtrace.analysis.statistics.path_times import window_bottlenecks as found_in
    from logtrace.columns import MISSING

    spans = source.span_columns(around(asked.since_ns, asked.until_ns))
    chosen = spans.within(asked.since_ns, asked.until_ns) & spans_of(spans, asked)
    roots = spans.roots[chosen[spans.roots]].tolist()
    walked = PathTimes(spans)
    for root in roots:
        walked.add(root)
    examples = sorted({root_of(tally) for tally in (*walked.operations.values(), *walked.paths.values())})
    ids = source.row_ids([int(spans.row[root]) for root in examples])
    trace_ids = {root: ids[int(spans.row[root])][0] for root in examples}
    found = found_in(spans, roots, trace_ids, walked, (asked.since_ns, asked.until_ns))
    open_ = sum((~spans.closed[roots] & (spans.duration_ns[roots] != MISSING)).tolist())
    going = f"the end of {counted(open_, 'request')} is not logged: what is known to have passed counts"
    return replace(found, notes=(*notes(source, spans.where(chosen)), *([going] if open_ else [])))
