"""What a store knows about a request that went wrong, put together for a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.analysis.incident import Incident
from logtrace.errors import NotFoundError

if TYPE_CHECKING:
    from logtrace.jobs.opened import Store
    from logtrace.model import Trace


def incident(store: Store, trace: Trace, good: Trace | None) -> Incident:
    """Beside a good request, or else the healthy one most like it; where there is none there is no comparison."""
    history = store.history({(span.service, span.name) for span in trace.spans})
    try:
        compared = store.compare(trace, good)
    except NotFoundError:
        if good is not None:
            raise
        compared = None
    return Incident(trace.adjusted, history, compared, store.logs(trace), store.noted_of(trace))
