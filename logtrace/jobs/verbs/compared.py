"""A request beside a good one, or beside the healthy ones most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.analysis.traces.compare import Compared, compare
from logtrace.errors import NotFoundError
from logtrace.model import Trace

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened

HEALTHY = 5
"""So many healthy requests at most are compared with, where none is named."""

MOST_APART = 0.1
"""They are hardly less like it than the first is."""


def compared(store: Opened, bad: Trace, good: Trace | None) -> Compared:
    """See Store.compare."""
    history = store.history({(span.service, span.name) for span in bad.spans})
    if good is not None:
        return Compared(compare(good.adjusted, bad.adjusted, history), (), None)
    found = store.similar(bad, limit=HEALTHY, healthy=True)
    if not found.matches:
        hint = "name a good one: logtrace compare GOOD BAD"
        raise NotFoundError(f"no healthy request in the store begins as {bad.trace_id} does", hint)
    least = found.matches[0].likeness - MOST_APART
    alike = [each.summary.trace_id for each in found.matches if each.likeness >= least]
    first, *others = [compare(store.trace(trace_id).adjusted, bad.adjusted, history) for trace_id in alike]
    return Compared(first, tuple(others), found)
