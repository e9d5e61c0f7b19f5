"""A request beside a good one, or beside the healthy ones most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logtrace.analysis.compare import Compared, compare
from logtrace.errors import NotFoundError
from logtrace.model import Trace

if TYPE_CHECKING:
    from logtrace.jobs.opened import Store

HEALTHY = 5
"""So many healthy requests are compared with, where none is named."""


def compared(store: Store, bad: Trace, good: Trace | None) -> Compared:
    """See Store.compare."""
    history = store.history({(span.service, span.name) for span in bad.spans})
    if good is not None:
        return Compared(compare(good, bad, history), (), None)
    found = store.similar(bad, limit=HEALTHY, healthy=True)
    if not found.matches:
        hint = "name a good one: logtrace compare GOOD BAD"
        raise NotFoundError(f"no healthy request in the store begins as {bad.trace_id} does", hint)
    first, *others = [compare(store.trace(each.summary.trace_id), bad, history) for each in found.matches]
    return Compared(first, tuple(others), found)
