"""Bottlenecks for people: the operations of the critical path, largest share first, each with what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.traces.bottlenecks import Bottleneck, Bottlenecks
from logtrace.analysis.traces.findings import Findings
from logtrace.analysis.traces.shape import LEAF, PARALLEL, SELF, SEQUENTIAL, SINGLE
from logtrace.model import ErrorLevel, Flag
from logtrace.units import counted, format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.names import duration_text
from logtrace.views.elements.ratios import percent
from logtrace.views.elements.text import clean, wrap
from logtrace.views.tree.details import attribute_text, chosen_attributes, error_text
from logtrace.views.tree.findings import beyond_text, gap_text, named_span, path_text, repeats_text
from logtrace.views.tree.header import request_text

MARGIN = 8


def bottlenecks_view(
    found: Bottlenecks, most: int, attributes: tuple[str, ...], glyphs: Glyphs, *, head: bool = True
) -> RenderableType:
    """The first `most` bottlenecks, spans of one operation as one. attributes: patterns of keys that are worth a look;
    head: begin with the trace and its request."""
    return BottlenecksView(found, most, attributes, glyphs, head)


@dataclass(frozen=True)
class BottlenecksView:
    """A renderable: wrapped when the width is known."""

    found: Bottlenecks
    most: int
    attributes: tuple[str, ...]
    glyphs: Glyphs
    head: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, trace, path = options.max_width, self.found.findings.trace, self.found.findings.path
        if self.head:
            yield from labelled("trace", clean(trace.trace_id), width, palette.LABEL)
        if self.head and trace.roots:
            yield from labelled("request", request_text(trace), width)
        if not path.sections:
            yield from labelled("path", self.glyphs.plain(no_path_text(self.found.findings)), width)
            return
        yield from labelled("path", self.glyphs.plain(path_text(self.found.findings, self.glyphs)), width)
        if self.found.findings.beyond.sections:
            told = f"{beyond_text(self.found.findings, self.glyphs)}; --whole-trace counts it too"
            yield from labelled("after", self.glyphs.plain(told), width)
        groups = by_operation(self.found.spans)
        for number, group in enumerate(groups[: self.most], 1):
            yield Text()
            yield from self._bottleneck(number, group, width)
        if rest := [each for group in groups[self.most :] for each in group]:
            total = sum(each.critical_ns for each in rest)
            more = f"{counted(len(rest), 'more span')}: {format_duration(total)} ({percent(total, path.duration_ns)})"
            yield from (Text(), Text(self.glyphs.plain(more), palette.DIM))

    def _bottleneck(self, number: int, group: Sequence[Bottleneck], width: int) -> Iterator[Text]:
        each, total = group[0], sum(each.critical_ns for each in group)
        share = percent(total, self.found.findings.path.duration_ns)
        head = f"{named_span(self.found.findings, each.span)}{self._on_path(group)}"
        for at, line in enumerate(wrap(self.glyphs.plain(head), width - MARGIN)):
            before = f"{number:>2}. " if at == 0 else ""
            text = Text(no_wrap=True).append(f"{before:<4}", palette.DIM)
            yield text.append(f"{share if at == 0 else '':>5}  ", palette.LABEL).append(
                line, palette.service_style(each.span.service)
            )
        for sentence, style in self._what_to_look_at(each):
            yield from (Text(" " * (MARGIN + 3) + line, style) for line in wrap(self.glyphs.plain(sentence), width - MARGIN - 3))

    def _on_path(self, group: Sequence[Bottleneck]) -> str:
        """`: 4.8s of 4.8s on the path`; of several spans ` × 12: 208ms on the path; the longest, of 18ms:`."""
        took = duration_text(group[0].span, self.glyphs)
        if len(group) == 1:
            return f": {format_duration(group[0].critical_ns)} of {took} on the path"
        total = format_duration(sum(each.critical_ns for each in group))
        return f" {self.glyphs.times} {len(group):,}: {total} on the path; the longest, of {took}:"

    def _what_to_look_at(self, each: Bottleneck) -> Iterator[tuple[str, str]]:
        if each.span.error == ErrorLevel.HARD:
            yield f"it failed: {clean(error_text(each.span)) or 'no message'}", palette.ERROR
        if each.slow:
            yield f"slow: {each.slow}", palette.SLOW
        yield from ((repeats_text(run, self.glyphs), palette.SLOW) for run in each.repeats)
        yield from ((f"gap: {gap_text(gap, self.found.findings)}", "") for gap in each.gaps)
        if text := shape_advice(each):
            yield text, ""
        yield from ((attribute_text(key, value), palette.DIM) for key, value in chosen_attributes(each.span, self.attributes))


def no_path_text(found: Findings) -> str:
    """Why there is no critical path."""
    trace = found.trace
    if not trace.spans:
        return "none: this trace has log lines alone, and no span"
    instant = next((root for root in trace.roots if root.duration_ns == 0), None)
    if instant is None:
        return "not known: no root of this trace has both a start and an end"
    if not any(span.duration_ns for span in trace.spans):
        return "none: no span of this trace took any time"
    return f"none: {named_span(found, instant)} took no time; --whole-trace counts what it set off"


def by_operation(spans: Sequence[Bottleneck]) -> list[list[Bottleneck]]:
    """Spans of one operation as one, the largest share first; so they are within it."""
    groups: dict[tuple[str, str], list[Bottleneck]] = {}
    for each in spans:
        groups.setdefault((each.span.service, each.span.name), []).append(each)
    return sorted(groups.values(), key=lambda group: -sum(each.critical_ns for each in group))


def shape_advice(each: Bottleneck) -> str:
    """What the shape of a span says about where its time went."""
    own = format_duration(each.self_ns or 0)
    if each.span.flags & Flag.LOWER_BOUND:
        return "its end is not logged: it may have taken longer"
    return {
        LEAF: "no span under it: its own work, or a call that is not traced",
        SELF: f"its own work: {own} that no child covers",
        SEQUENTIAL: f"its children run one after the other; {own} is its own",
        PARALLEL: f"its children run side by side ({each.shape.concurrency} at once); {own} is its own",
        SINGLE: f"single child: {own} is its own, the rest that child's",
    }.get(each.shape.label, "")
