"""The errors of a store by kind."""

from __future__ import annotations

from dataclasses import replace

from logtrace.analysis.error_groups import ErrorGroups, ErrorRow, error_groups
from logtrace.analysis.fingerprints import EXPLICIT_KEYS, STACK_KEYS
from logtrace.store.errors import begins_ns, error_spans, trace_id_text
from logtrace.store.reader import FragmentReader
from logtrace.store.sample import sample_text

KEYS = (*EXPLICIT_KEYS, *STACK_KEYS)


def error_report(reader: FragmentReader, since_ns: int | None, until_ns: int | None, service: str) -> ErrorGroups:
    """See Store.errors."""
    rows = (ErrorRow(*span) for span in error_spans(reader, KEYS))
    found = error_groups(rows, lambda of: trace_id_text(reader, of), since_ns, until_ns, service, begins_ns(reader))
    sampled = sample_text(reader)
    return replace(found, notes=(f"{sampled}; numbers are of what is kept",)) if sampled else found
