"""One span in full: everything known about it, where each value comes from, and its log lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.traces.findings import findings
from logtrace.ids import span_id_text
from logtrace.model import ErrorLevel, LogLine, Span, Trace
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.names import duration_text, span_name
from logtrace.views.elements.ratios import percent
from logtrace.views.elements.severity import severity_name, severity_style
from logtrace.views.elements.text import clean, value_text, wrap
from logtrace.views.tree.details import attribute_text, error_lines
from logtrace.views.tree.evidence import bound_text, flag_texts, name_text, parent_text


def span_detail(trace: Trace, span: Span, lines: Sequence[LogLine], zone: tzinfo) -> RenderableType:
    """All about a span; `lines` are its log lines with file and line number, in time order. Nothing is cut."""
    return SpanDetail(trace, span, lines, zone)


@dataclass(frozen=True)
class SpanDetail:
    """A renderable: wrapped when the width is known."""

    trace: Trace
    span: Span
    lines: Sequence[LogLine]
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        for label, value, style in (*self._identity(), *self._times(), *self._errors(width)):
            yield from labelled(label, value, width, style)
        yield from _section("evidence", self._evidence(), width)
        yield from _section("attributes", self._attributes(), width)
        yield from _section("links", self._links(), width)
        yield from self._log(width)

    def _identity(self) -> Iterator[tuple[str, str, str]]:
        span = self.span
        yield "span", clean(span.span_id), palette.LABEL
        yield "trace", clean(span.trace_id), ""
        yield "operation", span_name(span), palette.LABEL
        yield "service", clean(span.service) or "(not named)", palette.service_style(span.service)
        if span.kind:
            yield "kind", clean(span.kind), ""
        yield "parent", self._parent(), ""
        if children := self.trace.children.get(span.key):
            yield "children", f"{len(children):,}", ""

    def _parent(self) -> str:
        if self.span.parent_span_id is None:
            return "none, a root"
        parent = self.trace.by_key.get(self.span.parent_key)
        return clean(self.span.parent_span_id) + (f", {span_name(parent)}" if parent and not parent.phantom else " (not logged)")

    def _times(self) -> Iterator[tuple[str, str, str]]:
        span, known = self.span, f" ({zone_name(self.zone)})"
        start = "not known" if span.start_ns is None else format_instant(span.start_ns, self.zone, 6) + known
        if span.start_ns is not None and self.trace.start_ns is not None:
            start += f", {format_duration(span.start_ns - self.trace.start_ns)} into the trace"
        yield "start", start, ""
        yield "duration", duration_text(span, UNICODE) + ("" if span.duration_ns is None else f" ({span.duration_ns:,} ns)"), ""
        yield from ((label, text, "") for label, text in self._own())
        if span.skew_ns:
            yield "clock", self._clock(), ""
        if span.attempts > 1:
            yield "attempts", str(span.attempts), ""

    def _clock(self) -> str:
        """What its clock needs, and whether that is in the times here."""
        span = self.span
        added = format_duration(span.skew_ns)
        if span.skew_unsure_ns:
            added += f" (plus or minus {format_duration(span.skew_unsure_ns)})"
        if not self.trace.by_one_clock:
            return f"times are as logged; to meet the clocks of other services, {added} were to be added"
        logged = "" if span.start_ns is None else f"; logged start: {format_instant(span.start_ns - span.skew_ns, self.zone, 6)}"
        return f"{added} are added to its times to meet the clocks of other services{logged}"

    def _own(self) -> Iterator[tuple[str, str]]:
        """What the span did with its time: by itself, through its children, on the critical path."""
        found = findings(self.trace)
        if (own_ns := found.self_ns(self.span)) is not None and self.trace.children.get(self.span.key):
            made = found.shape(self.span)
            yield "self", f"{format_duration(own_ns)}; its children: {made.label}, {percent(made.coverage, 1)} covered"
        if on_path := found.path_ns.get(self.span.key):
            yield (
                "path",
                f"{format_duration(on_path)} of it on the critical path ({percent(on_path, found.path.duration_ns)} of that)",
            )

    def _errors(self, width: int) -> Iterator[tuple[str, str, str]]:
        style = palette.ERROR if self.span.error == ErrorLevel.HARD else palette.SOFT_ERROR
        for number, line in enumerate(error_lines(self.span, width - 10)):
            yield "status" if number == 0 else "", line, style

    def _evidence(self) -> Iterator[str]:
        span = self.span
        yield f"start: {bound_text(span.start)}"
        yield f"end: {bound_text(span.end)}"
        yield f"parent: {parent_text(span.parent)}"
        yield f"name: {name_text(span)}"
        yield from flag_texts(span.flags)

    def _attributes(self) -> Iterator[str]:
        for key, value in sorted(self.span.attributes.items()):
            yield attribute_text(key, value)
            if others := self.span.attribute_conflicts.get(key):
                yield f"  also logged as: {', '.join(map(value_text, others))}"

    def _links(self) -> Iterator[str]:
        for link in self.span.links:
            yield clean(str(link.trace)) + (f", span {span_id_text(link.span)}" if link.span else "")

    def _log(self, width: int) -> Iterator[Text]:
        if not self.lines:
            return
        yield from (Text(), Text(f"{counted(len(self.lines), 'log line')}{self._as_logged()}", palette.LABEL))
        for line in self.lines:
            yield from _log_line(line, width, self.zone)

    def _as_logged(self) -> str:
        return ", times as logged" if self.trace.by_one_clock and self.span.skew_ns else ""


def _section(title: str, texts: Iterator[str], width: int) -> Iterator[Text]:
    """A title and its texts, wrapped; nothing where there are none."""
    found = list(texts)
    if found:
        yield from (Text(), Text(title, palette.LABEL))
    for text in found:
        margin = " " * (2 + len(text) - len(text.lstrip()))
        yield from (Text(margin + line, no_wrap=True) for line in wrap(text, width - len(margin)))


def _log_line(line: LogLine, width: int, zone: tzinfo) -> Iterator[Text]:
    """`time SEVERITY file:line`, and under it the message."""
    time = format_instant(line.time_ns, zone) if line.time_ns is not None else "(no time)"
    head = Text(f"  {time} ", palette.DIM).append(f"{severity_name(line.severity)} ".lstrip(), severity_style(line.severity))
    yield head.append(f"{clean(line.path)}:{line.line}")
    for text in wrap(clean(line.body or line.text), width - 4):
        yield Text(f"    {text}", no_wrap=True)
