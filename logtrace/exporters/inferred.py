"""What is inferred of a span, as attributes: whoever reads it elsewhere sees what no line told."""

from __future__ import annotations

from typing import Any, NamedTuple

from logtrace import carried
from logtrace.ids import NO_SPAN
from logtrace.model import OBSERVED_SOURCES, Flag, Rank, Span

_RANKS = {rank: word for word, rank in carried.NAME_FROM.items()}


class Doubts(NamedTuple):
    """What tells of a span how well it is known. parent: the source of its parent, "" where it has none; lasts: whether it has
    a duration."""

    parent: str
    confidence: int
    name_rank: int
    start: str
    end: str
    flags: int
    lasts: bool

    def told(self) -> dict[str, Any]:
        """Attributes of all that is inferred; none of a span that lines tell whole."""
        told: dict[str, Any] = {}
        if self.parent and self.parent not in OBSERVED_SOURCES:
            told |= {carried.PARENT: self.parent, carried.PARENT_CONFIDENCE: self.confidence}
        if self.name_rank > Rank.DERIVED:
            told[carried.NAME] = _RANKS.get(self.name_rank, "none")
        if self.start not in OBSERVED_SOURCES:
            told[carried.START] = self.start
        if self.end not in OBSERVED_SOURCES:
            told[carried.END] = self.end
        if self.flags & Flag.LOWER_BOUND or not self.lasts:
            told[carried.DURATION] = "lower bound" if self.lasts else "unknown"
        return told


def doubts(span: Span) -> Doubts:
    """How well a span is known."""
    parent = span.parent.source if span.parent_key != NO_SPAN else ""
    lasts = span.duration_ns is not None
    return Doubts(parent, span.parent.confidence, span.name_rank, span.start.source, span.end.source, span.flags, lasts)
