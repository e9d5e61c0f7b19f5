"""One request in at most 40 lines of Markdown, for a chat: errors and the critical path first, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from logtrace.analysis.traces.errors import trace_errors
from logtrace.analysis.traces.slow import slow_spans
from logtrace.model import ErrorLevel, Span, Trace
from logtrace.store.upkeep.notes import Note
from logtrace.units import counted
from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.elements.markdown import WIDTH, fenced
from logtrace.views.elements.names import place
from logtrace.views.elements.text import clean, fit, shell_word
from logtrace.views.errors.notes import note_text
from logtrace.views.tree.details import error_text
from logtrace.views.tree.findings import finding_texts
from logtrace.views.tree.header import errors_text, request_text, spans_text, start_text
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.rows import spans_of
from logtrace.views.tree.waterfall import Waterfall

MOST_LINES = 40
MOST_FIRST = 8
"""So many spans of the critical path come before others, beside those that failed."""

MOST_FINDINGS = 5
MOST_NOTES = 3
MOST_UNDER = 2
"""So many lines under a span: the beginning of its error, why it is slow."""


def snippet(
    trace: Trace, history: Mapping[tuple[str, str], tuple[int, int]], zone: tzinfo, notes: Sequence[Note] = ()
) -> list[str]:
    """The lines of one fenced block, the fences included. history: see waterfall; notes: of people, oldest first."""
    whole = Waterfall(trace, slow_spans(trace, history), WaterfallOptions(attributes=(), zone=zone))
    head = [fit(line, WIDTH) for line in _head(whole, notes)]
    room = MOST_LINES - len(head) - 3  # fences, and what is left out
    most = room
    while most > 0:
        view = _limited(whole, most)
        tree = [line.plain for block in view.tree(WIDTH) for line in block[: 1 + MOST_UNDER]] if view.rows else []
        if len(tree) <= room:
            return fenced([*head, *tree, *_left_out(trace, view)])
        most = min(most - 1, most * room // len(tree))
    return fenced(head)


def _limited(whole: Waterfall, most: int) -> Waterfall:
    """The same waterfall with so many rows at most; nothing is worked out twice."""
    first = list(whole.findings.path_ns)[:MOST_FIRST]
    view = Waterfall(whole.trace, whole.slow, replace(whole.options, max_rows=most), first)
    view.findings, view.nodes = whole.findings, whole.nodes
    return view


def _head(whole: Waterfall, notes: Sequence[Note]) -> Iterator[str]:
    """Trace, request, start, counts, cause, findings and notes: a line each."""
    trace = whole.trace
    yield f"trace     {clean(trace.trace_id)}"
    if trace.roots:
        yield f"request   {request_text(trace)}"
    yield f"start     {start_text(trace, whole.options.zone, UNICODE)}"
    yield f"spans     {spans_text(trace)}"
    if trace.errors:
        yield f"errors    {errors_text(trace.errors)}"
    if cause := trace_errors(trace).root_cause:
        yield f"cause     {place(cause.span)}: {clean(error_text(cause.span)) or 'no message'}"
    told = list(finding_texts(whole.findings, UNICODE))
    yield from (f"{label:<10}{text}" for label, text in told[:MOST_FINDINGS])
    if (rest := len(told) - MOST_FINDINGS) > 0:
        yield f"and {rest} more findings"
    for note in notes[-MOST_NOTES:]:
        yield f"note      {note_text(note, whole.options.zone)}"
    if (rest := len(notes) - MOST_NOTES) > 0:
        yield f"and {counted(rest, 'older note')}"
    yield ""


def _left_out(trace: Trace, view: Waterfall) -> Sequence[str]:
    rest = len(trace.spans) - sum(spans_of(row.item) for row in view.rows)
    if not rest:
        return ()
    shown = sum(row.item.error == ErrorLevel.HARD for row in view.rows if isinstance(row.item, Span))
    failed = sum(span.error == ErrorLevel.HARD for span in trace.spans) - shown
    return (f"{rest:,} more spans{f', {failed:,} of them failed' if failed else ''}: logtrace show {shell_word(trace.trace_id)}",)
