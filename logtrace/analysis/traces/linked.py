"""Traces that belong together, as one: joined by what their lines say, or by an id that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from logtrace.ids import NO_SPAN
from logtrace.model import Evidence, Span, Trace, plain_key

LINK = Evidence("link", 100)
SHARED_CONFIDENCE = 60
SHARED_KEYS = frozenset({"requestid", "eventid", "correlationid"})
"""Keys (as `plain_key` makes them) whose value two traces share where they belong together."""


class Join(NamedTuple):
    """One trace under another. how: the key whose value joins them, or "link"; span: the one it hangs under, None where
    the upper trace has no span.

    observed    a line of the lower trace names the upper one; else both log the same id, and time tells which is upper
    """

    lower: str
    upper: str
    how: str
    observed: bool
    span: Span | None


class Linked(NamedTuple):
    """trace: all of them as one, under the id of the one that was asked for. left_out: traces beyond the limit."""

    trace: Trace
    joins: tuple[Join, ...]
    left_out: int


class Tie(NamedTuple):
    """What joins two traces before it is known which hangs under which span: see Join."""

    lower: str
    upper: str
    how: str
    observed: bool
    span_key: int


def joined(asked: Trace, others: Sequence[Trace], ties: Iterable[Tie], left_out: int = 0) -> Linked:
    """One trace of several. Each hangs under one other at most, by an observed tie before an inferred one; what would
    close a circle stays a root of its own."""
    traces = {trace.trace_id: trace for trace in (asked, *others)}
    above: dict[str, Join] = {}
    for tie in sorted(ties, key=lambda tie: (not tie.observed, tie.lower, tie.upper, tie.how)):
        fits = tie.lower in traces and tie.upper in traces and tie.lower not in above
        if fits and tie.lower not in _up(tie.upper, above):
            span = _under(traces[tie.upper], traces[tie.lower], tie)
            above[tie.lower] = Join(tie.lower, tie.upper, tie.how, tie.observed, span)
    return Linked(_as_one(asked, list(traces.values()), above), tuple(above.values()), left_out)


def _up(trace_id: str, above: Mapping[str, Join]) -> Iterator[str]:
    """A trace and those it hangs under."""
    yield trace_id
    while trace_id in above:
        trace_id = above[trace_id].upper
        yield trace_id


def _under(upper: Trace, lower: Trace, tie: Tie) -> Span | None:
    """The span that a line names; of an inferred tie the shortest that has the id and runs when the lower trace begins;
    else the upper trace's root."""
    from logtrace.analysis.traces.similar import main_root

    if tie.span_key in upper.by_key:
        return upper.by_key[tie.span_key]
    start_ns = lower.start_ns
    if not tie.observed and start_ns is not None:
        around = [span for span in upper.spans if _runs_at(span, start_ns) and any(key == tie.how for key, _ in shared_ids(span))]
        if around:
            return min(around, key=lambda span: span.duration_ns or 0)
    return main_root(upper)


def _runs_at(span: Span, time_ns: int) -> bool:
    return span.start_ns is not None and span.end_ns is not None and span.start_ns <= time_ns <= span.end_ns


def shared_ids(span: Span) -> Iterator[tuple[str, Any]]:
    """(plain key, value) of the ids by which traces may belong together."""
    for key, value in span.attributes.items():
        if plain_key(key) in SHARED_KEYS and isinstance(value, (str, int)) and value not in ("", 0):
            yield plain_key(key), value


def _as_one(asked: Trace, traces: Sequence[Trace], above: Mapping[str, Join]) -> Trace:
    new_keys = _new_keys(traces)
    spans = [each for trace in traces for each in _hung(trace, above.get(trace.trace_id), new_keys)]
    spans.sort(key=lambda s: (s.start_ns is None, s.start_ns or 0, -(s.duration_ns or 0), s.span_id))
    return Trace(
        asked.trace_id,
        tuple(spans),
        tuple(line for trace in traces for line in trace.lines),
        tuple(dict.fromkeys(name for trace in traces for name in trace.line_services)),
        tuple(dict.fromkeys(sentence for trace in traces for sentence in trace.warnings)),
        (),
        tuple(failure for trace in traces for failure in trace.failures),
    )


def _new_keys(traces: Sequence[Trace]) -> dict[str, dict[int, int]]:
    """Trace id → new keys for those of its spans whose keys an earlier trace has too."""
    taken: set[int] = set()
    found: dict[str, dict[int, int]] = {}
    fresh = max((span.key for trace in traces for span in trace.spans), default=0)
    for trace in traces:
        clash = sorted(taken & trace.by_key.keys())
        found[trace.trace_id] = {key: fresh + number for number, key in enumerate(clash, 1)}
        fresh += len(clash)
        taken |= trace.by_key.keys()
    return found


def _hung(trace: Trace, join: Join | None, new_keys: Mapping[str, Mapping[int, int]]) -> Iterator[Span]:
    """The spans of a trace with their new keys, its roots under the span that the join names."""
    new = new_keys[trace.trace_id]
    for span in trace.spans:
        here = replace(span, key=new.get(span.key, span.key), parent_key=new.get(span.parent_key, span.parent_key))
        if span.parent_key == NO_SPAN and join is not None and join.span is not None:
            upper = new_keys[join.upper].get(join.span.key, join.span.key)
            evidence = LINK if join.observed else Evidence("shared", SHARED_CONFIDENCE)
            here = replace(here, parent_key=upper, parent_span_id=join.span.span_id, parent=evidence)
        yield here
