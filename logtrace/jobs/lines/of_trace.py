"""Raw log lines of a trace, from the chunks that a store keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from logtrace.ingest import envelopes
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.pieces import documents
from logtrace.ingest.pieces.further import goes_on
from logtrace.ingest.records import Decoder, Settings
from logtrace.model import BODY_CHARS, LineRef, LogLine, Record, Span, Trace
from logtrace.reconstruct.spans.fragments import line_order
from logtrace.store.reading.lines import Chunk, all_sources, chunks, damaged, overlapping, sources_of
from logtrace.store.reading.reader import FragmentReader

_UNKNOWN = 1 << 62
_WARN = 13


class Owned(NamedTuple):
    """A line of a trace with the span that it is of; None for a line that names no span."""

    ref: LineRef
    span: Span | None


def trace_lines(reader: FragmentReader, trace: Trace) -> list[LogLine]:
    """All lines of a trace in time order; those without a time come last."""
    return _raw(reader, trace.trace_id, _owned(trace))


def loudest_lines(reader: FragmentReader, trace: Trace, most: int) -> tuple[list[LogLine], int, int]:
    """At most so many lines of a trace in time order: of more the first of level warning and above, then the first others. And
    how many are left out, and how many of those are of such a level."""
    owned = sorted(_owned(trace), key=lambda line: line_order(line.ref))
    loud = [at for at, line in enumerate(owned) if line.ref.severity >= _WARN]
    quiet = [at for at, line in enumerate(owned) if line.ref.severity < _WARN][: max(0, most - len(loud))]
    chosen = [owned[at] for at in sorted([*loud[:most], *quiet])]
    return _raw(reader, trace.trace_id, chosen), len(owned) - len(chosen), len(loud[most:])


def _owned(trace: Trace) -> list[Owned]:
    return [Owned(ref, None) for ref in trace.lines] + [Owned(ref, span) for span in trace.spans for ref in span.lines]


def span_lines(reader: FragmentReader, span: Span) -> list[LogLine]:
    """The lines of one span in time order."""
    return _raw(reader, span.trace_id, [Owned(ref, span) for ref in span.lines])


def _raw(reader: FragmentReader, trace_id: str, owned: list[Owned]) -> list[LogLine]:
    """Lines in time order. Raises StoreError where one of them is in the store no more."""
    by_chunk: dict[int, list[Owned]] = {}
    for line in sorted(owned, key=lambda line: line_order(line.ref)):
        by_chunk.setdefault(line.ref.chunk, []).append(line)
    found: dict[LineRef, LogLine] = {}
    for chunk in chunks(reader, sorted(by_chunk)):
        decoder, lines = _decoder(chunk), chunk.data.split(b"\n")
        for ref, span in by_chunk.pop(chunk.id):
            if ref.line >= len(lines):
                raise damaged(reader, chunk.id, f"it has no line {ref.line + 1}")
            found[ref] = _log_line(chunk, lines, ref, span, trace_id, decoder)
    for lost in by_chunk:
        raise damaged(reader, lost, "it is not there")
    return [found[ref] for ref, _ in sorted(owned, key=lambda line: line_order(line.ref))]


def _decoder(chunk: Chunk) -> Decoder:
    decoder = Decoder(Settings.of_text(chunk.settings))
    decoder.source(service_of(chunk.path))
    return decoder


def _log_line(chunk: Chunk, lines: list[bytes], ref: LineRef, span: Span | None, trace_id: str, decoder: Decoder) -> LogLine:
    """A line as kept. What a LineRef does not hold (the end of a long message, the service of no span) is decoded."""
    text = whole_line(lines, ref.line)
    service, body = span.service if span is not None else "", ref.body
    if span is None or len(body) >= BODY_CHARS:
        for _, record, _ in decoder.lines(text.encode("utf-8", "surrogateescape")):
            if isinstance(record, Record):
                service, body = span.service if span is not None else record.service, record.body
    span_id, number = span.span_id if span is not None else "", chunk.first_line + ref.line
    return LogLine(trace_id, span_id, service, ref.time_ns, ref.severity, body, _shown(text), chunk.path, number)


def whole_line(lines: list[bytes], index: int) -> str:
    """The line at an index, joined with the parts that follow where a runtime split it, with the further lines of a
    text, or with its whole document. Odd bytes are surrogates."""
    if envelopes.may_be_partial(lines[index]):
        texts = ((i, lines[i].decode("utf-8", "surrogateescape")) for i in range(index, len(lines)) if lines[i])
        return next(text for number, text, _ in envelopes.joined(texts) if number == index)
    if documents.opens(lines[index]):
        _, whole, _ = next(documents.joined((i, lines[i], 1) for i in range(index, len(lines))))
        return whole.decode("utf-8", "surrogateescape")
    end = index + 1
    while end < len(lines) and lines[index][:1] != b"{" and goes_on(lines[end]):
        end += 1
    return b"\n".join(lines[index:end]).decode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    """Text in which odd bytes are replaced, without a carriage return at its end."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").removesuffix("\r")


