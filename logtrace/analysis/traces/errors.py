"""The errors of one trace: where they began, how they went up, which one is the root cause.

A span fails by itself where none of its children failed; else it passes an error on. An error that no ancestor shares
was handled, or swallowed. Attempts of one call count once. Lines of level error alone are soft: shown, never a cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from logtrace.analysis.traces.critical_path import quantum_ns
from logtrace.analysis.traces.intervals import is_async
from logtrace.analysis.traces.retries import Retries, retries
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Failure, Span, Trace

ORIGIN, PROPAGATED, SOFT, LOOSE = "origin", "propagated", "error line", "without a span"

_ERROR_SEVERITY = 17


class Cause(NamedTuple):
    """A place where an error began.

    time_ns         when it was told: an error line of the span, else its end
    chain           the span and its ancestors as far up as they failed too
    reaches_root    the chain ends with a root
    stopped_at      the first ancestor that tells no error; None where the chain reaches a root
    retries         the attempts that it is the first failure of
    no_callee       a call that failed, and nothing was logged on its other side
    """

    span: Span
    time_ns: int | None
    chain: tuple[Span, ...]
    reaches_root: bool
    stopped_at: Span | None
    retries: Retries | None
    no_callee: bool

    @property
    def not_awaited(self) -> bool:
        """The ancestor that tells no error did not wait for the call: it was sent off, or outlasted its caller."""
        above, last = self.stopped_at, self.chain[-1]
        if above is None:
            return False
        late = above.end_ns is not None and last.start_ns is not None and last.start_ns >= above.end_ns
        return late or is_async(above, last)

    @property
    def recovered(self) -> bool:
        """A later attempt went well, and the caller did not fail either."""
        return self.retries is not None and self.retries.recovered and len(self.chain) == 1


class ErrorMark(NamedTuple):
    """One error in time. what: ORIGIN, PROPAGATED, SOFT, or LOOSE (of a line without a span, told by `failure`).

    attempt         (its number, how many there were) where it is an attempt of several
    """

    time_ns: int | None
    what: str
    span: Span | None
    failure: Failure | None
    attempt: tuple[int, int] | None


@dataclass(frozen=True)
class TraceErrors:
    """timeline: all errors in time order, those without a time last. causes: the root cause first.

    doubt_ns        how far apart two services' clocks may be, as far as this trace shows it
    """

    trace: Trace
    timeline: tuple[ErrorMark, ...]
    causes: tuple[Cause, ...]
    doubt_ns: int

    @property
    def root_cause(self) -> Cause | None:
        """The first of the causes; None where no span failed."""
        return self.causes[0] if self.causes else None


def trace_errors(trace: Trace, uncertainty_ns: int = 0) -> TraceErrors:
    """The errors of a trace. Without any: an empty timeline and no causes.

    uncertainty_ns: how sure it is by how much the clocks of its services differ; see `Trace.adjusted`
    """
    groups = retries(trace)
    doubt_ns = max(clock_doubt_ns(trace), uncertainty_ns)
    return TraceErrors(trace, tuple(_timeline(trace, groups)), tuple(_ranked(_causes(trace, groups), doubt_ns)), doubt_ns)


def failed(span: Span) -> bool:
    """Whether a status or an error field says that a span failed."""
    return span.error == ErrorLevel.HARD


def error_time_ns(span: Span) -> int | None:
    """When a span's error was told: by its first line of level error, else at its end, else (open) its start."""
    told = (line.time_ns for line in span.lines if line.severity >= _ERROR_SEVERITY and line.time_ns is not None)
    return next(told, span.end_ns if span.end_ns is not None else span.start_ns)


def clock_doubt_ns(trace: Trace) -> int:
    """How far a call between services began before its caller did, at worst, and at least the step of the clock.

    No call can begin before its caller: so far the clocks are apart, and so far apart two times of different services
    have to be to tell an order.
    """
    worst = quantum_ns(trace.spans)
    for span in trace.spans:
        parent = trace.by_key.get(span.parent_key)
        if parent is None or parent.service == span.service or parent.phantom or not span.parent.observed:
            continue
        if span.start_ns is not None and parent.start_ns is not None:
            worst = max(worst, parent.start_ns - span.start_ns)
    return worst


