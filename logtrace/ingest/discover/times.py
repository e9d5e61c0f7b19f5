"""Which keys hold times and durations, in which unit, and whether a line's time is the start or the end of what it tells.

A unit that no key names is the smallest in which spans lie within their parents; so is the end told from the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from itertools import product
from typing import NamedTuple

from logtrace import units
from logtrace.ingest.discover.clocks import Clock, as_clock, bracketing, roles
from logtrace.ingest.discover.hints import UNITS, counts_something, hint, unit_in
from logtrace.ingest.discover.ids import Guess, Ids
from logtrace.ingest.discover.rows import PART, Column
from logtrace.ingest.vocabulary.readings import duration_in_text
from logtrace.patterns import lazy_pattern

_NEARLY = 0.95
_VARIED, _FEWEST_PAIRS, _TIGHT = 4, 3, 0.02
_GROUPED = lazy_pattern(r"[1-9]\d{0,2},\d{3}(?!\d)")
_UNITS = ("ns", "us", "ms", "s")


class Times(NamedTuple):
    """What was found; "" and None where nothing was. unit_why tells how sure the unit is; time_is: "start", "end" or ""."""

    time: Guess | None = None
    start: Guess | None = None
    end: Guess | None = None
    duration: Guess | None = None
    form: str = ""
    time_unit: str = ""
    time_is: str = ""
    time_is_why: str = ""
    unit: str = ""
    unit_why: str = ""


def find_times(columns: Mapping[str, Column], ids: Ids) -> Times:
    """Times, durations and their units."""
    taken = {guess.key for guess in (ids.trace, ids.span, ids.parent) if guess is not None}
    clocks = [clock for key, column in columns.items() if key not in taken and (clock := as_clock(column))]
    time, start, end = roles(clocks)
    taken |= {clock.key for clock in clocks}
    duration = _duration(columns, taken | _fractions(clocks, columns))
    if duration is None and time and not (start and end):
        duration = _nameless_duration(time, columns, taken, ids)
    if duration is None and not (start and end) and (around := bracketing(clocks, _links(columns, ids))):
        _, first, last = around
        if start in (None, first) and end in (None, last):
            time, start, end = around
    found = Times(
        time=_guess(time), start=_guess(start), end=_guess(end),
        form=next((clock.form for clock in (time, start, end) if clock and clock.form), ""),
        time_unit=next((clock.unit for clock in (time, start, end) if clock and clock.unit), ""),
    )  # fmt: skip
    if duration is None:
        return found
    found = found._replace(duration=Guess(duration.key, _range(duration) + _of_commas(duration)))
    if all(isinstance(value, str) and duration_in_text(value) is not None for value in duration.cells.values()):
        found = found._replace(unit_why="the values have their units")
    elif unit := unit_in(duration.key):
        found = found._replace(unit=unit, unit_why="the key says so")
    elif start and end and (unit := _unit_between(start, end, duration)):
        found = found._replace(unit=unit, unit_why=f"from {start.key} to {end.key} it is as long")
    if start and end:
        return _assumed(found, duration)
    clock, side = (start, "start") if start else (end, "end") if end else (time, "")
    return _assumed(found, duration) if clock is None else _fitted(found, clock, side, duration, columns, ids)


def _guess(clock: Clock | None) -> Guess | None:
    if clock is None:
        return None
    first = units.format_instant(min(clock.instants.values()))
    return Guess(clock.key, f"{len(clock.instants):,} times from {first} on")


def _range(column: Column) -> str:
    values = sorted(column.texts.values(), key=lambda text: (len(text), text))
    return f"{len(values):,} values such as {values[0]}, {values[-1]}"


def _of_commas(column: Column) -> str:
    """Says so where a comma that is read as a decimal one might part thousands as well; "" where a text tells (0,5 ms)."""
    told = [text for text in column.distinct if "," in text]
    if not all(_GROUPED.match(text) for text in told):
        return ""
    read = ((text, duration_in_text(text)) for text in sorted(told))
    doubtful = (text for text, found in read if found is not None and found != duration_in_text(text.replace(",", "")))
    return next((f"; ASSUMED: a comma is a decimal one, so {text} is {text.replace(',', '.')}" for text in doubtful), "")


def _duration(columns: Mapping[str, Column], taken: set[str]) -> Column | None:
    """The column that most looks like durations."""
    scored = [(_duration_score(column), column) for key, column in columns.items() if key not in taken]
    return max((pair for pair in scored if pair[0] > 1), key=lambda pair: pair[0], default=(0.0, None))[1]


def _fractions(clocks: Iterable[Clock], columns: Mapping[str, Column]) -> set[str]:
    """Keys beside a time in seconds, in one object with it, that tell what is left of the second: `{"sec": …, "usec": …}`."""
    beside = {clock.key.rpartition(".")[0] for clock in clocks if clock.unit == "s"} - {""}
    return {key for key in columns if key.rpartition(".")[0] in beside and key.rpartition(".")[2].lower() in UNITS}


def _nameless_duration(clock: Clock, columns: Mapping[str, Column], taken: set[str], ids: Ids) -> Column | None:
    """A column of numbers that make nearly all spans lie within their parents; None where there is none, or several."""
    fitting = []
    for key, column in columns.items():
        numbers = {row: number for row, value in column.cells.items() if (number := _number(value)) is not None}
        if key in taken or PART in key or counts_something(key) or len(numbers) < len(column.cells):
            continue
        if not _may_be_lengths(numbers.values()):
            continue
        pairs = _telling(clock, numbers, columns, ids)
        slack_ns = _slack_ns(clock)
        tried = product(_UNITS, ("end", "start"))
        fits = {how: _inside(pairs, clock, numbers, units.NS[how[0]], how[1], slack_ns) for how in tried}
        unit = next((unit for (unit, _), part in fits.items() if part >= _NEARLY), "")
        if len(pairs) >= _FEWEST_PAIRS and unit and _is_tight(pairs, clock, numbers, units.NS[unit]):
            fitting.append(column)
    return fitting[0] if len(fitting) == 1 else None


def _may_be_lengths(numbers: Collection[float]) -> bool:
    """Whether numbers vary as durations do; of few different ones, those that count things have no fractions."""
    different = set(numbers)
    broken = sum(bool(number % 1) for number in different)
    return min(different, default=-1) >= 0 and (len(different) >= _VARIED or 2 * broken > len(different) > 1)


def _is_tight(pairs: Iterable[tuple[int, int]], clock: Clock, numbers: Mapping[int, float], unit_ns: int) -> bool:
    """Whether the times of lines differ by a part of what their longer one tells that can be seen: within numbers that are large
    enough, anything lies."""
    return any(
        abs(clock.instants[child] - clock.instants[parent]) >= _TIGHT * numbers.get(parent, 0.0) * unit_ns
        for child, parent in pairs
    )


def _duration_score(column: Column) -> float:
    """Text with a unit, or a number under a name that suggests it; 0 for what can't be one."""
    values = list(column.cells.values())
    united = all(isinstance(value, str) and duration_in_text(value) is not None for value in values)
    if not values or counts_something(column.key, united=united):
        return 0.0
    if united:
        return 3.0 + hint(column.key, "duration")
    numbers = [_number(value) for value in values]
    if any(number is None or number < 0 for number in numbers):
        return 0.0
    varied = len(column.distinct) > 1
    return 1.0 * hint(column.key, "duration") + 0.6 * bool(unit_in(column.key)) + 0.3 * varied + 0.2 * min(1.0, len(values) / 50)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return units.number_or_none(value.replace(",", "."))
    return value if isinstance(value, (int, float)) else None


