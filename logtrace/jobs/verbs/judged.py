"""What `check` and `lint` share: the traces of a store go by, then findings get the places of their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from logtrace.analysis.rules.judge import Kept
from logtrace.analysis.verdicts import MOST, Finding, Outcome, Place, Report
from logtrace.jobs.lines.grep import Pattern, grep
from logtrace.model import Trace
from logtrace.store.reading.lines import rejected
from logtrace.store.reading.places import all_traces, places_of
from logtrace.store.upkeep.status import status

if TYPE_CHECKING:
    from logtrace.jobs.verbs.opened import Opened

MARK = r"\[(REDACTED:|HASH#[0-9a-f]{16}:)[\w-]+\]"
"""What stands in lines where secrets were."""


class Window:
    """From since_ns up to until_ns; None: no limit."""

    def __init__(self, since_ns: int | None = None, until_ns: int | None = None) -> None:
        self.since_ns = since_ns
        self.until_ns = until_ns


def seen_by(store: Opened, window: Window, watchers: Iterable[Callable[[Trace], None]]) -> tuple[int, int]:
    """Shows all traces of a window to watchers: (traces, spans that were logged)."""
    traces = spans = 0
    for trace in all_traces(store.reader, window.since_ns, window.until_ns):
        by_one_clock = trace.adjusted
        traces += 1
        spans += sum(not span.phantom for span in by_one_clock.spans)
        for see in watchers:
            see(by_one_clock)
    return traces, spans


def kept(store: Opened) -> Kept:
    """What a store tells beside its traces."""
    many = status(store.reader).lines_rejected
    places = tuple(Place(line.path, line.line) for line in rejected(store.reader, MOST)) if many else ()
    secrets = 0
    first: list[Place] = []
    for line in grep(store.reader, Pattern(MARK)):
        secrets += 1
        if secrets <= MOST:
            first.append(Place(line.path, line.line))
    return Kept(many, places, secrets, tuple(first))


def nothing_seen() -> Outcome:
    """What a report says where no trace is there: rules hold of nothing, and nothing was checked."""
    return Outcome(
        "some-trace", "at least one trace is there", findings=(Finding("traces: 0; asked for: >= 1"),), count=1,
        why="Nothing was checked: a job whose logs went elsewhere would pass for ever.",
        mend="Name the logs, or a time, that should hold requests; logtrace traces lists those of a store.",
    )  # fmt: skip


def placed(store: Opened, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes whose findings tell where their lines were read."""
    lines = [line for outcome in outcomes for finding in outcome.findings for line in finding.lines]
    known = places_of(store.reader, lines)

    def at(finding: Finding) -> Finding:
        found = (known.get((line.chunk, line.line)) for line in finding.lines)
        return finding.at(*(Place(*place) for place in found if place is not None))

    return tuple(replace(outcome, findings=tuple(map(at, outcome.findings))) for outcome in outcomes)


def report(store: Opened, tool: str, outcomes: Sequence[Outcome], counts: tuple[int, int], notes: Iterable[str] = ()) -> Report:
    """The report of a tool over a store."""
    return Report(tool, store.name, placed(store, outcomes), *counts, (*store.remarks, *islice(notes, MOST)))
