"""How long the lines of spans span, beside how long the spans are said to have lasted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logtrace.store.reading.reader import FragmentReader
from logtrace.store.rows.linerefs import no_body, told

_WINDOW, _WINDOWS = 1_000, 5


class Spanning(NamedTuple):
    """A span of several lines: duration_ns as it was logged, lines_ns from its first line to its last, which is line `line`
    of a chunk."""

    service: str
    duration_ns: int
    lines_ns: int
    chunk: int
    line: int


def spanning(reader: FragmentReader, since: int, highest: int) -> Iterator[Spanning]:
    """Spans of several lines with a duration, among rows from `since` (without it) to `highest`: of few rows all, with some
    before them; of many some, of none none."""
    if since >= highest:
        return
    since = max(0, min(since, highest - _WINDOWS * _WINDOW))
    for begin in range(since, highest, max(_WINDOW, (highest - since) // _WINDOWS)):
        rows = reader.run(
            "SELECT o.service, s.duration_ns, s.lines FROM span s"
            " CROSS JOIN operation o ON o.id = s.operation_id"  # in this order: by rows
            " WHERE s.id > ? AND s.id <= ? AND s.n_lines > 1 AND s.span_key <> 0 AND s.duration_ns > 0",
            (begin, min(begin + _WINDOW, highest)),
        )
        for service, duration_ns, kept in rows:
            lines = [line for line in told(kept, no_body) if isinstance(line, list) and line[2] is not None]
            last = max(lines, key=lambda line: line[2], default=None)
            if last is not None and last[2] > 0:
                yield Spanning(service, duration_ns, last[2], last[0], last[1])
