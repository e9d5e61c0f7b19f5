"""Traces straight from files, without a store: one trace by its id, or all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import orjson

from logtrace.errors import InputError, NotFoundError, UsageError
from logtrace.ids import NO_SPAN, TraceId, parse_span_id, parse_trace_id
from logtrace.ingest.files import sources
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import STDIN, Opened, Unreadable
from logtrace.ingest.pieces.blocks import stream_blocks
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.redact import redacted
from logtrace.jobs.lines.scan import DAMAGED, Hit, line_numbers, scan
from logtrace.model import LogLine, Record, Trace, plain_key
from logtrace.reconstruct.spans.collector import Collector
from logtrace.reconstruct.spans.fragments import Fragment, line_order
from logtrace.reconstruct.trace import by_trace, rebuild, to_trace, trace_id_of
from logtrace.store.search.wanted import Wanted, decimal_low, other_spellings, starts_with, wanted

MANY_LINES = 200_000
"""A short text in more lines than this names nothing."""

TOGETHER = 4_096
"""From so many lines on what reads many at once is worth loading."""


class Line(NamedTuple):
    """A decoded line, and where it stands: in which file, at which place (see scan.Hit), how many lines after it."""

    record: Record
    file: Opened
    place: int
    after: int
    text: bytes


@dataclass(frozen=True)
class Found:
    """A trace found in files, and (service, operation) → (samples, p99_ns) of its own spans."""

    trace: Trace
    history: Mapping[tuple[str, str], tuple[int, int]]
    lines: Sequence[Line] = field(repr=False)

    @cached_property
    def logs(self) -> tuple[LogLine, ...]:
        """Its raw lines in time order. To number them, the files are read up to them."""
        return tuple(_logs(self.trace, self.lines))


def trace_in_files(text: str, paths: Sequence[str], settings: Settings) -> Found:
    """The trace that a text means (an id in any form, a unique prefix, a span id, a request id), from these files alone.

    Raises NotFoundError where no line names it, UsageError where several traces fit, InputError where no file can be
    read; a file that can't be read beside others that can is a warning of the trace.
    """
    asked = wanted(text)
    files, unreadable = _opened(paths)
    decoder = Decoder(settings)
    lines = _lines(files, asked, decoder, settings)
    chosen = _meant(asked, lines)
    if not chosen:
        where = "the file" if len(files) == 1 else f"the {len(files)} files"
        raise NotFoundError(f"no line of {where} names {text!r}", "the id may be cut, or its lines may be in other files")
    if len(chosen) > 1:
        raise UsageError(f"{text!r} fits {len(chosen)} traces: {', '.join(map(str, chosen[:10]))}", "give more of the id")
    (trace_id,) = chosen
    if parse_trace_id(asked.text) != trace_id:
        lines = _lines(files, wanted(str(trace_id)), decoder, settings)
    return _found(trace_id, [line for line in lines if _is_of(line.record.trace, trace_id)], decoder, unreadable)


def _opened(paths: Sequence[str]) -> tuple[list[Opened], list[Unreadable]]:
    """The files as they are now. Raises InputError where there is none."""
    files, unreadable = expand([path for path in paths if path != STDIN])
    looked = [found for path in files for found in sources.inspect(path)]
    opened = [found for found in looked if isinstance(found, Opened)]
    unreadable += [found for found in looked if isinstance(found, Unreadable)]
    if not opened:
        told = "".join(f"; {path}: {reason}" for path, reason in unreadable)
        raise InputError(f"there is no file to read{told}", "name log files, directories or patterns")
    return opened, unreadable


def _lines(files: Sequence[Opened], asked: Wanted, decoder: Decoder, settings: Settings) -> list[Line]:
    """The decoded lines that have the text of an id, without their secrets. Where none has, they may write it otherwise."""
    found = _having(files, _needles(asked), asked, decoder, settings)
    others = [] if found else [text.encode() for text in other_spellings(asked)]
    return _having(files, others, asked, decoder, settings) if others else found


def _having(files: Sequence[Opened], needles: Sequence[bytes], asked: Wanted, decoder: Decoder, settings: Settings) -> list[Line]:
    hits = scan(files, needles)
    if len(asked.text) < 8 and sum(map(len, hits)) > MANY_LINES:
        raise UsageError(f"{asked.text!r} is in {sum(map(len, hits)):,} lines", "give more of the id")
    found = []
    for opened, in_file in zip(files, hits, strict=True):
        decoder.source(service_of(opened.path))
        read = _together if len(in_file) >= TOGETHER else _one_by_one
        for hit, after, text, result in read(in_file, decoder, settings):
            if isinstance(result, Record) and result.trace is not None:
                found.append(Line(result, opened, hit.place, after, text))
    return found


def _one_by_one(hits: Iterable[Hit], decoder: Decoder, settings: Settings) -> Iterator[tuple[Hit, int, bytes, Record | str]]:
    """(hit, index of a line in it, its text without secrets, the record of that line or why it is none) of all of them."""
    for hit in hits:
        text = redacted(hit.text, settings.redaction, Counter())
        yield from ((hit, index, text, result) for index, result, _ in decoder.lines(text))


def _together(hits: Iterable[Hit], decoder: Decoder, settings: Settings) -> Iterator[tuple[Hit, int, bytes, Record | str]]:
    """As _one_by_one: hits that are one object each, which nothing before or behind them belongs to, as if they were a file."""
    for are_objects, some in groupby(hits, lambda hit: hit.text[:1] == b"{" and hit.text[-1:] == b"}" and b"\n" not in hit.text):
        if not are_objects:
            yield from _one_by_one(some, decoder, settings)
            continue
        objects = list(some)
        for start in range(0, len(objects), TOGETHER):
            part = objects[start : start + TOGETHER]
            block = redacted(b"\n".join([hit.text for hit in part]), settings.redaction, Counter())
            texts = block.split(b"\n")
            yield from ((part[index], 0, texts[index], result) for index, result, _ in decoder.lines(block))


def _needles(asked: Wanted) -> list[bytes]:
    """What every spelling of an id has somewhere: a run of digits that no dash of a UUID parts, in both letter cases.

    All forms of a whole id (with dashes, 64 bits, leading zeros or none) end alike; a prefix begins as it is given.
    """
    if not asked.digits:
        escaped = orjson.dumps(asked.text).decode()[1:-1]
        return list({asked.text.encode(), escaped.encode()} - {b""})
    parts = {asked.digits[-12:]} if len(asked.digits) > 16 else set()
    parts |= {asked.digits[:8]} if len(asked.digits) < 32 else set()
    return list({text.encode() for part in parts for text in (part, part.upper())})


def _meant(asked: Wanted, lines: Sequence[Line]) -> list[TraceId]:
    """The traces that an id means among lines: by id, by prefix, by span, by request, by a decimal number; the first
    way that gives any."""
    known = parse_trace_id(asked.text)
    span, _ = parse_span_id(asked.text)
    low = decimal_low(asked)
    ways: tuple[Callable[[Record], bool], ...] = (
        lambda record: known is not None and _is_of(record.trace, known),
        lambda record: record.trace is not None and starts_with(record.trace, asked),
        lambda record: span != NO_SPAN and span in (record.span, record.parent),
        lambda record: _request_of(record) == asked.text,
        lambda record: low is not None and record.trace is not None and record.trace.low == low,
    )
    for fits in ways:
        if found := _distinct(line.record.trace for line in lines if fits(line.record)):
            return found
    return []


def _is_of(trace: TraceId | None, known: TraceId) -> bool:
    """Whether a line's trace is a known one: the 64-bit form of an id stands for its 128-bit form."""
    return trace is not None and trace.low == known.low and (trace.high == known.high or 0 in (trace.high, known.high))


