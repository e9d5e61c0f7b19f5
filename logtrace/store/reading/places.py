"""Where lines stand that were kept, and lines of a store as they are read one trace after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from logtrace.ids import TraceId
from logtrace.model import LineRef, Trace
from logtrace.store.reading.lists import summary_rows
from logtrace.store.reading.sqlite_reader import SqliteReader


def places_of(reader: SqliteReader, lines: Iterable[LineRef]) -> dict[tuple[int, int], tuple[str, int]]:
    """(chunk, line in it) → (path, line number) of lines."""
    refs = {(line.chunk, line.line) for line in lines}
    chunks = orjson.dumps(sorted({chunk for chunk, _ in refs})).decode()
    rows = reader.run(
        "SELECT c.id, s.path, c.first_line FROM json_each(?) j CROSS JOIN chunk c ON c.id = j.value"
        " JOIN source s ON s.id = c.source_id",
        (chunks,),
    )
    first = {chunk: (path, line) for chunk, path, line in rows}
    return {(chunk, line): (first[chunk][0], first[chunk][1] + line) for chunk, line in refs if chunk in first}


def all_traces(reader: SqliteReader, since_ns: int | None = None, until_ns: int | None = None) -> Iterator[Trace]:
    """The traces that start in a window, oldest first, a few in memory at a time."""
    rows = summary_rows(
        reader,
        "WHERE (:since IS NULL OR t.start_ns >= :since) AND (:until IS NULL OR t.start_ns < :until)"
        " ORDER BY t.start_ns IS NULL, t.start_ns, t.high, t.low",
        {"since": since_ns, "until": until_ns},
    )
    spans, together = 0, list[TraceId]()
    for row in rows:
        spans += row.summary.spans
        together.append(row.trace)
        if spans >= _SPANS:
            yield from reader.traces(together)
            spans, together = 0, []
    yield from reader.traces(together)


_SPANS = 2_000
"""Traces are read together up to so many spans."""
