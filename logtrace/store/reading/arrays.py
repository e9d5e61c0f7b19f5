"""Columns of span rows as arrays of numbers: half a million rows in a few tenths of a second.

SQLite joins the numbers of a column into one text, which numpy reads; a tuple for each row would take three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from logtrace.columns import MISSING, Operation, SpanColumns
from logtrace.ids import span_id_text
from logtrace.store.reading.errors import trace_id_text
from logtrace.store.reading.reader import FragmentReader
from logtrace.units import NS

if TYPE_CHECKING:
    from logtrace.columns import Ints

ROWS = 1 << 18
"""So many rows are joined at a time: texts of some megabytes."""

_COLUMNS = (
    "(operation_id << 24) | ((confidence IS NOT NULL) << 22) | (error << 20) | flags",  # read as one number: fewer texts
    f"coalesce(start_ns, {MISSING})",
    f"coalesce(duration_ns, {MISSING})",
    "trace_low",
    "span_key",
    "coalesce(parent_key, 0)",
    "id",
)


class Window:
    """Spans that start not before one instant and before another; None: no limit. A span without a time is in no window."""

    def __init__(self, since_ns: int | None = None, until_ns: int | None = None) -> None:
        self.since_ns, self.until_ns = since_ns, until_ns
        self.sql = "span_key <> 0"
        self.values: dict[str, Any] = {}
        if (since_ns, until_ns) != (None, None):
            self.sql += " AND start_ns >= coalesce(:since, start_ns) AND start_ns < coalesce(:until, 1 << 62)"
            self.values = {"since": since_ns, "until": until_ns}


MARGIN_NS = NS["h"]
"""Spans that start so long before or after a window are read with it: they may be parents or children of those in it."""


def around(since_ns: int | None, until_ns: int | None) -> Window:
    """A window with its margins."""
    return Window(None if since_ns is None else since_ns - MARGIN_NS, None if until_ns is None else until_ns + MARGIN_NS)


def span_columns(reader: FragmentReader, window: Window) -> SpanColumns:
    """All spans that start in a window, in the order of their rows."""
    packed, start, duration, *rest = numbers(reader, _COLUMNS, window.sql, window.values)
    ids, operations = _operations(reader)
    error, flags, inferred = packed >> 20 & 3, packed & 0xFFFFF, packed >> 22 & 1
    return SpanColumns(operations, ids[packed >> 24], start, duration, error, flags, inferred, *rest)


def _operations(reader: FragmentReader) -> tuple[Ints, tuple[Operation, ...]]:
    """Number in the store → number of the operation, whatever its kind; and the operations."""
    import numpy as np

    known: dict[Operation, int] = {}
    rows = reader.run("SELECT id, service, name FROM operation")
    found = np.zeros(1 + max((row[0] for row in rows), default=0), np.int64)
    for number, service, name in rows:
        found[number] = known.setdefault(Operation(service, name), len(known))
    return found, tuple(known)


def numbers(reader: FragmentReader, columns: Sequence[str], where: str, values: Mapping[str, Any]) -> list[Ints]:
    """An array for each SQL expression (of whole numbers, never NULL) over the rows of span that a condition holds for."""
    import numpy as np

    sql = f"SELECT {', '.join(f'group_concat({column})' for column in columns)} FROM span WHERE {where}"
    parts = [row for row in joined(reader, sql, values) if row[0] is not None]
    if not parts:
        return [np.empty(0, np.int64) for _ in columns]
    found = [np.concatenate([whole_numbers(reader, text) for text in texts]) for texts in zip(*parts, strict=True)]
    if any(len(column) != len(found[0]) for column in found):
        raise reader.damaged("rows of the table span lack numbers")
    return found


def whole_numbers(reader: FragmentReader, text: str) -> Ints:
    """The numbers of a column of span that SQLite has joined by commas. Raises StoreError where some are none."""
    import numpy as np

    try:
        return np.fromstring(text, np.int64, sep=",")
    except ValueError as error:
        raise reader.damaged("a row of the table span holds something else than a number") from error


def joined(reader: FragmentReader, sql: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query over `span` with a WHERE clause, asked run of rows by run of rows."""
    last = int(reader.run("SELECT coalesce(max(id), 0) FROM span")[0][0])
    for first in range(0, last, ROWS):
        yield from reader.stream(f"{sql} AND id > :first AND id <= :last", {**values, "first": first, "last": first + ROWS})


def newest_span_ns(reader: FragmentReader) -> int | None:
    """When the last span starts; None where none has a time."""
    found: int | None = reader.run("SELECT max(start_ns) FROM span WHERE span_key <> 0")[0][0]
    return found


def is_unfinished(reader: FragmentReader) -> bool:
    """Whether some rows are newer than the last assembly that ended."""
    return bool(reader.run("SELECT max(id) > (SELECT value FROM meta WHERE key = 'assembled') FROM span")[0][0])


def row_ids(reader: FragmentReader, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Row → (trace id, span id) as they are shown."""
    found = reader.run(
        "SELECT s.id, s.trace_low, s.trace_high, s.span_key, p.text FROM json_each(?) j CROSS JOIN span s ON s.id = j.value"
        " LEFT JOIN opaque_span p ON p.key = s.span_key",
        (orjson.dumps(list(rows)).decode(),),
    )
    return {row: (trace_id_text(reader, (low, high)), text or span_id_text(key)) for row, low, high, key, text in found}
