"""Lines that were found among those of their trace: what `grep -C` shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logtrace.ids import parse_trace_id
from logtrace.jobs.lines.of_trace import trace_lines
from logtrace.model import LogLine
from logtrace.store.reading.sqlite_reader import SqliteReader


def in_context(reader: SqliteReader, hits: Iterable[LogLine], many: int) -> Iterator[list[tuple[LogLine, bool]]]:
    """Runs of lines of one trace in time order, up to `many` before and behind each hit, with whether a line is one.

    Traces come in the order of their first hits. A hit that names no trace stands alone.
    """
    by_trace: dict[tuple[str, int], list[LogLine]] = {}
    for number, hit in enumerate(hits):
        by_trace.setdefault((hit.trace_id, 0 if hit.trace_id else number), []).append(hit)
    for (trace_id, _), found in by_trace.items():
        parsed = parse_trace_id(trace_id)
        trace = None if parsed is None else reader.trace(parsed)
        lines = [] if trace is None else trace_lines(reader, trace)
        wanted = {(hit.path, hit.line) for hit in found}
        places = [at for at, line in enumerate(lines) if (line.path, line.line) in wanted]
        yield from _runs(lines, places, many)
        shown = {(lines[at].path, lines[at].line) for at in places}
        yield from ([(hit, True)] for hit in found if (hit.path, hit.line) not in shown)


def _runs(lines: list[LogLine], places: list[int], many: int) -> Iterator[list[tuple[LogLine, bool]]]:
    kept = sorted({near for at in places for near in range(max(0, at - many), min(len(lines), at + many + 1))})
    hits, run = set(places), list[tuple[LogLine, bool]]()
    for place, at in enumerate(kept):
        if place and kept[place - 1] != at - 1:
            yield run
            run = []
        run.append((lines[at], at in hits))
    if run:
        yield run