def _distinct(traces: Iterable[TraceId | None]) -> list[TraceId]:
    """The traces, each once; the 64-bit form of an id is left out where its 128-bit form is there."""
    found = dict.fromkeys(trace for trace in traces if trace is not None)
    longer = {trace.low for trace in found if trace.high}
    return [trace for trace in found if trace.high or trace.low not in longer]


def _request_of(record: Record) -> str:
    """The request id of a record as text; "" where it has none."""
    for key, value in (attribute.pair for attribute in record.attributes):
        if plain_key(key) == "requestid":
            return str(orjson.loads(value))
    return ""


def _found(trace_id: TraceId, lines: Sequence[Line], decoder: Decoder, unreadable: Sequence[Unreadable]) -> Found:
    collector = Collector()
    collector.add([line.record for line in lines], 0, range(len(lines)))
    traces = _traces(collector.fragments(), decoder)
    trace = next((trace for trace in traces if trace.trace_id == str(trace_id)), traces[0])
    notes = tuple(f"{path} could not be read: {reason}" for path, reason in unreadable)
    trace = replace(trace, warnings=trace.warnings + notes)
    return Found(trace, _history(trace), lines)


def _traces(fragments: Iterable[Fragment], decoder: Decoder) -> list[Trace]:
    groups = by_trace(fragments).values()
    return [to_trace(rebuild(parts), str(trace_id_of(parts)), decoder.ids.opaque) for parts in groups]


