"""A trace of a store as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logtrace.exporters.html import html_file
from logtrace.model import LogLine, Span, Trace
from logtrace.views.elements.text import clean
from logtrace.views.json.analysis import trace_errors_json
from logtrace.views.json.page import line_json, page_span_json, page_trace_json

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened

MOST_SPANS = 5_000
MOST_LINES = 20_000
"""No more than this is held in a file in full; the picture always has all spans."""


def html_export(store: Opened, trace: Trace) -> bytes:
    """The file, which needs neither a server nor the internet."""
    shown = trace.adjusted
    errors = store.trace_errors(trace)
    lines = store.logs(trace)
    by_span: dict[str, list[LogLine]] = {}
    for line in lines:
        by_span.setdefault(line.span_id, []).append(line)
    root = next((span for span in shown.spans if not span.phantom), None)
    title = f"{root.service}: {root.name}" if root else trace.trace_id
    data: dict[str, Any] = {
        "told": "one request, as put together from logs",
        "trace": page_trace_json(shown, errors, [note.text for note in store.noted_of(trace)]),
        "spans": {span.span_id: page_span_json(span, by_span.get(span.span_id, ())) for span in _chosen(shown)},
        "lines": [line_json(line) for line in lines[:MOST_LINES]],
        "more_lines": len(lines) > MOST_LINES,
        "errors": trace_errors_json(errors, []),
    }
    return html_file(f"{clean(title)} · logtrace", data)


def _chosen(trace: Trace) -> list[Span]:
    """The spans that are held in full: those that failed, then the longest."""
    if len(trace.spans) <= MOST_SPANS:
        return list(trace.spans)
    return sorted(trace.spans, key=lambda span: (not span.error, -(span.duration_ns or 0)))[:MOST_SPANS]
