"""Where the times of a file go back: what a clock leaves behind that was set back, or lines that are in no order of time.

Chunks tell quickly where that can't be: their times are of so many lines in a row. Where it may be, the first line of each
span has its place and its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from logtrace.columns import MISSING
from logtrace.store.reading.arrays import joined, numbers, whole_numbers
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.linerefs import BASE, SIZE
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Ints

LEAST_NS = 30 * NS["m"]
"""So far back at least: less is what writers that wait for one another leave, and half of what a change to winter time does."""

_REST = "substr(lines, instr(substr(lines, 2, 32), '[') + 2, 32)"  # of the first line: chunk, index in it, …
_FIRST_LINES = (
    f"CASE WHEN substr(lines, 2, 1) = '[' THEN coalesce(start_ns, {MISSING}) ELSE CAST(substr(lines, 2, 24) AS INTEGER) END",
    f"CAST({_REST} AS INTEGER)",
    f"CAST(substr({_REST}, instr({_REST}, ',') + 1) AS INTEGER)",
)
_AS_TEXT, _AS_BLOB = "n_lines > 0 AND typeof(lines) = 'text'", "n_lines > 0 AND typeof(lines) = 'blob'"
_HEAD_BYTES = BASE + 6  # of packed lines: the time, where it is told, chunk and line
_HEAD = f"group_concat(hex(substr(lines, 1, {_HEAD_BYTES})), '')"


class SetBack(NamedTuple):
    """Between two lines of a file that follow one another, of those that begin spans. line: the number of the latter."""

    path: str
    line: int
    before_ns: int
    after_ns: int

    @property
    def by_ns(self) -> int:
        """How far the times go back."""
        return self.before_ns - self.after_ns


def set_back(reader: FragmentReader) -> list[SetBack]:
    """All places where times go back by half an hour or more, as they stand in files."""
    import numpy as np

    wanted = set(_doubtful(reader))
    if not wanted:
        return []
    rows = reader.run("SELECT c.id, c.source_id, c.first_line, s.path FROM chunk c JOIN source s ON s.id = c.source_id")
    told = {row[0]: row[1:] for row in rows if row[1] in wanted}
    time, chunk, index = map(np.concatenate, zip(numbers(reader, _FIRST_LINES, _AS_TEXT, {}), _packed(reader), strict=True))
    known = np.array(sorted(told), np.int64)
    kept = (time != MISSING) & np.isin(chunk, known)
    time, chunk, index = time[kept], chunk[kept], index[kept]
    at = np.searchsorted(known, chunk)
    source, first = (np.array([told[number][which] for number in known.tolist()], np.int64)[at] for which in (0, 1))
    order = np.lexsort((time, first + index, source))
    last = np.append(np.diff(source[order]) | np.diff((first + index)[order]), 1) != 0
    order = order[last]  # a line may be a document of many spans, which has no order: its latest one counts
    back = np.flatnonzero((np.diff(source[order]) == 0) & (np.diff(time[order]) <= -LEAST_NS))
    return [
        SetBack(told[int(chunk[after])][2], int(first[after] + index[after]), int(time[before]), int(time[after]))
        for before, after in zip(order[back].tolist(), order[back + 1].tolist(), strict=True)
    ]


def _packed(reader: FragmentReader) -> tuple[Ints, Ints, Ints]:
    """Time, chunk and place in it of the first line of each row whose lines are packed."""
    import numpy as np

    stated_sql = f"group_concat(length(lines) % {SIZE} > 0)"
    sql = f"SELECT group_concat(coalesce(start_ns, {MISSING})), {stated_sql}, {_HEAD} FROM span WHERE {_AS_BLOB}"
    start, stated, heads = [], [], []
    for starts, bases, head in joined(reader, sql, {}):
        if starts is not None:
            start.append(whole_numbers(reader, starts))
            stated.append(whole_numbers(reader, bases))
            heads.append(np.frombuffer(bytes.fromhex(head), np.uint8).reshape(-1, _HEAD_BYTES).astype(np.int64))
    if not start:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    has_base, bytes_of = np.concatenate(stated) > 0, np.concatenate(heads)
    line = np.where(has_base[:, None], bytes_of[:, BASE:], bytes_of[:, : _HEAD_BYTES - BASE])
    time = np.where(has_base, _number(bytes_of[:, :BASE]), np.concatenate(start))
    return time, _number(line[:, :3]), _number(line[:, 3:])


def _number(columns: Ints) -> Ints:
    """The number that the bytes of each row are, the highest first."""
    found = columns[:, 0]
    for at in range(1, columns.shape[1]):
        found = found << 8 | columns[:, at]
    return found


def _doubtful(reader: FragmentReader) -> Iterator[int]:
    """The sources some of whose lines are so much earlier than one that is before them, or may be."""
    latest: dict[int, int] = {}
    sql = "SELECT source_id, min_ns, max_ns FROM chunk WHERE min_ns IS NOT NULL ORDER BY source_id, first_line"
    for source, low, high in reader.stream(sql):
        latest[source] = max(high, latest.get(source, high))
        if low <= latest[source] - LEAST_NS:
            yield source
