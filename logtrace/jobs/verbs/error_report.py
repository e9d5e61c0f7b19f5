"""The errors of a store by kind."""

from __future__ import annotations

from dataclasses import replace

from logtrace.analysis.statistics.error_groups import ErrorGroups, ErrorRow, error_groups
from logtrace.analysis.traces.fingerprints import EXPLICIT_KEYS, STACK_KEYS
from logtrace.store.reading.protocol import SpanSource

KEYS = (*EXPLICIT_KEYS, *STACK_KEYS)


def error_report(source: SpanSource, since_ns: int | None, until_ns: int | None, service: str) -> ErrorGroups:
    """See Store.errors."""
    rows = (ErrorRow(*span) for span in source.error_spans(KEYS))
    found = error_groups(rows, source.trace_id_text, since_ns, until_ns, service, source.begins_ns())
    sampled = source.sample_text()
    return replace(found, notes=(f"{sampled}; numbers are of what is kept",)) if sampled else found
