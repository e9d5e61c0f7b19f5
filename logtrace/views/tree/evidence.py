"""Where the values of a span come from, and what is odd about it, in words."""

from __future__ import annotations

from logtrace.model import Evidence, Flag, Rank, Span
from logtrace.views.elements.text import clean

_BOUNDS = {
    "field": "a field of that meaning",
    "record": "the time of its own line",
    "duration": "the other end and the duration",
    "children": "the spans under it",
    "none": "nothing",
    "lines": "its log lines",
    "line": "its only log line",
}
_PARENTS = {
    "explicit": "a line names it",
    "root": "a line says that there is no parent",
    "contain": "a span around it in time",
    "order": "the order of the spans in time",
    "prior": "what usually calls this operation",
    "thread": "the same thread or process",
    "link": "a link to its trace: the two were joined",
    "shared": "an id that both traces log: the two were joined",
    "phantom": "grouped under a parent that was never seen",
    "none": "no line tells, and no span fits",
}
_NAMES = {
    Rank.OBSERVED: "a line names it (observed)",
    Rank.DERIVED: "put together from what a line names (observed)",
    Rank.WEAK: "the logger, the code location or the file name (inferred)",
    Rank.GUESS: "the message with its numbers masked (inferred)",
    Rank.NONE: "nothing",
}
_FLAGS = {
    Flag.UNIT_ASSUMED: "the duration had no unit anywhere; one was assumed",
    Flag.UNIT_LIBRARY: "the duration's unit is the convention of the logging library",
    Flag.DURATION_IN_TEXT: "the duration was read from the message",
    Flag.IDS_IN_TEXT: "the ids were read from the message",
    Flag.SPAN_FROM_LINE: "no line names a span id; the span is one line that has a duration",
    Flag.DURATION_COARSE: "its duration is logged coarsely; the times of its first and last line are better",
    Flag.CYCLE_CUT: "its parents ran in a circle, which was cut here",
    Flag.SELF_PARENT: "it names itself as its parent, which was dropped",
    Flag.MANY_PARENTS: "its lines name different parents",
    Flag.BOUNDS_CONFLICT: "its lines disagree about start, end or duration",
    Flag.INVALID_DURATION: "a duration was none, negative or beyond belief, and is not used in statistics",
    Flag.LOWER_BOUND: "the duration is a lower bound: no line tells both ends",
    Flag.OPEN: "it has no known end",
    Flag.REMOTE_SEGMENT: "another service logged with its caller's span id; this is that service's part",
    Flag.SHARED_ID: "client and server share this span id",
    Flag.ATTEMPTS: "it began more than once under this id",
    Flag.OUTSIDE_PARENT: "it lies outside its parent in time",
}


def bound_text(evidence: Evidence) -> str:
    """Where a start or an end comes from: `the other end and the duration (observed)`."""
    return _worded(evidence, _BOUNDS)


def parent_text(evidence: Evidence) -> str:
    """Where a parent comes from: `a span around it in time (inferred, 85 %)`."""
    return _worded(evidence, _PARENTS)


def name_text(span: Span) -> str:
    """Where the operation's name comes from."""
    return _NAMES.get(Rank(span.name_rank), "") if span.name else _NAMES[Rank.NONE]


def flag_texts(flags: int) -> list[str]:
    """One sentence per flag, in the order of the flags."""
    return [text for flag, text in _FLAGS.items() if flags & flag]


def _worded(evidence: Evidence, words: dict[str, str]) -> str:
    text = words.get(evidence.source, clean(evidence.source))
    if evidence.observed:
        return f"{text} (observed)"
    return text if evidence.source == "none" else f"{text} (inferred, {evidence.confidence} %)"
