"""Span names with ids or numbers in them: as many names as requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from logtrace.analysis.checks._check import Check, Tally, observed
from logtrace.analysis.rules.judge import Kept, named
from logtrace.analysis.traces.fingerprints import masked
from logtrace.analysis.verdicts import WARNING, Finding
from logtrace.model import Rank, Trace
from logtrace.query.rules import Subject

FEWEST = 10
_MOST_KEPT = 1_000


_masked = lru_cache(1024)(masked)


class _ManyNames:
    def __init__(self) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._found = Tally()

    def see(self, trace: Trace) -> None:
        for _, span in observed(trace):
            shown = _masked(span.name)
            if shown != span.name and span.name_rank <= Rank.DERIVED:
                about = named(Subject(shown, span.service))
                if len(self._names[about]) < _MOST_KEPT:
                    self._names[about].add(span.name)
                self._found.add(about, trace, span)

    def findings(self, kept: Kept) -> Iterator[Finding]:  # noqa: ARG002 - a watcher's signature
        many = sorted(((len(names), about) for about, names in self._names.items() if len(names) >= FEWEST), reverse=True)
        for count, about in many:
            told = f"{count:,}{' or more' if count == _MOST_KEPT else ''} names differ by an id or a number alone"
            yield self._found.finding(about, told)


CHECK = Check(
    "many-names",
    WARNING,
    "span names do not hold ids or numbers",
    "Each call becomes an operation of its own: no percentile, no comparison, and lists of thousands of names.",
    "Put what varies into attributes, and the route into the name: GET /users/{id} with user.id, ProcessItem with item.index.",
    _ManyNames,
)