def around(reader: FragmentReader, trace: Trace, margin_ns: int) -> list[LogLine]:
    """The lines of a trace and, from a margin before it to one behind it, those of its services that name no trace.

    A line without a time (a stack trace, a panic) stands where it was written: behind the line before it.
    """
    own = trace_lines(reader, trace)
    if trace.start_ns is None or trace.end_ns is None:
        return own
    first_ns, last_ns = trace.start_ns - margin_ns, trace.end_ns + margin_ns
    placed = [(_UNKNOWN if line.time_ns is None else line.time_ns, line) for line in own]
    seen = set()
    last: dict[int, int] = {}
    for chunk in chunks(reader, overlapping(reader, _sources(reader, trace), first_ns, last_ns)):
        for at_ns, line in _untraced(chunk, set(trace.services), last):
            known = (line.time_ns, line.service, line.body)
            if first_ns <= at_ns <= last_ns and (line.time_ns is None or known not in seen):
                seen.add(known)
                placed.append((at_ns, line))
    return [line for _, line in sorted(placed, key=lambda pair: pair[0])]


def _sources(reader: FragmentReader, trace: Trace) -> set[int]:
    """The sources that hold lines of a trace, and those whose name tells one of its services."""
    refs = [*trace.lines, *(ref for span in trace.spans for ref in span.lines)]
    named = {source_id for source_id, path in all_sources(reader).items() if service_of(path) in trace.services}
    return named | set(sources_of(reader, (ref.chunk for ref in refs)))


def _untraced(chunk: Chunk, services: set[str], last: dict[int, int]) -> Iterator[tuple[int, LogLine]]:
    """(when it was written, line) of the lines of a chunk that name no trace, of some services or of none known.

    last: the time that was met last, by source; carried from one chunk to the next.
    """
    decoder, lines = _decoder(chunk), chunk.data.split(b"\n")
    last_ns = last.get(chunk.source_id, -_UNKNOWN)
    for index, record, _ in decoder.lines(chunk.data):
        if isinstance(record, Record):
            last_ns = last[chunk.source_id] = last_ns if record.time_ns is None else record.time_ns
            if record.trace is None and (record.service in services or not record.service):
                yield last_ns, _other(chunk, lines, index, record.service, record.time_ns, record.severity, record.body)
        elif record != "binary":
            yield last_ns, _other(chunk, lines, index, service_of(chunk.path), None, 0, "")


def _other(chunk: Chunk, lines: list[bytes], index: int, service: str, time_ns: int | None, severity: int, body: str) -> LogLine:
    text = _shown(whole_line(lines, index))
    return LogLine("", "", service, time_ns, severity, body or text, text, chunk.path, chunk.first_line + index)
