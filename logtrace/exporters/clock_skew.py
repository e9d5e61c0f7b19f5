"""How Jaeger's query service sees clocks: in one trace alone. A span of another host than its parent's that does not lie
within it would belong into its middle, and what follows on the same host moves with it.

Source: jaeger v2.20, adjuster/clockskew.go. One difference, because logs seldom name hosts: where a span has none, its
service stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from logtrace.exporters.go_time import go_duration
from logtrace.ids import NO_SPAN, span_id_text
from logtrace.model import Span, Trace

_HOSTS = ("host.id", "host.ip", "host.name", "host", "hostname")


class Seen(NamedTuple):
    """A trace with the times that Jaeger would show, and sentences about spans (by key)."""

    trace: Trace
    told: dict[int, str]


class _Place(NamedTuple):
    """A span in the tree, its parent as it is shown, and by how much what runs on some host is off there."""

    span: Span
    parent: Span
    host: str
    delta_ns: int


def seen_by_jaeger(trace: Trace, most_ns: int) -> Seen:
    """Spans are moved by at most so much; where it would be more is said why they are not, and so of orphans."""
    told: dict[int, str] = {}
    moved: dict[int, Span] = {}
    waiting: list[_Place] = []
    for span in trace.spans:
        if span.phantom or _parent(trace, span) is not None:
            continue
        if span.parent_key != NO_SPAN:
            told[span.key] = f"parent span ID={span_id_text(span.parent_key)} is not in the trace; skipping clock skew adjustment"
        waiting.extend(_below(trace, span, span, _host(span), 0))
    while waiting:
        span, parent, host, delta_ns = waiting.pop()
        if (own := _host(span)) != host:
            host, delta_ns = own, _delta_ns(span, parent)
        shown = span
        if delta_ns and abs(delta_ns) <= most_ns:
            shown = moved[span.key] = replace(span.moved(delta_ns), skew_ns=span.skew_ns + delta_ns)
        elif delta_ns:
            told[span.key] = f"{_why_not(most_ns)}; not applying calculated delta of {go_duration(delta_ns)}"
        waiting.extend(_below(trace, span, shown, host, delta_ns))
    if not moved:
        return Seen(trace, told)
    spans = tuple(moved.get(span.key, span) for span in trace.spans)
    return Seen(replace(trace, spans=spans, by_one_clock=True), told)


def _parent(trace: Trace, span: Span) -> Span | None:
    found = trace.by_key.get(span.parent_key)
    return None if found is None or found.phantom else found


def _below(trace: Trace, span: Span, shown: Span, host: str, delta_ns: int) -> Iterator[_Place]:
    return (_Place(child, shown, host, delta_ns) for child in trace.children.get(span.key, ()))


def _host(span: Span) -> str:
    for key in _HOSTS:
        value = span.attributes.get(key)
        first = value[0] if isinstance(value, list) and value else value
        if first and isinstance(first, str):
            return first
    return f"service {span.service}"


def _delta_ns(child: Span, parent: Span) -> int:
    """What brings a child into its parent.

    parent        ├──────────────┤          a longer child starts with it, if it starts before
    child   ├──────┤ → into its middle      what lies within stays
    """
    if child.start_ns is None or parent.start_ns is None:
        return 0
    room_ns = (parent.duration_ns or 0) - (child.duration_ns or 0)
    early_ns = parent.start_ns - child.start_ns
    if room_ns < 0:
        return max(0, early_ns)
    return 0 if 0 <= -early_ns <= room_ns else early_ns + room_ns // 2


def _why_not(most_ns: int) -> str:
    return f"max clock skew adjustment delta of {go_duration(most_ns)} exceeded" if most_ns else "clock skew adjustment disabled"
