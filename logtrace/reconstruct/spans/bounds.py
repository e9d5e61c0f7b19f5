"""When a span started and ended, from all that its lines say, with the evidence for each.

In order of trust, best first (confidence):

    start   a start field 100 · end minus duration 98 · the start line's time 95 · the first line 60 (40 if the only one)
    end     an end field 100 · start plus duration 98 · the end line's time 95 · the last line 50

A span of lines alone is at least as long as from its first line to its last: its duration is a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logtrace.model import UNKNOWN, Evidence, Flag, Role
from logtrace.reconstruct.spans.fragments import COARSE, FIELD_END, FIELD_START, Mark

MAX_DURATION_NS = 24 * 3600 * 1_000_000_000
"""A longer duration is kept as it was logged and flagged; statistics leave it out."""

CONFLICT_NS = 1_000_000

FIELD = Evidence("field", 100)
DURATION = Evidence("duration", 98)
RECORD = Evidence("record", 95)
FIRST_LINE, ONLY_LINE, LAST_LINE = Evidence("lines", 60), Evidence("lines", 40), Evidence("lines", 50)
_START, _END = int(Role.START), int(Role.END)


class Bounds(NamedTuple):
    """start_ns and duration_ns as they are shown; either may be None. `attempts` counts start/end pairs on one id."""

    start_ns: int | None
    duration_ns: int | None
    start: Evidence
    end: Evidence
    flags: int
    attempts: int


def of_lines(flags: int, marks: Sequence[Mark]) -> int:
    """The flags of a span's lines that stand beside those of its bounds: a duration that is none is no trouble beside one that
    is."""
    return flags & ~Flag.INVALID_DURATION.value if any(mark.duration_ns is not None for mark in marks) else flags


def bounds(marks: Sequence[Mark], times: Sequence[int]) -> Bounds:
    """The bounds that marks and the sorted times of all lines tell.

    marks: in any order; times: the times of the span's lines, sorted, those without a time left out.
    """
    if len(marks) == 2 and (usual := _usual(*marks)) is not None:
        return usual
    if len(marks) == 1 and (single := _single(marks[0])) is not None:
        return single
    told = _without_coarse(_without_untimed_copies(marks))
    marks = [mark if (mark.duration_ns or 0) >= 0 else mark._replace(duration_ns=None) for mark in told]
    start_ns, start = _start(marks, times)
    end_ns, end = _end(marks, times)
    flags, duration_ns = 0 if marks == list(told) else Flag.INVALID_DURATION, None
    if start_ns is not None and end_ns is not None:
        duration_ns = end_ns - start_ns
    stated = [mark.duration_ns for mark in marks if mark.duration_ns is not None]
    if len(stated) == 1 and len(marks) <= 2:
        duration_ns = stated[0]
    if duration_ns is not None and not 0 <= duration_ns <= MAX_DURATION_NS:
        flags |= Flag.INVALID_DURATION
        duration_ns = None if duration_ns < 0 else duration_ns
    if end is UNKNOWN or start is UNKNOWN:
        flags |= Flag.OPEN
    elif end is LAST_LINE and duration_ns is not None:
        flags |= Flag.LOWER_BOUND | (Flag.OPEN if marks else 0)
    if _conflicting(marks, duration_ns):
        flags |= Flag.BOUNDS_CONFLICT
    attempts = max(1, sum(mark.role == _START for mark in marks), sum(mark.role != _START for mark in marks))
    if attempts > 1:
        flags |= Flag.ATTEMPTS
    return Bounds(start_ns, duration_ns, start, end, int(flags), attempts)


def known_duration(duration_ns: int | None, start: Evidence) -> int | None:
    """The duration as it is shown: the nothing between an end and a start that no line tells is no duration."""
    return None if start is UNKNOWN and not duration_ns else duration_ns


def _usual(a: Mark, b: Mark) -> Bounds | None:
    """What all the rest of this file finds for a start line and an end line with a duration that agree."""
    first, last = (a, b) if a.role == _START else (b, a)
    if first.role != _START or last.role != _END or first.fields or last.fields:
        return None
    if first.start_ns is None or last.end_ns is None or last.duration_ns is None:
        return None
    start_ns = last.end_ns - last.duration_ns
    if not 0 <= last.duration_ns <= MAX_DURATION_NS or abs(start_ns - first.start_ns) > CONFLICT_NS:
        return None
    return Bounds(start_ns, last.duration_ns, DURATION, RECORD, 0, 1)


def _single(mark: Mark) -> Bounds | None:
    """The same for one line at the end, with a duration."""
    _, start_ns, end_ns, duration_ns, fields = mark
    if fields or start_ns is not None or end_ns is None or duration_ns is None or not 0 <= duration_ns <= MAX_DURATION_NS:
        return None
    return Bounds(end_ns - duration_ns, duration_ns, DURATION, RECORD, 0, 1) if mark.role != _START else None


def _without_untimed_copies(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The marks but those without a time that say what one with a time says: the line came also without its envelope."""
    timed = {(m.role, m.duration_ns) for m in marks if m.start_ns is not None or m.end_ns is not None}
    return [m for m in marks if m.start_ns is not None or m.end_ns is not None or (m.role, m.duration_ns) not in timed]