def _logs(trace: Trace, lines: Sequence[Line]) -> list[LogLine]:
    """The lines of a trace as they were read, in time order; copies are left out."""
    numbers = _numbers(lines)
    owned = [(ref, "") for ref in trace.lines] + [(ref, span.span_id) for span in trace.spans for ref in span.lines]
    found = []
    for ref, span_id in sorted(owned, key=lambda pair: line_order(pair[0])):
        record, file, place, after, text = lines[ref.line]
        shown = text.decode("utf-8", "replace").removesuffix("\r")
        service, severity, body, number = record.service, record.severity, record.body, numbers[file.path, place] + after
        found.append(LogLine(trace.trace_id, span_id, service, ref.time_ns, severity, body, shown, file.path, number))
    return found


def _numbers(lines: Sequence[Line]) -> dict[tuple[str, int], int]:
    """(path, place) → number of the line there."""
    numbers = {}
    for path in dict.fromkeys(line.file.path for line in lines):
        here = [line for line in lines if line.file.path == path]
        found = line_numbers(here[0].file, [line.place for line in here])
        numbers.update({(path, line.place): number for line, number in zip(here, found, strict=True)})
    return numbers


def _history(trace: Trace) -> dict[tuple[str, str], tuple[int, int]]:
    """(service, operation) → (samples, 99th percentile in ns) of the closed spans of one trace; see store.reading.history."""
    samples: dict[tuple[str, str], list[int]] = {}
    for span in trace.spans:
        if span.duration_ns is not None and span.start.observed and span.end.observed:
            samples.setdefault((span.service, span.name), []).append(span.duration_ns)
    return {key: (len(found), sorted(found, reverse=True)[len(found) // 100]) for key, found in samples.items()}


def read_traces(paths: Sequence[str], settings: Settings) -> list[Trace]:
    """All traces of some files, oldest first, those without a time last. Raises InputError where a file can't be read."""
    files, unreadable = _opened(paths)
    if unreadable:
        raise InputError(f"{unreadable[0].path}: {unreadable[0].reason}", "leave it out; an ingest goes on with the other files")
    decoder, collector = Decoder(settings), Collector()
    for number, opened in enumerate(files):
        _collect(opened, number, decoder, collector, settings)
    traces = _traces(collector.fragments(), decoder)
    return sorted(traces, key=lambda trace: (trace.start_ns is None, trace.start_ns or 0, trace.trace_id))


def _collect(opened: Opened, number: int, decoder: Decoder, collector: Collector, settings: Settings) -> None:
    """All lines of a file with a trace; lines count from the start of the file."""
    decoder.source(service_of(opened.path))
    before = 0
    try:
        with sources.open_stream(opened.path, opened.kind) as stream:
            for block in stream_blocks(stream):
                data = redacted(block.data or b"", settings.redaction, Counter())
                made = [(record, before + index) for index, record, _ in decoder.lines(data) if isinstance(record, Record)]
                collector.add([record for record, _ in made], number, [line for _, line in made])
                before += (block.data or b"\n").count(b"\n")
    except OSError as error:
        raise InputError(f"{opened.path}: {DAMAGED} ({error})", "leave it out, or try again") from error
