"""Which keys hold times, in which form, and which of them is the time of the line, a start, an end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC
from itertools import pairwise, permutations
from typing import NamedTuple

from logtrace import units
from logtrace.ingest.discover.hints import STRONG, WEAK, hint, unit_in
from logtrace.ingest.discover.rows import Column
from logtrace.ingest.discover.time_forms import forms_of
from logtrace.ingest.vocabulary.readings import RESTS, SINCE, instant_of, strptime_ns

SINCE_WHEN = {
    "ticks": "of 100 ns since the year 1, as in .NET", "filetime": "of 100 ns since 1601, as in Windows",
    **dict.fromkeys(RESTS, "seconds since 1970, and the rest of the second"),
}  # fmt: skip
"""Units of times that do not count from 1970, for people."""

_SINCE, _UNTIL = 946_684_800_000_000_000, 4_102_444_800_000_000_000  # 2000 to 2100
_LONGEST_NS = 400 * 86_400 * units.NS_PER_S
_NEARLY = 0.95
_VARIED = 4
_DAY_DIGITS = 8


class Clock(NamedTuple):
    """A column of times: its instants by row, the form they are read in and the unit of numbers ("" where none is needed)."""

    key: str
    instants: dict[int, int]
    form: str = ""
    unit: str = ""


def as_clock(column: Column) -> Clock | None:
    """The column as times; None where its values are none, or lie implausibly far apart."""
    if not column.cells or (column.strings and not any(sign.isdigit() for sign in next(iter(column.cells.values())))):
        return None
    for form, read in _readers(column):
        instants = {row: ns for row, value in column.cells.items() if (ns := read(value)) is not None and _SINCE < ns < _UNTIL}
        if len(instants) >= _NEARLY * len(column.cells) and max(instants.values()) - min(instants.values()) < _LONGEST_NS:
            if form in SINCE or form in RESTS:
                return Clock(column.key, instants, unit=form)
            units_met = set() if form else set(map(unit_since_1970, column.cells.values()))
            return Clock(column.key, instants, form, units_met.pop() if len(units_met) == 1 else "")  # else by the size of each
    return None


def _readers(column: Column) -> Iterator[tuple[str, Callable[[object], int | None]]]:
    yield "", units.instant_ns
    if (rest := _unit_of_rest(column)) is not None:
        yield rest, lambda value: _instant_of(value, rest)
    for unit in SINCE:
        yield unit, lambda value, unit=unit: _instant_of(value, unit)  # type: ignore[misc]
    if column.strings:
        values = list(column.cells.values())
        if any(":" in text or sum(map(str.isdigit, text)) > _DAY_DIGITS for text in values[:1]):
            for form in forms_of(values[len(values) // 2]):
                yield form, lambda value, form=form: strptime_ns(str(value), form)  # type: ignore[misc]


def _unit_of_rest(column: Column) -> str | None:
    """The unit of two numbers, of which the second is what is left of the second that the first tells: its name says it. None
    where they are anything else."""
    parts = [text.split(" ") for text in column.distinct]
    if not column.strings or not all(len(part) == 2 and part[0].isdecimal() and part[1].isdecimal() for part in parts):
        return None
    rests = {int(rest) for _, rest in parts}
    unit = unit_in(column.key)
    fits = unit in ("ns", "us", "ms") and len(rests) > 1 and max(rests) < units.NS_PER_S // units.NS[unit]
    return f"s+{unit}" if fits else None


def _instant_of(value: object, unit: str) -> int | None:
    found = instant_of(value, "", unit, UTC)
    return found if found.__class__ is int and found is not value else None


def unit_since_1970(value: object) -> str:
    """The unit of a number since 1970 by its size; "" for what is no number."""
    number = units.number_or_none(value) if isinstance(value, str) else value
    if not isinstance(number, (int, float)):
        return ""
    return "s" if number < 1e11 else "ms" if number < 1e14 else "us" if number < 1e17 else "ns"


def roles(clocks: list[Clock]) -> tuple[Clock | None, Clock | None, Clock | None]:
    """(time of the line, start, end) among columns of times."""
    if not clocks:
        return None, None, None
    start, end = _named(clocks, "start", STRONG), _named(clocks, "end", STRONG)
    start = start or (end and _named([clock for clock in clocks if clock is not end], "start", WEAK))
    end = end or (start and _named([clock for clock in clocks if clock is not start], "end", WEAK))
    others = [clock for clock in clocks if clock not in (start, end)]
    time = max(others, key=lambda c: (len(c.instants), hint(c.key, "time"), _ascending(c)), default=None)
    return time, start, end


def bracketing(clocks: list[Clock], links: Collection[tuple[int, int]]) -> tuple[Clock | None, Clock, Clock] | None:
    """(time, start, end) where one column of times is never before another, by as long as work takes: now more, now less; where
    it hardly varies, also within what the parent's work takes.

    links: (row of a span, row of its parent).
    """
    for first, last in permutations(clocks, 2):
        lengths = [last.instants[row] - ns for row, ns in first.instants.items() if row in last.instants]
        if len(lengths) < _VARIED or min(lengths) < 0 or len(set(lengths)) < 2:
            continue
        within = [
            first.instants[above] <= first.instants[row] and last.instants[row] <= last.instants[above]
            for row, above in links if {row, above} <= first.instants.keys() & last.instants.keys()
        ]  # fmt: skip
        if len(set(lengths)) >= _VARIED or (len(within) > 2 and all(within)):
            return next((clock for clock in clocks if clock not in (first, last)), None), first, last
    return None


def _named(clocks: Iterable[Clock], concept: str, least: int) -> Clock | None:
    """The fullest column whose name suggests a concept."""
    return max(
        (clock for clock in clocks if hint(clock.key, concept) >= least), key=lambda clock: len(clock.instants), default=None
    )


def _ascending(clock: Clock) -> float:
    times = [ns for _, ns in sorted(clock.instants.items())]
    return sum(a <= b for a, b in pairwise(times)) / max(1, len(times) - 1)
