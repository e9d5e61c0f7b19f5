"""Attributes that grew beside the time of their operation: one finding, not two."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from logtrace.analysis.cohorts.measured import ATTRIBUTE, NODE, TOTAL, Sample
from logtrace.analysis.traces.attributes import unit_of
from logtrace.columns import Operation

if TYPE_CHECKING:
    from logtrace.analysis.cohorts.finding import Finding

Setting = tuple[Operation, Operation, str]
"""An attribute that holds one number before and another after: of the requests of a root, of an operation, its key."""


def setting(sample: Sample) -> Setting:
    return sample.root, sample.operation, sample.other.name if sample.other else ""


def is_setting(sample: Sample) -> bool:
    """Whether it is one number without a unit on either side."""
    steady = all(len(side) and side.min() == side.max() for side in (sample.before, sample.after))
    return steady and not unit_of(setting(sample)[2])


def with_related(found: Sequence[Finding], settings: Container[Setting]) -> Iterator[Finding]:
    """The findings, attributes under the duration of their operation where that went the same way: then that is told instead
    of the time of the operation itself. Else durations are not told, and attributes stand under the time of the operation
    itself where that changed."""
    grown: dict[tuple[Operation, Operation], list[Finding]] = {}
    for each in found:
        if each.kind == ATTRIBUTE:
            grown.setdefault((each.root, each.operation), []).append(each)
    totals = [each for each in found if each.kind == TOTAL]
    together = {_place(each) for each in totals if any(_bears_out(one, each, settings) for one in grown.get(_place(each), ()))}
    beside = {_place(each) for each in found if each.kind == NODE} & grown.keys() | together
    for each in found:
        at = _place(each)
        if each.kind == (TOTAL if at in together else NODE) and at in beside:
            yield each._replace(related=tuple(sorted(grown[at], key=lambda other: (-abs(other.effect), other.key))))
        elif each.kind not in (NODE, TOTAL, ATTRIBUTE) or (each.kind != TOTAL and at not in beside):
            yield each


def _place(each: Finding) -> tuple[Operation, Operation]:
    return each.root, each.operation


def _bears_out(grown: Finding, slower: Finding, settings: Container[Setting]) -> bool:
    """Whether more of an amount is a reason for more time. One number without a unit in place of another may be a setting."""
    return grown.worse == slower.worse and (grown.root, grown.operation, grown.key) not in settings
