"""Retries: attempts of one call, after another failed. They are one trouble, not several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from logtrace.model import ErrorLevel, Span, Trace

_TOLD = ("retry.attempt", "http.request.resend_count", "retry_count", "attempt", "retry.attempts")
"""Attributes that say so; without one, that the calls follow one another after a failure is what says so."""


class Retries(NamedTuple):
    """The attempts of one call in time order, of which all but perhaps the last failed.

    wrapper     a span beside the first attempts that holds the further ones alone
    told        a line says that they are retries; else their order does
    """

    attempts: tuple[Span, ...]
    wrapper: Span | None
    told: bool

    @property
    def failures(self) -> int:
        """How many of the attempts failed."""
        return sum(span.error == ErrorLevel.HARD for span in self.attempts)

    @property
    def recovered(self) -> bool:
        """Whether the last attempt went well."""
        return self.attempts[-1].error != ErrorLevel.HARD

    @property
    def waits_ns(self) -> tuple[int, ...]:
        """The time from the end of each attempt to the start of the next; those that are not known are left out."""
        return tuple(
            max(0, after.start_ns - before.end_ns)
            for before, after in zip(self.attempts, self.attempts[1:], strict=False)
            if before.end_ns is not None and after.start_ns is not None
        )


def retries(trace: Trace) -> list[Retries]:
    """The groups of attempts of a trace: two or more calls of one operation under one parent, none while another runs,
    each after one that failed."""
    found: list[Retries] = []
    failed = {span.parent_key for span in trace.spans if span.error == ErrorLevel.HARD}
    for parent_key in failed:
        by_operation: dict[tuple[str, str], list[Span]] = {}
        for span in trace.children[parent_key]:
            by_operation.setdefault((span.service, span.name), []).append(span)
        wrappers = {(calls[0].service, calls[0].name): (span, calls) for span, calls in _wrappers(trace, parent_key)}
        for operation, calls in by_operation.items():
            wrapper, inside = wrappers.get(operation, (None, []))
            found += _groups([*calls, *inside], wrapper)
    found = list(_without_circles(found))
    inner = {group.wrapper.key for group in found if group.wrapper is not None}
    return [group for group in found if group.wrapper is not None or group.attempts[0].parent_key not in inner]


def _without_circles(groups: Iterable[Retries]) -> Iterator[Retries]:
    """The groups without those whose first attempt holds further ones, its own or those of another: it did not fail by
    itself. Two calls that each call what the other is would else be retries of each other, and neither where it began."""
    holding: set[int] = set()
    for group in groups:
        if group.wrapper is not None:
            if group.attempts[0].key in holding | {group.wrapper.key}:
                continue
            holding.add(group.wrapper.key)
        yield group


def _wrappers(trace: Trace, parent_key: int) -> Iterator[tuple[Span, list[Span]]]:
    """Children of a span that hold calls of one operation and nothing else, with those calls."""
    for span in trace.children[parent_key]:
        calls = trace.children.get(span.key, [])
        if calls and len({(call.service, call.name) for call in calls}) == 1 and calls[0].error == ErrorLevel.HARD:
            yield span, calls


def _groups(calls: Sequence[Span], wrapper: Span | None) -> Iterator[Retries]:
    """Runs that begin with a failure and end with the first success, or with the last call."""
    run: list[Span] = []
    for span in calls:
        if run and not _after(run[-1], span):
            yield from _group(run, wrapper)
            run = []
        if not run and span.error != ErrorLevel.HARD:
            continue
        run.append(span)
        if span.error != ErrorLevel.HARD:
            yield from _group(run, wrapper)
            run = []
    yield from _group(run, wrapper)


def _after(before: Span, span: Span) -> bool:
    if before.end_ns is None or span.start_ns is None:
        return False
    return span.start_ns + (span.start_ns - (before.start_ns or 0)) // 100 >= before.end_ns


def _group(run: list[Span], wrapper: Span | None) -> Iterator[Retries]:
    if len(run) > 1:
        holds = wrapper if wrapper is not None and any(span.parent_key == wrapper.key for span in run) else None
        yield Retries(tuple(run), holds, any(key in span.attributes for span in run for key in _TOLD))
