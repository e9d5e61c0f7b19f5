"""What clocks that were wrong or set anew may have done to numbers about a time: in sentences, one a kind of trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logtrace.analysis.statistics.far_out import far_out
from logtrace.analysis.statistics.stats import FEW
from logtrace.columns import MISSING
from logtrace.model import Flag
from logtrace.store.reading.set_back import LEAST_NS, SetBack
from logtrace.units import counted, format_duration, format_instant

if TYPE_CHECKING:
    from logtrace.columns import SpanColumns


def clock_doubts(spans: SpanColumns, set_back: Callable[[], list[SetBack]]) -> Iterator[str]:
    """Sentences about the times of some spans. set_back: gives where times of files go back."""
    low, high, outside = far_out(spans.start_ns)
    if outside:
        yield (
            f"{counted(outside, 'span')} far from the others, which go from {format_instant(low, digits=0)} to"
            f" {format_instant(high, digits=0)}: a clock that jumped? --since and --until leave them out"
        )
    if impossible := int((spans.flags & Flag.INVALID_DURATION != 0).sum()):
        yield (
            f"{counted(impossible, 'span')} that would end before the start, or last more than a day: a clock that was set"
            " meanwhile? They are in no duration"
        )
    known = spans.start_ns[spans.start_ns != MISSING]
    if len(known):
        first, last = int(known.min()), int(known.max())
        yield from _set_forward(spans, longest_gap(spans))
        yield from _set_back([each for each in set_back() if each.before_ns >= first and each.after_ns <= last])


class Gap(NamedTuple):
    """The longest time in which no span starts, and from the first start to the last."""

    since_ns: int
    until_ns: int
    of_ns: int

    def __str__(self) -> str:
        ends = " to ".join(format_instant(at, digits=0) for at in (self.since_ns, self.until_ns))
        return f"{format_duration(self.until_ns - self.since_ns)}, from {ends}"


def longest_gap(spans: SpanColumns) -> Gap | None:
    """None where it is no longer than a clock is set forward for summer time, or where it is beside times far out."""
    low, high, _ = far_out(spans.start_ns)
    if high - low < LEAST_NS:
        return None
    times = np.sort(spans.start_ns[(spans.start_ns >= low) & (spans.start_ns <= high)])
    at = int(np.diff(times).argmax())
    gap = Gap(int(times[at]), int(times[at + 1]), high - low)
    return gap if gap.until_ns - gap.since_ns >= LEAST_NS else None


def gap_notes(spans: SpanColumns) -> Iterator[str]:
    """A sentence about rates, where most of the time nothing starts."""
    gap = longest_gap(spans) if len(spans) >= FEW else None
    if gap is not None and (gap.until_ns - gap.since_ns) * 2 > gap.of_ns:
        yield f"no span starts for {gap}: rates are of all the time, with that"


def _set_forward(spans: SpanColumns, gap: Gap | None) -> Iterator[str]:
    """A sentence about spans that last over a time in which none starts, though many start around it."""
    if gap is None:
        return
    over = spans.closed & (spans.start_ns <= gap.since_ns) & (spans.start_ns + spans.duration_ns >= gap.until_ns)
    if many := int(over.sum()):
        last = "1 span lasts" if many == 1 else f"{many:,} spans last"
        yield f"{last} over a time in which none starts, {gap}: a clock that was set forward, or a long wait"


def _set_back(found: list[SetBack]) -> Iterator[str]:
    if not found:
        return
    most = max(found, key=lambda each: each.by_ns)
    times = " to ".join(format_instant(at, digits=0) for at in (most.before_ns, most.after_ns))
    more = f", and {counted(len(found) - 1, 'time')} more by less" if len(found) > 1 else ""
    yield (
        f"times go back by {format_duration(most.by_ns)} at {most.path}:{most.line}, from {times}{more}: a clock that was set"
        " back, files put together, or lines in no order of time? Windows, rates and trends go by those times"
    )
