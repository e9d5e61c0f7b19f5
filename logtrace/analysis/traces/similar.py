"""How alike two requests are: by the call paths they have, their errors, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log2
from typing import NamedTuple

from logtrace.analysis.traces.fingerprints import fingerprint
from logtrace.ids import NO_SPAN
from logtrace.model import ErrorLevel, Span, Trace, TraceSummary

PATHS, ERRORS, DURATION = 0.6, 0.25, 0.15
"""What each part counts for; together 1. Judgement, not measured."""


class Profile(NamedTuple):
    """What similarity is measured on. paths: a number for each distinct path of operations from a root, whether they failed
    or not; errors: fingerprints."""

    paths: frozenset[int]
    errors: frozenset[str]
    duration_ns: int | None


class Match(NamedTuple):
    """A request that is like another. likeness: 0 to 1, see `match`; same_paths, same_errors: the shares of its parts."""

    summary: TraceSummary
    likeness: float
    same_paths: float
    same_errors: float


class Similar(NamedTuple):
    """The most similar requests first. looked_at: so many were compared; known: so many begin with the same operation."""

    matches: tuple[Match, ...]
    looked_at: int
    known: int


class SpanFacts(NamedTuple):
    """What a profile needs of a span: its key, its parent's (NO_SPAN: none), what it does, and the fingerprint of its
    error ("" without one)."""

    key: int
    parent_key: int
    service: str
    name: str
    fingerprint: str

    @classmethod
    def of(
        cls, key: int, parent_key: int, service: str, name: str, failed: bool, error_type: str, error_message: str
    ) -> SpanFacts:
        """The facts of a span, its error by type and message alone."""
        known = fingerprint(service, name, error_type, error_message) if failed else ""
        return cls(key, parent_key, service, name, known)


def profile(trace: Trace, *, errors: bool = True) -> Profile:
    """The profile of a trace; errors=False: as if no span had failed, to find what it should have been like."""
    return profile_of([_facts(span, errors) for span in trace.spans], trace.duration_ns)


def _facts(span: Span, errors: bool) -> SpanFacts:
    failed = errors and span.error == ErrorLevel.HARD
    return SpanFacts.of(span.key, span.parent_key, span.service, span.name, failed, span.error_type, span.error_message)


def main_root(trace: Trace) -> Span | None:
    """The root that names a request: the first that was logged, else the first span that was."""
    seen = [span for span in (*trace.roots, *trace.spans) if not span.phantom]
    return seen[0] if seen else None


def profile_of(spans: Iterable[SpanFacts], duration_ns: int | None) -> Profile:
    """The profile of the spans of one trace, in any order. A parent that is not among them is as good as none."""
    by_key = {span.key: span for span in spans}
    paths: dict[int, int] = {NO_SPAN: 0}
    for span in by_key.values():
        _path(span, by_key, paths)
    errors = frozenset(span.fingerprint for span in by_key.values() if span.fingerprint)
    return Profile(frozenset(paths[key] for key in by_key), errors, duration_ns)


def _path(span: SpanFacts, by_key: Mapping[int, SpanFacts], paths: dict[int, int]) -> None:
    """Puts the number of a span's path into `paths`, those of its ancestors first."""
    chain = []
    key = span.key
    while key in by_key and key not in paths:
        chain.append(by_key[key])
        paths[key] = 0  # a circle of parents ends here
        key = by_key[key].parent_key
    number = paths.get(key, 0)
    for each in reversed(chain):
        number = paths[each.key] = hash((number, each.service, each.name))


def match(one: Profile, other: Profile, summary: TraceSummary) -> Match:
    """How alike two profiles are; `summary` is the other's.

    0.6 of the share of common paths, 0.25 of that of common errors, 0.15 of how close the durations are, by their
    binary orders of magnitude; where one is unknown they count for nothing.
    """
    paths, errors = _jaccard(one.paths, other.paths), _jaccard(one.errors, other.errors)
    close = _closeness(one.duration_ns, other.duration_ns)
    return Match(summary, PATHS * paths + ERRORS * errors + DURATION * close, paths, errors)


def _jaccard(one: frozenset[int] | frozenset[str], other: frozenset[int] | frozenset[str]) -> float:
    """The share of what is common; two empty sets are alike."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _closeness(one: int | None, other: int | None) -> float:
    if one is None or other is None:
        return 0.0
    return 1 / (1 + abs(log2(max(1, one)) - log2(max(1, other))))
