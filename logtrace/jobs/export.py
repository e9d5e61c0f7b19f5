"""One trace for others: a file that anybody can open, or what other programs read. A line in FORMATS is all a format needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.errors import NotFoundError
from logtrace.model import LogLine, Span, Trace

if TYPE_CHECKING:
    from logtrace.jobs.opened import Store

MOST_SPANS = 5_000
MOST_LINES = 20_000
"""No more than this is held in a file in full; the picture always has all spans."""


class Format(NamedTuple):
    """A format: what it is for, and how a trace of a store becomes it."""

    about: str
    make: Callable[[Store, Trace], bytes]


def export(store: Store, trace: Trace, name: str) -> bytes:
    """A trace in one of FORMATS."""
    return FORMATS[name].make(store, trace)


def _html(store: Store, trace: Trace) -> bytes:
    from logtrace.exporters.html import html_file
    from logtrace.views.json_analysis import trace_errors_json
    from logtrace.views.json_page import line_json, page_span_json, page_trace_json

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
    return html_file(f"{title} · logtrace", data)


def _chosen(trace: Trace) -> list[Span]:
    """The spans that are held in full: those that failed, then the longest."""
    if len(trace.spans) <= MOST_SPANS:
        return list(trace.spans)
    return sorted(trace.spans, key=lambda span: (not span.error, -(span.duration_ns or 0)))[:MOST_SPANS]


def _jaeger(_: Store, trace: Trace) -> bytes:
    from logtrace.exporters.jaeger import jaeger_trace

    found = {"data": [jaeger_trace(_with_spans(trace))], "total": 0, "limit": 0, "offset": 0, "errors": None}
    return orjson.dumps(found) + b"\n"


def _with_spans(trace: Trace) -> Trace:
    """By one clock. Raises NotFoundError for a trace of lines alone, which those formats have no place for."""
    if not trace.spans:
        raise NotFoundError(f"trace {trace.trace_id} has log lines alone, no span to export", "--format html has its lines")
    return trace.adjusted


def _otlp(_: Store, trace: Trace) -> bytes:
    from logtrace.exporters.otlp import resource_spans

    return orjson.dumps({"resourceSpans": resource_spans(_with_spans(trace))}) + b"\n"


FORMATS: dict[str, Format] = {
    "html": Format("one file with the waterfall, opened from disk", _html),
    "jaeger": Format("the JSON of Jaeger's UI, which it can upload", _jaeger),
    "otlp": Format("OTLP JSON, which collectors read", _otlp),
}
