"""A number over time: durations of an operation, or a numeric attribute, step by step, and whether it grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from logtrace.analysis.statistics.quantiles import P50, P95, P99, Grouped
from logtrace.analysis.statistics.stats import FEW
from logtrace.analysis.statistics.tabular import Tables, Tabular
from logtrace.errors import UsageError
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Bools, Ints, Numbers

STEPS_NS = tuple(
    count * NS[unit]
    for unit, counts in {"s": (1, 2, 5, 10, 30), "m": (1, 2, 5, 10, 15, 30), "h": (1, 3, 6, 12), "d": (1, 7, 30, 365)}.items()
    for count in counts
)
"""Steps that clocks have names for."""

MOST_STEPS = 2_000
_USUAL = 30
_PARTS = 3


class Step(NamedTuple):
    """What began in a step. spans, errors: all of them; values: those that have one. Below 100 values p99 is the
    largest, below 20 p95 too; None without any."""

    start_ns: int
    spans: int
    errors: int
    values: int
    p50: float | None
    p95: float | None
    p99: float | None
    largest: float | None


class Growth(NamedTuple):
    """The median of the first third of the window beside that of the last, each with the values it is of.

    sure    where the two medians lie, 95 % sure, does not overlap; None where either has too few values
    """

    first: float
    last: float
    first_values: int
    last_values: int
    sure: bool | None

    @property
    def ratio(self) -> float | None:
        """Last to first."""
        return self.last / self.first if self.first > 0 else None


@dataclass(frozen=True)
class Series(Tabular):
    """What is measured: a key, or "duration" (in nanoseconds). Steps without spans are among the steps.

    left_out    spans without a value: durations not known whole, no such attribute, or no number
    no_number   of these, spans that have the attribute with something that is no number (values.amount)
    odd         the first few of what is no number
    """

    TABLES: ClassVar[Tables] = {"steps": Step}

    what: str
    step_ns: int
    steps: tuple[Step, ...]
    growth: Growth | None
    left_out: int
    no_number: int = 0
    odd: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()


def step_within(length_ns: int, most: int) -> int:
    """The shortest step with a name that gives at most so many of them."""
    return next((step for step in STEPS_NS if length_ns / step <= most), -(-length_ns // most))


def series(
    what: str, start_ns: Ints, values: Numbers, there: Bools, failed: Bools, window: tuple[int, int], step_ns: int | None
) -> Series:
    """The values of spans by when they start; all have a start in the window.

    there       which have a value
    Raises UsageError where the step gives more than two thousand steps.
    """
    since_ns, until_ns = window
    step = step_ns or step_within(until_ns - since_ns, _USUAL)
    first = since_ns // step
    many = max(1, -(-until_ns // step) - first)
    if many > MOST_STEPS:
        raise UsageError(f"{many:,} steps are too many", f"take a longer --step or a shorter window: at most {MOST_STEPS:,}")
    group = np.minimum(start_ns // step - first, many - 1)
    found = Grouped(values[there], group[there], many)
    spans, errors = np.bincount(group, minlength=many).tolist(), np.bincount(group[failed], minlength=many).tolist()
    columns = [found.percentile(permille).tolist() for permille in (P50, P95, P99)] + [found.largest().tolist()]
    steps = [
        Step((first + at) * step, spans[at], errors[at], count, *(column[at] if count else None for column in columns))
        for at, count in enumerate(found.count.tolist())
    ]
    return Series(what, step, tuple(steps), _growth(start_ns[there], values[there], since_ns, until_ns), int((~there).sum()))


def _growth(start_ns: Ints, values: Numbers, since_ns: int, until_ns: int) -> Growth | None:
    third = (until_ns - since_ns) / _PARTS
    early, late = start_ns < since_ns + third, start_ns >= until_ns - third
    group = np.where(early, 0, np.where(late, 1, 2))
    found = Grouped(values, group, 3)
    counts = found.count.tolist()
    if not counts[0] or not counts[1]:
        return None
    low, high = found.median_interval()
    medians = found.percentile(P50).tolist()
    sure = bool(low[1] > high[0] or high[1] < low[0]) if min(counts[:2]) >= FEW else None
    return Growth(medians[0], medians[1], counts[0], counts[1], sure)
