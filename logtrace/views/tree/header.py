"""The facts about a trace that come before its tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from rich.cells import cell_len
from rich.text import Text

from logtrace.model import ErrorLevel, Flag, Span, Trace
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import LABEL_CELLS, labelled, zone_name
from logtrace.views.elements.names import SURE, span_name
from logtrace.views.elements.text import clean


def header(trace: Trace, width: int, zone: tzinfo, glyphs: Glyphs) -> Iterator[Text]:
    """Lines of `label value`, long values wrapped under themselves."""
    yield from _identity(clean(trace.trace_id), width)
    for label, value, style in _facts(trace, zone, glyphs):
        yield from labelled(label, glyphs.plain(value), width, style)


def _identity(trace_id: str, width: int) -> Iterator[Text]:
    """The trace id, which is to be copied: on a narrow terminal its label gives way before it is broken."""
    if width - LABEL_CELLS < cell_len(trace_id) <= width - len("trace "):
        yield Text(no_wrap=True).append("trace ", palette.DIM).append(trace_id, palette.LABEL)
    else:
        yield from labelled("trace", trace_id, width, palette.LABEL)


def _facts(trace: Trace, zone: tzinfo, glyphs: Glyphs) -> Iterator[tuple[str, str, str]]:
    if trace.roots:
        yield "request", request_text(trace), palette.LABEL
    yield "start", start_text(trace, zone, glyphs), ""
    yield "spans", spans_text(trace), ""
    if trace.errors:
        yield "errors", errors_text(trace.errors), palette.ERROR
    for failure in trace.failures:
        told = ": ".join(clean(text) for text in (failure.error_type, failure.message) if text)
        yield "error", f"{clean(failure.service) or 'a line'}, without a span: {told or 'no message'}", palette.ERROR
    if trace.inferred:
        yield "inferred", inferred_text(trace.inferred, glyphs), ""
    if trace.by_one_clock:
        yield "clocks", f"{clocks_text(trace)}; --raw-times shows times as logged{logged_text(trace, zone)}", ""
    if missing := missing_parents(trace):
        yield "partial", f"{counted(len(missing), 'parent span')} named but never logged: {_some(missing)}", palette.SLOW
    if trace.spans and trace.lines:
        yield "lines", f"{counted(len(trace.lines), 'log line')} without a span", ""
    if linked := linked_traces(trace):
        yield "links", f"to {counted(len(linked), 'other trace')}: {_some(linked)}; --linked draws them as one", ""
    for warning in trace.warnings:
        yield "warning", clean(warning), palette.SLOW


def request_text(trace: Trace) -> str:
    """The first root's operation and service, and how many roots there are besides."""
    root = trace.roots[0]
    service = f", {clean(root.service)}" if root.service else ""
    more = f" (first of {len(trace.roots)} roots)" if len(trace.roots) > 1 else ""
    return span_name(root) + service + more


def start_text(trace: Trace, zone: tzinfo, glyphs: Glyphs) -> str:
    """Start with its zone, and how long the whole trace took, at least."""
    if trace.start_ns is None:
        return "no times were logged; shown in file order"
    start = f"{format_instant(trace.start_ns, zone)} ({zone_name(zone)})"
    return f"{start}, took {glyphs.at_least if may_go_on(trace) else ''}{format_duration(trace.duration_ns or 0)}"


def may_go_on(trace: Trace) -> bool:
    """True where the trace's duration is a lower bound: a root has no known end, or there are only lines."""
    return not trace.roots or any(r.duration_ns is None or r.phantom or bool(r.flags & Flag.LOWER_BOUND) for r in trace.roots)


def spans_text(trace: Trace) -> str:
    """Observed spans (those that stand in for unseen parents apart), services, and the good news of no errors."""
    phantoms = sum(span.phantom for span in trace.spans)
    parts = [f"{len(trace.spans) - phantoms:,}"]
    if phantoms:
        parts.append(f"{phantoms:,} more not logged")
    if not trace.spans:
        parts = ["none", counted(len(trace.lines), "log line")]
    services = [clean(name) for name in trace.services]
    named = f"{counted(len(services), 'service')}: {_some(services)}" if services else "no service named"
    return ", ".join(parts + ([] if trace.errors or trace.failures else ["no errors"]) + [named])


def errors_text(errors: Iterable[Span]) -> str:
    """Failed spans; spans with nothing but a line of level error are told apart."""
    levels = [span.error for span in errors]
    hard, soft = levels.count(ErrorLevel.HARD), levels.count(ErrorLevel.SOFT)
    parts = [f"{counted(hard, 'span')} failed"] if hard else []
    return ", ".join(parts + ([f"{counted(soft, 'span')} with error-level lines only"] if soft else []))


def inferred_text(inferred: list[Span], glyphs: Glyphs) -> str:
    """How many parents no line names, and how they are drawn."""
    unsure = sum(span.parent.confidence < SURE for span in inferred)
    sign = f"{glyphs.tee}{glyphs.guess}{glyphs.guess}"
    doubt = f", {unsure:,} below {SURE} % confidence ({glyphs.tee}{glyphs.guess}?)" if unsure else ""
    return f"{counted(len(inferred), 'parent')} named by no line ({sign}){doubt}"


def linked_traces(trace: Trace) -> list[str]:
    """Ids of other traces that the lines of a trace name, clean; without those that were joined to it."""
    here = {trace.trace_id, *(span.trace_id for span in trace.spans)}
    links = [*trace.links, *(link for span in trace.spans for link in span.links)]
    return [clean(name) for name in dict.fromkeys(str(link.trace) for link in links) if name not in here]


def clocks_text(trace: Trace) -> str:
    """What was added to the times of which services, and how sure that is."""
    shifts: dict[str, list[tuple[int, int]]] = {}
    for span in trace.spans:
        if span.skew_ns:
            shifts.setdefault(span.service, []).append((abs(span.skew_ns), span.skew_ns))
    unsure = {span.service: format_duration(span.skew_unsure_ns) for span in trace.spans if span.skew_unsure_ns}
    told = [
        f"{clean(service) or 'a service'} {_signed(min(found)[1])}" + (f" ± {unsure[service]}" if service in unsure else "")
        for service, found in shifts.items()
    ]
    return f"adjusted: {_some(told)}"


def logged_text(trace: Trace, zone: tzinfo) -> str:
    """What lists tell of a trace whose times are not as logged; "" where that is the same."""
    start_ns, duration_ns = trace.logged
    if start_ns is None or duration_ns is None or trace.logged == (trace.start_ns, trace.duration_ns):
        return ""
    return f": {format_instant(start_ns, zone)}, took {format_duration(duration_ns)}, as in lists"


def _signed(shift_ns: int) -> str:
    return ("+" if shift_ns > 0 else "") + format_duration(shift_ns)


def missing_parents(trace: Trace) -> list[str]:
    """Ids of parents that spans name but no line logged, clean."""
    return [clean(span.span_id) for span in trace.spans if span.phantom]


def _some(names: list[str], most: int = 8) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")
