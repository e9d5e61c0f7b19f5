"""Spans and traces in a few words: what they are called, and how long they took."""

from __future__ import annotations

from logtrace.model import Flag, Rank, Span, TraceSummary
from logtrace.units import format_duration
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.text import clean

SURE = 80
"""Below this confidence an inferred parent is drawn as a question."""


def span_name(span: Span) -> str:
    """The operation as it is shown, clean: an inferred name begins with ~."""
    if span.phantom:
        return f"(not logged) {clean(span.span_id)}"
    if not span.name:
        return f"(no name) {clean(span.span_id)}"
    return ("~" if span.name_rank > Rank.DERIVED else "") + clean(span.name)


def place(span: Span) -> str:
    """`service: operation` of a span, clean."""
    return f"{clean(span.service)}: {span_name(span)}" if span.service else span_name(span)


def operation_text(service: str, name: str) -> str:
    """`service: operation`, clean; the one where the other is not known."""
    return ": ".join(clean(text) for text in (service, name) if text)


def duration_text(span: Span, glyphs: Glyphs) -> str:
    """The duration with its unit; a lower bound as `≥ 12ms`; "open" or "?" where it is unknown."""
    if span.duration_ns is None:
        return "open" if span.flags & Flag.OPEN else "?"
    bound = glyphs.at_least if span.phantom or span.flags & Flag.LOWER_BOUND else ""
    return glyphs.plain(bound + format_duration(span.duration_ns))


def took(summary: TraceSummary) -> str:
    """How long a trace lasted, `≥` where that is a lower bound, `?` where no line tells."""
    if summary.duration_ns is None:
        return "?"
    return ("≥ " if summary.lower_bound else "") + format_duration(summary.duration_ns)
