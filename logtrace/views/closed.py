"""A trace on one line, as it is told when it gets no more lines."""

from __future__ import annotations

from datetime import tzinfo

from logtrace.model import TraceSummary
from logtrace.units import format_instant
from logtrace.views.ids import significant_id
from logtrace.views.tables import request_of
from logtrace.views.tree.labels import took


def trace_line(summary: TraceSummary, zone: tzinfo) -> str:
    """Start, trace id, how long, spans, errors, request: always in this order, two spaces between them."""
    start = format_instant(summary.start_ns, zone) if summary.start_ns is not None else "?"
    spans = f"{summary.spans:,}{'+' if summary.partial else ''} spans"
    errors = f"{summary.errors:,} errors"
    return "  ".join((start, significant_id(summary.trace_id), took(summary), spans, errors, request_of(summary).plain))
