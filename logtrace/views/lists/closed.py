"""A trace on one line, as it is told when it gets no more lines."""

from __future__ import annotations

from datetime import tzinfo

from logtrace.model import TraceSummary
from logtrace.units import format_instant
from logtrace.views.elements.ids import significant_id
from logtrace.views.elements.names import took
from logtrace.views.lists.tables import request_of


def trace_line(summary: TraceSummary, zone: tzinfo) -> str:
    """Start, trace id, how long, spans, errors, request: always in this order, two spaces between them."""
    start = format_instant(summary.start_ns, zone) if summary.start_ns is not None else "?"
    spans = f"{summary.spans:,}{'+' if summary.partial else ''} spans"
    errors = f"{summary.errors:,} errors"
    return "  ".join((start, significant_id(summary.trace_id), took(summary), spans, errors, request_of(summary).plain))
