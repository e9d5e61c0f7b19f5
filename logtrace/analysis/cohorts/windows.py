"""Two populations of requests side by side: findings, values, traffic, and what there was to compare."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from logtrace.analysis.cohorts import significance
from logtrace.analysis.cohorts.amounts import amounts, mixed_notes
from logtrace.analysis.cohorts.attributes import Carried, ValueFinding, value_findings
from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.findings import Found, findings, moved_amounts
from logtrace.analysis.cohorts.measured import ERRORS, Cohorts, Kind
from logtrace.analysis.cohorts.significance import LEAST, LEVEL
from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.columns import Operation
from logtrace.units import counted

LEAST_MIX = 0.05


class Side(NamedTuple):
    """One population. chosen_by: the expression, "" for a window, which is since_ns to until_ns.

    requests    all that are meant; compared: of them, where they are too many for all
    partial     share of those that lack spans that others name
    """

    chosen_by: str
    since_ns: int | None
    until_ns: int | None
    requests: int
    compared: int
    partial: float

    @property
    def per_minute(self) -> float | None:
        """How many requests a minute; None where there is no window."""
        if self.since_ns is None or self.until_ns is None or self.until_ns <= self.since_ns:
            return None
        return self.requests / ((self.until_ns - self.since_ns) / 60e9)


class Mix(NamedTuple):
    """A kind of request that is a larger or smaller part of all than before. q: None where not tested."""

    root: Operation
    before: float
    after: float
    q: float | None


@dataclass(frozen=True)
class CohortComparison(Tabular):
    """What differs between two populations of requests.

    found       times, calls, failures, amounts; see findings.Found
    values      attribute values that are over-represented after
    mix         kinds of requests whose part of the traffic changed
    tested      False where the library that tests is not installed: then nothing was
    notes       sentences about what a reader should know
    now_ns      the end of the window after, where that was asked for as now
    """

    TABLES: ClassVar[Tables] = {"findings": Finding, "untested": Finding, "values": ValueFinding, "mix": Mix}

    before: Side
    after: Side
    found: Found
    values: tuple[ValueFinding, ...]
    mix: tuple[Mix, ...]
    tested: bool
    notes: tuple[str, ...]
    now_ns: int | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is more than chance, the weightiest first."""
        return self.found.findings

    @property
    def untested(self) -> tuple[Finding, ...]:
        """Large differences of too few requests to test."""
        return self.found.untested


def compare_cohorts(
    before: Side, after: Side, cohorts: Cohorts, carried: Carried, excluded: Collection[str], notes: tuple[str, ...]
) -> CohortComparison:
    """excluded: plain keys of attributes that the populations were chosen by, ERRORS where by failures: these differ, and that
    is no finding."""
    grown = [sample for sample in amounts(cohorts, carried) if _plain(sample.other) not in excluded]
    found = findings(cohorts, grown, errors=ERRORS not in excluded)
    values = value_findings(cohorts, carried, excluded, set(moved_amounts(found.findings)))
    told = (*notes, *mixed_notes(carried))
    return CohortComparison(before, after, found, tuple(values), mixes(found.kinds), significance.can_test(), told)


def unknown_lengths(cohorts: Cohorts) -> Iterator[str]:
    """A sentence about the spans whose length is not known whole, where there are any."""
    after, unknown = cohorts.after[cohorts.trace], ~cohorts.spans.closed
    (many, of), (many_after, of_after) = ((int(unknown[side].sum()), int(side.sum())) for side in (~after, after))
    if many or many_after:
        yield (
            f"{many:,} of {counted(of, 'span')} before and {many_after:,} of {of_after:,} after are of unknown length (open,"
            " or at least so long): they are in no duration"
        )


def _plain(key: Operation | None) -> str:
    from logtrace.model import plain_key

    return plain_key(key.name) if key is not None else ""


def mixes(kinds: tuple[Kind, ...]) -> tuple[Mix, ...]:
    """The kinds whose part of all requests changed by a twentieth of all or more, the largest change first."""
    before, after = sum(kind.before for kind in kinds), sum(kind.after for kind in kinds)
    if not before or not after or len(kinds) < 2:
        return ()
    tested = min(before, after) >= LEAST and significance.can_test()
    p = [significance.fisher(kind.before, before, kind.after, after) for kind in kinds] if tested else []
    q = significance.false_discovery(p) if tested else [None] * len(kinds)
    found = [Mix(kind.root, kind.before / before, kind.after / after, each) for kind, each in zip(kinds, q, strict=True)]
    told = [each for each in found if abs(each.after - each.before) >= LEAST_MIX and (each.q is None or each.q < LEVEL)]
    return tuple(sorted(told, key=lambda each: (-abs(each.after - each.before), each.root)))
