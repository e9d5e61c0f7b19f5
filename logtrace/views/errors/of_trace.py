"""The errors of one trace for people: the root cause with its way up, what else failed, and all errors in time order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.traces.errors import LOOSE, ORIGIN, PROPAGATED, SOFT, Cause, ErrorMark, TraceErrors, error_time_ns
from logtrace.analysis.traces.fingerprints import span_fingerprint
from logtrace.analysis.traces.retries import Retries
from logtrace.model import Failure
from logtrace.store.upkeep.notes import Note
from logtrace.units import NS, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.names import place, span_name
from logtrace.views.elements.text import clean
from logtrace.views.errors.notes import note_lines
from logtrace.views.tree.details import error_text, typed_text
from logtrace.views.tree.header import request_text

_WHAT = {ORIGIN: "began here", PROPAGATED: "passed on", SOFT: "error line", LOOSE: "a line"}

MIN_ERROR = 24
MOST = 40
"""So many errors of the timeline are listed."""


def trace_errors_view(
    found: TraceErrors, zone: tzinfo, glyphs: Glyphs, everything: bool = False, notes: Sequence[Note] = ()
) -> RenderableType:
    """Lines as wide as the console; no message is cut.

    everything  the whole timeline, however long
    notes       about the trace, and about the errors in it
    """
    return TraceErrorsView(found, zone, glyphs, everything, notes)


@dataclass(frozen=True)
class TraceErrorsView:
    """A renderable: wrapped when the width is known."""

    found: TraceErrors
    zone: tzinfo
    glyphs: Glyphs
    everything: bool
    notes: Sequence[Note] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, trace = options.max_width, self.found.trace
        yield from labelled("trace", clean(trace.trace_id), width, palette.LABEL)
        if trace.roots:
            yield from labelled("request", request_text(trace), width)
        if trace.start_ns is not None:
            yield from labelled("start", f"{format_instant(trace.start_ns, self.zone)} ({zone_name(self.zone)})", width)
        for label, value, style in error_facts(self.found, self.glyphs):
            yield from labelled(label, self.glyphs.plain(value), width, style)
        yield from note_lines(self.notes, width, self.zone)
        if self.found.timeline:
            yield Text()
            yield from self._timeline(width)

    def _timeline(self, width: int) -> Iterator[Text]:
        marks = self.found.timeline if self.everything else self.found.timeline[:MOST]
        columns = [Column("after", True), Column(""), Column("span"), Column(""), Column("error")]
        yield from grid(columns, [self._row(mark) for mark in marks], width, cut=False, least=MIN_ERROR)
        if rest := len(self.found.timeline) - len(marks):
            yield Text(f"{rest:,} more errors: --all shows them", palette.DIM)

    def _row(self, mark: ErrorMark) -> Sequence[Text]:
        style = palette.SOFT_ERROR if mark.what == SOFT else palette.ERROR
        return (
            Text(self.glyphs.plain(after_text(self.found, mark.time_ns))),
            Text(self.glyphs.soft if mark.what == SOFT else self.glyphs.error, style),
            _where(mark),
            Text(_WHAT[mark.what], palette.DIM),
            Text(_told(mark)),
        )


def error_facts(found: TraceErrors, glyphs: Glyphs) -> Iterator[tuple[str, str, str]]:
    """(label, text, style) of what is known about why a trace failed."""
    cause = found.root_cause
    if cause is None:
        yield "cause", no_cause_text(found), ""
        return
    yield "cause", f"{place(cause.span)}: {clean(error_text(cause.span)) or 'no message'}", palette.ERROR
    yield from ((label, text, "") for label, text in cause_facts(found, cause, glyphs))
    for other in found.causes[1 : MOST + 1]:
        label = "also" if other.reaches_root else "handled" if other.recovered else "beside"
        yield label, f"{place(other.span)}: {clean(error_text(other.span)) or 'no message'}; {end_text(other)}", ""
    if len(found.causes) > MOST + 1:
        yield "also", f"{len(found.causes) - MOST - 1:,} more that began by themselves", ""
    if found.doubt_ns >= NS["ms"] and len(found.trace.services) > 1:
        yield "clocks", f"times of different services can't tell an order below {format_duration(found.doubt_ns)}", ""


def cause_facts(found: TraceErrors, cause: Cause, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """What is known about one cause: its attempts, its way up, its other side, its fingerprint."""
    if cause.retries is not None:
        yield "attempts", retries_text(cause.retries, glyphs)
    for number, span in enumerate(cause.chain[1:]):
        hop = f", the caller in {clean(span.service)}" if span.service != cause.chain[number].service else ""
        doubt = "" if cause.chain[number].parent.observed else " (inferred parent)"
        at = after_text(found, error_time_ns(span))
        message = clean(error_text(span)) or "no message"
        yield ("passed on" if number == 0 else ""), f"{place(span)}{hop}{doubt} {at}: {message}"
    yield "ends", end_text(cause)
    if cause.no_callee:
        yield "callee", "left no log: it was not reached, did not answer in time, or does not log this trace"
    yield "known as", f"{span_fingerprint(cause.span)}"


def no_cause_text(found: TraceErrors) -> str:
    """Why there is no root cause."""
    if not found.timeline:
        return "none: no span failed, and no line of level error was logged"
    if any(mark.what == SOFT for mark in found.timeline):
        return "none: no span failed; there are lines of level error, which may be harmless"
    return "no span failed; lines without a span tell errors"


def end_text(cause: Cause) -> str:
    """Where the chain ends: at the request, at who handled it, at a caller that was never logged."""
    last = place(cause.chain[-1])
    if cause.recovered:
        return (
            f"a later attempt went well: {place(cause.stopped_at)} did not fail"
            if cause.stopped_at
            else "a later attempt went well"
        )
    if cause.reaches_root:
        return f"{last} is the request itself: it failed" if len(cause.chain) > 1 else "it is the request itself"
    if cause.stopped_at is not None and cause.stopped_at.phantom:
        return f"the caller of {last} was never logged"
    if cause.stopped_at is None:
        return ""
    if cause.not_awaited:
        return f"{place(cause.stopped_at)} did not wait for it, and could not know"
    return f"{place(cause.stopped_at)} tells no error: it handled this one, or swallowed it"


def retries_text(group: Retries, glyphs: Glyphs) -> str:
    """`4, all failed; waited 1s, 2s, 4s between them (in Retry)`."""
    count = len(group.attempts)
    result = f"{group.failures} failed, then it went well" if group.recovered else "all failed"
    waits = [format_duration(wait) for wait in group.waits_ns[:8]] + ["…"] * (len(group.waits_ns) > 8)
    waited = f"; waited {', '.join(waits)} between them" if waits else ""
    where = f" (in {span_name(group.wrapper)})" if group.wrapper is not None else ""
    told = "" if group.told else "; that they are retries is inferred from their order"
    return glyphs.plain(f"{count}, {result}{waited}{where}{told}")


def after_text(found: TraceErrors, time_ns: int | None) -> str:
    """`+204ms` after the start of the trace; `(no time)`."""
    if time_ns is None or found.trace.start_ns is None:
        return "(no time)"
    return f"+{format_duration(time_ns - found.trace.start_ns)}"


def _where(mark: ErrorMark) -> Text:
    if mark.span is None:
        service = mark.failure.service if mark.failure is not None else ""
        return Text(f"{clean(service) or '(no service)'}, without a span", palette.service_style(service))
    attempt = f" ({mark.attempt[0]} of {mark.attempt[1]})" if mark.attempt else ""
    return Text(place(mark.span) + attempt, palette.service_style(mark.span.service))


def _told(mark: ErrorMark) -> str:
    text = error_text(mark.span) if mark.span is not None else failure_text(mark.failure)
    return clean(text) or "no message"


def failure_text(failure: Failure | None) -> str:
    """Type and message of an error without a span, not yet clean."""
    return typed_text(failure.error_type, failure.message) if failure is not None else ""
