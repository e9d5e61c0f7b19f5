"""grep over the kept lines: chunks are unpacked and searched side by side (zstd and RE2 both let other threads run), and
only lines that match are decoded."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import zstandard

from logtrace.ids import parse_trace_id, span_id_text
from logtrace.ingest import envelopes
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.sources import service_of
from logtrace.jobs.lines import trace_lines
from logtrace.model import LogLine, Record
from logtrace.query.values import compiled_pattern
from logtrace.store.lines import Packed, all_sources, packed_chunks, unpacked
from logtrace.store.reader import FragmentReader
from logtrace.store.sqlite_reader import SqliteReader

_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 4 * _THREADS


class Pattern(NamedTuple):
    """What is looked for in raw lines. text: an RE2 pattern, or (literal) text as it is; invert: lines without it."""

    text: str
    literal: bool = False
    ignore_case: bool = False
    invert: bool = False


class Found(NamedTuple):
    """The lines of a chunk that match: (index in the chunk, bytes without the line end), in order."""

    chunk: Packed
    lines: list[tuple[int, bytes]]


class Decoded(NamedTuple):
    """A matching line with its record (None where it gives none), and the text of its span's id."""

    record: Record | None
    span_id: str
    text: str
    path: str
    number: int


def grep(reader: FragmentReader, pattern: Pattern) -> Iterator[LogLine]:
    """The kept lines that match, source by source, with the trace, span and service that they name."""
    for record, span_id, text, path, number in decoded(reader, pattern):
        if record is None:
            yield LogLine("", "", service_of(path), None, 0, text, text, path, number)
        else:
            trace_id = "" if record.trace is None else str(record.trace)
            yield LogLine(trace_id, span_id, record.service, record.time_ns, record.severity, record.body, text, path, number)


def decoded(reader: FragmentReader, pattern: Pattern) -> Iterator[Decoded]:
    """The kept lines that match, source by source, with their records."""
    decoders: dict[str, Decoder] = {}
    for found in _searched(reader, pattern):
        if found.lines:
            decoder = decoders.get(found.chunk.settings)
            if decoder is None:
                decoder = decoders[found.chunk.settings] = Decoder(Settings.of_text(found.chunk.settings))
            yield from _decoded(reader, found, decoder)


def counts(reader: FragmentReader, pattern: Pattern) -> dict[str, int]:
    """How many kept lines of each source match, by path, in the order they were read."""
    paths = all_sources(reader)
    found: Counter[int] = Counter()
    for matching in _searched(reader, pattern):
        found[matching.chunk.source_id] += len(matching.lines)
    totals = dict.fromkeys(paths.values(), 0)
    for source_id, path in paths.items():
        totals[path] += found[source_id]
    return totals


def _searched(reader: FragmentReader, pattern: Pattern) -> Iterator[Found]:
    """The matching lines of all chunks, in order; a few chunks are worked on ahead."""
    compiled = compiled_pattern(pattern.text, literal=pattern.literal, ignore_case=pattern.ignore_case)
    waiting: deque[Future[Found]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            for chunk in packed_chunks(reader):
                waiting.append(threads.submit(_search, reader, chunk, compiled, _needle(pattern), pattern.invert))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _search(reader: FragmentReader, chunk: Packed, compiled: Any, needle: bytes, invert: bool) -> Found:
    data = unpacked(reader, chunk, zstandard.ZstdDecompressor())
    found = list(_having(data, needle) if needle and compiled.search(data) else _matching(data, compiled))
    if invert:
        matching = {index for index, _ in found}
        found = [(i, line) for i, line in enumerate(data.split(b"\n")) if i not in matching and (line or i < data.count(b"\n"))]
    return Found(chunk, found)


def _needle(pattern: Pattern) -> bytes:
    """What lines have to hold, byte by byte; b"" where that does not say it all."""
    plain = pattern.literal and not pattern.ignore_case and "\n" not in pattern.text
    return pattern.text.encode("utf-8", "surrogateescape") if plain else b""


def _having(data: bytes, needle: bytes) -> Iterator[tuple[int, bytes]]:
    """As _matching, of plain text. To find a chunk that has it RE2 is quicker, to find all in such a chunk this is."""
    index = at = 0
    while (place := data.find(needle, at)) >= 0:
        start = data.rfind(b"\n", at, place) + 1 or at
        end = data.find(b"\n", place + len(needle))
        end = len(data) if end < 0 else end
        index += data.count(b"\n", at, start)
        yield index, data[start:end]
        index, at = index + 1, end + 1


def _matching(data: bytes, compiled: Any) -> Iterator[tuple[int, bytes]]:
    """(index, line) of the lines with a match."""
    index = at = 0
    while at < len(data) and (match := compiled.search(data, at)) is not None and match.start() < len(data):
        start = data.rfind(b"\n", at, match.start()) + 1 or at
        end = data.find(b"\n", match.end())
        end = len(data) if end < 0 else end
        index += data.count(b"\n", at, start)
        yield index, data[start:end]
        index, at = index + 1, end + 1


def _decoded(reader: FragmentReader, found: Found, decoder: Decoder) -> Iterator[Decoded]:
    chunk = found.chunk
    decoder.source(service_of(chunk.path))
    lines = b"\n".join(line for _, line in found.lines)
    records: dict[int, Record] = {at: record for at, record, _ in decoder.lines(lines) if isinstance(record, Record)}
    alone = [at for at in range(len(found.lines)) if at not in records or records[at].trace is None]
    if alone:
        records |= _in_parts(reader, found, decoder, alone)
    opaque = decoder.ids.opaque
    for at, (index, line) in enumerate(found.lines):
        record = records.get(at)
        span_id = (opaque.get(record.span) or span_id_text(record.span)) if record is not None and record.span else ""
        text = line.decode("utf-8", "replace").removesuffix("\r")
        yield Decoded(record, span_id, text, chunk.path, chunk.first_line + index)


def _in_parts(reader: FragmentReader, found: Found, decoder: Decoder, missing: Iterable[int]) -> dict[int, Record]:
    """The records of lines that say nothing by themselves: parts of a line that a runtime split."""
    data = unpacked(reader, found.chunk, zstandard.ZstdDecompressor())
    if not any(map(envelopes.may_be_partial, data.split(b"\n"))):
        return {}
    several = [(i, parts, record) for i, record, parts in decoder.lines(data) if parts > 1 and isinstance(record, Record)]
    starts = [start for start, _, _ in several]
    records = {}
    for at in missing:
        index = found.lines[at][0]
        place = bisect_right(starts, index) - 1
        if place >= 0 and index < several[place][0] + several[place][1]:
            records[at] = several[place][2]
    return records


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