def _causes(trace: Trace, groups: Iterable[Retries]) -> list[Cause]:
    """One for each span that failed by itself, but of the attempts of a call for the first alone."""
    first: dict[int, Retries] = {}
    later: set[int] = set()
    for group in groups:
        first[group.attempts[0].key] = group
        later.update(span.key for span in group.attempts[1:])
    passed_on = {span.parent_key for span in trace.spans if failed(span)}
    origins = [span for span in trace.spans if failed(span) and span.key not in passed_on and span.key not in later]
    wrappers = {group.wrapper.key for group in first.values() if group.wrapper is not None}
    return [_cause(trace, span, first.get(span.key)) for span in origins if span.key not in wrappers]


def _cause(trace: Trace, span: Span, group: Retries | None) -> Cause:
    chain = [span]
    above = trace.by_key.get(span.parent_key)
    while above is not None and failed(above):
        chain.append(above)
        above = trace.by_key.get(above.parent_key)
    alone = span.kind == "client" and not trace.children.get(span.key)
    reaches = chain[-1].parent_key == NO_SPAN
    return Cause(span, error_time_ns(span), tuple(chain), reaches, above, group, alone)


def _ranked(causes: list[Cause], doubt_ns: int) -> list[Cause]:
    """What reaches a root before what does not, then what was not recovered, then the earliest.

    Of those of other services whose time is too close to the earliest to tell an order, the deepest is first.
    """
    depths = {cause.span.key: len(cause.chain) for cause in causes}
    ranked = sorted(causes, key=lambda cause: (_weight(cause), cause.time_ns is None, cause.time_ns or 0, cause.span.span_id))
    if ranked and ranked[0].time_ns is not None:
        first = ranked[0]
        close = [cause for cause in ranked if _weight(cause) == _weight(first) and _is_close(first, cause, doubt_ns)]
        best = max(close, key=lambda cause: depths[cause.span.key])  # of equals the first
        ranked.remove(best)
        ranked.insert(0, best)
    return ranked


def _weight(cause: Cause) -> tuple[bool, bool]:
    return not cause.reaches_root, cause.recovered


def _is_close(first: Cause, other: Cause, doubt_ns: int) -> bool:
    if other is first:
        return True
    near = other.time_ns is not None and other.time_ns - (first.time_ns or 0) <= doubt_ns
    return near and other.span.service != first.span.service


def _timeline(trace: Trace, groups: Iterable[Retries]) -> list[ErrorMark]:
    attempts = {span.key: (number, len(group.attempts)) for group in groups for number, span in enumerate(group.attempts, 1)}
    passed_on = {span.parent_key for span in trace.spans if failed(span)}
    marks = [ErrorMark(error_time_ns(span), _what(span, passed_on), span, None, attempts.get(span.key)) for span in trace.errors]
    marks += [ErrorMark(_told_ns(trace, failure), LOOSE, None, failure, None) for failure in trace.failures]
    depth = {span.key: depth for depth, span in trace.walk()}
    return sorted(
        marks,
        key=lambda mark: (
            mark.time_ns is None,
            mark.time_ns or 0,
            -depth.get(mark.span.key, 0) if mark.span else 0,
            mark.span.span_id if mark.span else "",
        ),
    )


def _told_ns(trace: Trace, failure: Failure) -> int | None:
    """When a line without a span told an error; None where no line is known by its message. Lines may keep less of it."""
    for line in trace.lines:
        kept = line.body.removesuffix("…")
        if line.severity >= _ERROR_SEVERITY and kept and failure.message.startswith(kept):
            return line.time_ns
    return None


def _what(span: Span, passed_on: set[int]) -> str:
    if not failed(span):
        return SOFT
    return PROPAGATED if span.key in passed_on else ORIGIN
