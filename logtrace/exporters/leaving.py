"""Which spans of a trace leave the house, and which of its lines go with each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logtrace import carried
from logtrace.exporters.names import Event, events_in, line_events, tells_times, trace_hex_of
from logtrace.ids import NO_SPAN, hashed_key, span_id_text
from logtrace.model import UNKNOWN, ErrorLevel, Evidence, Flag, LineRef, Link, Rank, Span, Trace


class Leaving(NamedTuple):
    """A span, and the lines and links that go with it though they name no span."""

    span: Span
    loose: tuple[LineRef, ...]
    links: tuple[Link, ...]

    def lines(self) -> list[Event]:
        """All its log lines as events."""
        own = line_events(self.span.lines, not tells_times(self.span))
        loose = [_marked(each, carried.LOOSE) for each in line_events(self.loose, True)]
        return [_marked(each, carried.UNTIMED) if each.time_ns is None else each for each in own + loose]

    def events(self) -> list[Event]:
        """The events that it was logged with, then its lines."""
        return events_in(self.span) + self.lines()


def leaving(trace: Trace) -> Iterator[Leaving]:
    """The spans of a trace in span order. Those that no line tells of stay: whoever reads sees that a parent is missing, as it
    is. Lines of no span go with the first root; where there are no spans at all, with one that stands in."""
    there = [span for span in trace.spans if not span.phantom]
    if not there and trace.lines:
        yield Leaving(_stand_in(trace), trace.lines, trace.links)
    owner = next((span for span in there if span.parent_key == NO_SPAN), there[0] if there else None)
    for span in there:
        yield Leaving(span, *((trace.lines, span.links + trace.links) if span is owner else ((), span.links)))


def _marked(event: Event, key: str) -> Event:
    return event._replace(attributes={**event.attributes, key: True})


def _stand_in(trace: Trace) -> Span:
    """What holds the lines of a trace that has no spans."""
    key, lines = hashed_key(f"lines of {trace_hex_of(trace.trace_id)}"), Evidence("lines", 0)
    return Span(
        trace_id=trace.trace_id, span_id=span_id_text(key), key=key, parent_span_id=None, parent_key=NO_SPAN, parent=UNKNOWN,
        service=next(iter(trace.line_services), ""), service_rank=Rank.OBSERVED, name="log lines", name_rank=Rank.OBSERVED,
        kind="", start_ns=trace.start_ns, duration_ns=trace.duration_ns, start=lines, end=lines, error=ErrorLevel.NONE,
        error_type="", error_message="", severity=0, attributes={carried.SPAN: True}, flags=int(Flag.LOWER_BOUND),
    )  # fmt: skip