def _unit_between(start: Clock, end: Clock, duration: Column) -> str:
    """The unit in which durations are what lies between start and end; "" where none is."""
    ratios = []
    for row, value in duration.cells.items():
        number = _number(value)
        if number and row in start.instants and row in end.instants:
            ratios.append((end.instants[row] - start.instants[row]) / number)
    typical = sorted(ratios)[len(ratios) // 2] if ratios else 0
    return next((unit for unit in _UNITS if 0.7 < typical / units.NS[unit] < 1.4), "")


def _fitted(found: Times, clock: Clock, fixed: str, duration: Column, columns: Mapping[str, Column], ids: Ids) -> Times:
    """Unit and end by what lets spans lie within their parents, or the lines of a trace within its longest span.

    fixed: which end `clock` tells, "" where that is the question.
    """
    numbers = {row: number for row, value in duration.cells.items() if (number := _length(value)) is not None}
    slack_ns = _slack_ns(clock)
    pairs = _telling(clock, numbers, columns, ids)
    known = found.unit or ("ns" if found.unit_why else "")
    sides = (fixed,) if fixed else ("end", "start")
    sizes = {unit: units.unit_ns(unit) or 0 for unit in ((known,) if known else _UNITS)}
    tried = {(unit, side): _inside(pairs, clock, numbers, sizes[unit], side, slack_ns) for unit in sizes for side in sides}
    best = max(tried.values(), default=0.0)
    if len(pairs) < 2 or best < 0.5:
        return _assumed(found, duration)
    unit, side = next(key for key, part in tried.items() if part >= 0.9 * best and part >= best - 0.1)
    if not found.unit_why:
        found = found._replace(unit=unit, unit_why=f"{tried[unit, side]:.0%} of spans lie within their parent's time then")
    if fixed:
        return found
    other = tried.get((unit, "start" if side == "end" else "end"), 0.0)
    if tried[unit, side] - other > 0.2:
        return found._replace(time_is=side, time_is_why="spans lie within their parents then")
    return _with_end_assumed(found)


def _length(value: object) -> float | None:
    """A duration as a number: of nanoseconds where its text has a unit."""
    if isinstance(value, str) and (own := duration_in_text(value)) is not None:
        return float(own)
    return _number(value)


def _pairs(clock: Clock, numbers: Mapping[int, float], columns: Mapping[str, Column], ids: Ids) -> Iterator[tuple[int, int]]:
    """(row of a child, row of its parent); without links: (any line of a trace, the line with its longest duration)."""
    if ids.trace is None:
        return
    trace = columns[ids.trace.key].texts
    rows = [row for row in trace if row in clock.instants]
    if ids.span is not None and ids.parent is not None:
        yield from _links(columns, ids, clock.instants.keys() & numbers.keys())
        return
    groups: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        groups[trace[row]].append(row)
    for group in groups.values():
        longest = max((row for row in group if row in numbers), key=lambda row: numbers[row], default=None)
        yield from ((row, longest) for row in group if longest is not None and row != longest)


def _links(columns: Mapping[str, Column], ids: Ids, rows: Set[int] | None = None) -> list[tuple[int, int]]:
    """(row of a span, row of its parent) of those rows, None: of all, where both are known."""
    if ids.trace is None or ids.span is None or ids.parent is None:
        return []
    trace, span, parent = (columns[guess.key].texts for guess in (ids.trace, ids.span, ids.parent))
    known = [row for row in trace if row in span and (rows is None or row in rows)]
    owner = {(trace[row], span[row]): row for row in known}
    above = {row: owner.get((trace[row], parent.get(row, ""))) for row in known}
    return [(row, other) for row, other in above.items() if other is not None and other != row]


def _telling(clock: Clock, numbers: Mapping[int, float], columns: Mapping[str, Column], ids: Ids) -> list[tuple[int, int]]:
    """The pairs of `_pairs` that are further apart than times are exact: only those tell anything."""
    apart_ns = 2 * _slack_ns(clock)
    found = _pairs(clock, numbers, columns, ids)
    return [(row, above) for row, above in found if abs(clock.instants[row] - clock.instants[above]) > apart_ns]


def _slack_ns(clock: Clock) -> float:
    return 1.5 * _resolution_ns(clock)


def _resolution_ns(clock: Clock) -> int:
    """How exact times are: the largest of s, ms, us that all are multiples of."""
    fine = [step for step in (units.NS_PER_S, 1_000_000, 1_000) if all(ns % step == 0 for ns in clock.instants.values())]
    return fine[0] if fine else 100


def _inside(
    pairs: Iterable[tuple[int, int]], clock: Clock, numbers: Mapping[int, float], unit_ns: int, side: str, slack_ns: float
) -> float:
    """The part of pairs whose first lies within the second."""
    held = total = 0
    for child, parent in pairs:
        a, b = (_interval(clock.instants[row], numbers.get(row, 0.0) * unit_ns, side) for row in (child, parent))
        slack = slack_ns + 0.02 * (b[1] - b[0])
        total += 1
        held += b[0] - slack <= a[0] and a[1] <= b[1] + slack
    return held / total if total else 0.0


def _interval(at_ns: int, length_ns: float, side: str) -> tuple[float, float]:
    return (at_ns - length_ns, at_ns) if side == "end" else (at_ns, at_ns + length_ns)


def _assumed(found: Times, duration: Column) -> Times:
    """Milliseconds, or nanoseconds of large whole numbers, where nothing tells the unit."""
    if not found.unit_why:
        values = [value for value in duration.cells.values() if isinstance(value, int)]
        large = len(values) == len(duration.cells) and sorted(values)[len(values) // 2] >= 1_000_000
        found = found._replace(unit="ns" if large else "ms", unit_why="ASSUMED: nothing in these lines tells it")
    return found if found.start or found.end else _with_end_assumed(found)


def _with_end_assumed(found: Times) -> Times:
    return found._replace(time_is="end", time_is_why="assumed: loggers write a duration when the work is done")