def _without_coarse(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The marks without coarse durations, where a start line has the time itself."""
    if not any(mark.fields & COARSE for mark in marks) or not any(mark.role == _START for mark in marks):
        return marks
    return [mark._replace(duration_ns=None) if mark.fields & COARSE else mark for mark in marks]


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _start(marks: Sequence[Mark], times: Sequence[int]) -> tuple[int | None, Evidence]:
    if (found := _least(m.start_ns for m in marks if m.fields & FIELD_START)) is not None:
        return found, FIELD
    if (
        found := _least(m.end_ns - m.duration_ns for m in marks if m.end_ns is not None and m.duration_ns is not None)
    ) is not None:
        earlier = _least(m.start_ns for m in marks if m.role == _START) if len(marks) > 2 else None
        return (found, DURATION) if earlier is None else (min(found, earlier), RECORD)
    if (found := _least(m.start_ns for m in marks)) is not None:
        return found, RECORD
    if not times:
        return None, UNKNOWN
    end_only = bool(marks) and len(times) == 1
    return times[0], UNKNOWN if end_only else FIRST_LINE if len(times) > 1 else ONLY_LINE


def _end(marks: Sequence[Mark], times: Sequence[int]) -> tuple[int | None, Evidence]:
    if (found := _most(m.end_ns for m in marks if m.fields & FIELD_END)) is not None:
        return found, FIELD
    sums = (
        m.start_ns + m.duration_ns for m in marks if m.start_ns is not None and m.duration_ns is not None and m.end_ns is None
    )
    if (found := _most(sums)) is not None:
        return found, DURATION
    if (found := _most(m.end_ns for m in marks)) is not None:
        return found, RECORD
    start = _least(m.start_ns for m in marks)
    if times and times[-1] > (times[0] if start is None else start):
        return times[-1], LAST_LINE
    return None, UNKNOWN


def _conflicting(marks: Sequence[Mark], duration_ns: int | None) -> bool:
    """Whether a start line and the logged duration disagree by more than 1 ms and 1 % of the duration; or start, end and
    duration of one line.

    start line |-----------------------|
                     |-- duration -----| end line
    """
    if len(marks) == 1 and marks[0].duration_ns is not None:
        (mark,) = marks
        told = mark.fields & FIELD_START and mark.fields & FIELD_END and mark.start_ns is not None and mark.end_ns is not None
        apart = abs(mark.end_ns - mark.start_ns - mark.duration_ns) if told else 0  # type: ignore[operator]
        return apart > max(CONFLICT_NS, (mark.duration_ns or 0) // 100)
    if len(marks) != 2 or duration_ns is None:
        return False
    start = _least(m.start_ns for m in marks if m.role == _START)
    end = _most(m.end_ns for m in marks if m.duration_ns is not None)
    if start is None or end is None:
        return False
    return abs((end - start) - duration_ns) > max(CONFLICT_NS, duration_ns // 100)
