"""What a store knows about a request that went wrong, put together for a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.analysis.traces.incident import MOST_LINES, Incident, LeftOut
from logtrace.errors import NotFoundError
from logtrace.jobs.lines.of_trace import loudest_lines
from logtrace.jobs.verbs.compared import compared

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened
    from logtrace.model import Trace


def incident(store: Opened, trace: Trace, good: Trace | None) -> Incident:
    """Beside a good request, or else the healthy one most like it; where there is none there is no comparison."""
    history = store.history({(span.service, span.name) for span in trace.spans})
    try:
        beside = compared(store, trace, good)
    except NotFoundError:
        if good is not None:
            raise
        beside = None
    lines, *left_out = loudest_lines(store.reader, trace, MOST_LINES)
    return Incident(trace.adjusted, history, beside, lines, store.noted_of(trace), LeftOut(*left_out))
