"""The JSON that a page draws: a trace in columns, a span with all that is known of it.

Columns are parallel lists in tree order (parents before their children, children by start). Times are nanoseconds from
the start of the trace, which is text: a browser's numbers do not hold it. Text is as logged: a page shows it as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from logtrace.analysis.traces.critical_path import critical_path
from logtrace.analysis.traces.errors import TraceErrors
from logtrace.analysis.traces.self_time import self_times
from logtrace.model import ErrorLevel, Flag, LogLine, Rank, Span, Trace
from logtrace.views.json.shapes import VERSION, log_line_json, span_json
from logtrace.views.tree.evidence import bound_text, flag_texts, name_text, parent_text

_LOWER_BOUND = int(Flag.LOWER_BOUND)
SURE = 80
"""An inferred parent that is less sure than this is drawn apart."""

Json = dict[str, Any]


def page_trace_json(trace: Trace, told: TraceErrors | None, notes: Iterable[str] = ()) -> Json:
    """A trace to draw; `told`, its errors, is left out where they are not known."""
    path = critical_path(trace)
    walked = list(trace.walk())
    place = {span.key: number for number, (_, span) in enumerate(walked)}
    start_ns, (logged_ns, lasted_ns) = trace.start_ns or 0, trace.logged
    services, names = _numbered(span.service for _, span in walked), _numbered(span.name for _, span in walked)
    return {
        "version": VERSION,
        "trace_id": trace.trace_id,
        "start_ns": str(start_ns),
        "has_times": trace.start_ns is not None,
        "duration_ns": trace.duration_ns,
        "logged": {"start_ns": str(logged_ns or 0), "duration_ns": lasted_ns},
        "services": list(services),
        "names": list(names),
        "warnings": list(trace.warnings),
        "notes": list(notes),
        "lines_without_span": len(trace.lines),
        "path": [[place.get(section.key, -1), section.start_ns - start_ns, section.duration_ns] for section in path.sections],
        "causes": [place[cause.span.key] for cause in told.causes] if told else [],
        "spans": _columns(walked, place, services, names, start_ns, self_times(trace), path.times()),
    }


def _numbered(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found.setdefault(value, len(found))
    return found


def _columns(
    walked: Sequence[tuple[int, Span]], place: dict[int, int], services: dict[str, int], names: dict[str, int], start_ns: int,
    own_ns: dict[int, int], path_ns: dict[int, int],
) -> Json:  # fmt: skip
    spans = [span for _, span in walked]
    return {
        "id": [span.span_id for span in spans],
        "parent": [place.get(span.parent_key, -1) for span in spans],
        "depth": [depth for depth, _ in walked],
        "service": [services[span.service] for span in spans],
        "name": [names[span.name] for span in spans],
        "kind": [span.kind for span in spans],
        "at": [None if span.start_ns is None else span.start_ns - start_ns for span in spans],
        "duration": [span.duration_ns for span in spans],
        "self": [own_ns.get(span.key) for span in spans],
        "path": [path_ns.get(span.key, 0) for span in spans],
        "error": [int(span.error) for span in spans],
        "message": [_short(span) for span in spans],
        "marks": [_marks(span) for span in spans],
        "confidence": [span.parent.confidence for span in spans],
        "lines": [len(span.lines) for span in spans],
    }


def _short(span: Span) -> str:
    text = span.error_message or span.error_type
    return text if len(text) <= 200 else f"{text[:199]}…"


INFERRED, UNSURE, PHANTOM, LOWER_BOUND, GUESSED, OPEN, ADJUSTED = (1 << n for n in range(7))
"""What `marks` adds up: an inferred parent, one that is not sure, a span that left no line, at least so long, a guessed name,
no known end, times corrected by a clock."""


def _marks(span: Span) -> int:
    found = 0
    if span.parent_key and not span.parent.observed:
        found = INFERRED if span.parent.confidence >= SURE else INFERRED | UNSURE
    if span.phantom:
        return found | PHANTOM
    if span.flags & _LOWER_BOUND:
        found |= LOWER_BOUND
    if span.name_rank > Rank.DERIVED:
        found |= GUESSED
    if span.duration_ns is None:
        found |= OPEN
    return found | ADJUSTED if span.skew_ns else found


def page_span_json(span: Span, lines: Sequence[LogLine], notes: Iterable[str] = ()) -> Json:
    """A span with where each thing is known from, in words, and its raw lines."""
    shape = span_json(span)
    shape.pop("lines")
    return {
        "version": VERSION,
        **shape,
        "start_ns": None if span.start_ns is None else str(span.start_ns),
        "failed": span.error == ErrorLevel.HARD,
        "evidence": [
            {"what": "parent", "told": parent_text(span.parent)},
            {"what": "operation", "told": name_text(span)},
            {"what": "start", "told": bound_text(span.start)},
            {"what": "end", "told": bound_text(span.end)},
        ],
        "remarks": flag_texts(span.flags),
        "notes": list(notes),
        "lines": [line_json(line) for line in lines],
    }


def line_json(line: LogLine) -> Json:
    """A raw line; its time as text as well."""
    shape = log_line_json(line)
    return {**shape, "time_ns": None if line.time_ns is None else str(line.time_ns)}
