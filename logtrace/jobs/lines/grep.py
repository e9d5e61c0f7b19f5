"""grep over the kept lines: only lines that match are decoded, for the trace, span and service that they name."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, compress, islice, repeat
from typing import NamedTuple

import zstandard

from logtrace.ids import span_id_text
from logtrace.ingest import envelopes
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.formats.texts import is_further
from logtrace.ingest.objects.batches import Batch, Rejection
from logtrace.ingest.records import Decoder, Settings
from logtrace.jobs.lines.columns_named import named
from logtrace.jobs.lines.searched import Found, Pattern, counted, searched, together
from logtrace.model import LogLine, Record
from logtrace.store.reading.lines import Packed, all_sources, text_of, unpacked
from logtrace.store.reading.reader import FragmentReader

__all__ = ["Decoded", "Pattern", "counts", "decoded", "grep", "grep_together"]


class Decoded(NamedTuple):
    """A matching line with its record (None where it gives none), and the text of its span's id."""

    record: Record | None
    span_id: str
    text: str
    path: str
    number: int


class Group(NamedTuple):
    """Matching lines of chunks of one source that are decoded together, each as (chunk, its index there, bytes)."""

    decoder: Decoder
    path: str
    lines: list[tuple[Packed, int, bytes]]


def grep(reader: FragmentReader, pattern: Pattern) -> Iterator[LogLine]:
    """The kept lines that match, source by source, with the trace, span and service that they name."""
    return chain.from_iterable(grep_together(reader, pattern))


def grep_together(reader: FragmentReader, pattern: Pattern) -> Iterator[list[LogLine]]:
    """As grep: some lines at a time, none of these lists empty."""
    return (log_lines(reader, group) for group in _groups(reader, pattern))


Choice = Callable[[list[Found]], Iterable[bool]]
"""Tells which of the lines found are wanted, in their order."""


def all_of(found: list[Found]) -> Iterable[bool]:
    """All lines are wanted."""
    return repeat(True, sum(each.many for each in found))


def decoded(reader: FragmentReader, pattern: Pattern, choice: Choice = all_of) -> Iterator[Decoded]:
    """The kept lines that match, source by source, with their records; only those of a choice."""
    for group in _groups(reader, pattern, choice):
        records = {at: record for at, record, _ in group.decoder.lines(_bytes_of(group)) if isinstance(record, Record)}
        alone = [at for at in range(len(group.lines)) if at not in records or records[at].trace is None]
        records |= _of_several(reader, group, alone)
        for at, (chunk, index, line) in enumerate(group.lines):
            record = records.get(at)
            span_id = "" if record is None else _span_id(record.span, group.decoder)
            yield Decoded(record, span_id, text_of(line), group.path, chunk.first_line + index)


def counts(reader: FragmentReader, pattern: Pattern) -> dict[str, int]:
    """How many kept lines of each source match, by path, in the order they were read."""
    paths = all_sources(reader)
    found: Counter[int] = Counter()
    for chunk, many in counted(reader, pattern):
        found[chunk.source_id] += many
    totals = dict.fromkeys(paths.values(), 0)
    for source_id, path in paths.items():
        totals[path] += found[source_id]
    return totals


def _groups(reader: FragmentReader, pattern: Pattern, choice: Choice = all_of) -> Iterator[Group]:
    decoders: dict[str, Decoder] = {}
    groups = (group_of(reader, found, decoders, choice) for found in together(searched(reader, pattern)))
    return (group for group in groups if group.lines)


def group_of(reader: FragmentReader, found: list[Found], decoders: dict[str, Decoder], choice: Choice = all_of) -> Group:
    """What was found in chunks of one source, with what decodes it; decoders: those there are, by settings."""
    settings, path = found[0].chunk.settings, found[0].chunk.path
    if settings not in decoders:
        decoders[settings] = Decoder(Settings.of_text(settings))
    decoders[settings].source(service_of(path))
    lines: list[tuple[Packed, int, bytes]] = []
    chosen = iter(choice(found))
    for each in found:
        wanted = list(islice(chosen, each.many))
        if any(wanted):
            indexes = each.indexes(unpacked(reader, each.chunk, zstandard.ZstdDecompressor()))
            lines += [(each.chunk, *line) for line in compress(zip(indexes, each.lines, strict=True), wanted)]
    return Group(decoders[settings], path, lines)


def log_lines(reader: FragmentReader, group: Group) -> list[LogLine]:
    """The lines of a group, as a list shows them. Of records in columns no record is made."""
    decoder, path = group.decoder, group.path
    texts = [text_of(line) for _, _, line in group.lines]
    numbers = [chunk.first_line + index for chunk, index, _ in group.lines]
    found: dict[int, LogLine] = {}
    for made in decoder.pieces(_bytes_of(group)):
        if isinstance(made, Rejection):
            continue
        if isinstance(made, Batch):
            for at, record in zip(made.indexes, made.records, strict=True):
                found[at] = _log_line(record, decoder, texts[at], path, numbers[at])
            continue
        for at, row in zip(made.indexes.tolist(), named(made, decoder.ids.opaque), strict=True):
            found[at] = LogLine(*row, texts[at], path, numbers[at])
    alone = [at for at in range(len(texts)) if at not in found or not found[at].trace_id]
    for at, record in _of_several(reader, group, alone).items():
        found[at] = _log_line(record, decoder, texts[at], path, numbers[at])
    service = service_of(path)
    return [found.get(at) or LogLine("", "", service, None, 0, text, text, path, numbers[at]) for at, text in enumerate(texts)]


def _log_line(record: Record, decoder: Decoder, text: str, path: str, number: int) -> LogLine:
    trace_id = "" if record.trace is None else str(record.trace)
    span_id = _span_id(record.span, decoder)
    return LogLine(trace_id, span_id, record.service, record.time_ns, record.severity, record.body, text, path, number)


def _bytes_of(group: Group) -> bytes:
    return b"\n".join([line for _, _, line in group.lines])


def _span_id(key: int, decoder: Decoder) -> str:
    return (decoder.ids.opaque.get(key) or span_id_text(key)) if key else ""


def _of_several(reader: FragmentReader, group: Group, alone: Iterable[int]) -> dict[int, Record]:
    """The records of lines (by place in the group) that say nothing by themselves, since they are parts of one that several
    lines make up: a line that a runtime split, a stack trace, an object over several lines."""
    by_chunk: dict[int, list[int]] = {}
    for at in alone:
        by_chunk.setdefault(group.lines[at][0].id, []).append(at)
    found: dict[int, Record] = {}
    for places in by_chunk.values():
        chunk = group.lines[places[0]][0]
        data = unpacked(reader, chunk, zstandard.ZstdDecompressor())
        goes_on = any(_goes_on(group.lines[at][2]) for at in places)
        if goes_on or any(map(envelopes.may_be_partial, data.split(b"\n"))):
            several = _several(group.decoder, data)
            indexes = {at: group.lines[at][1] for at in places}
            found |= {at: record for at, index in indexes.items() if (record := _around(several, index)) is not None}
    return found


def _goes_on(line: bytes) -> bool:
    return is_further(envelopes.unwrap(line.decode("utf-8", "replace")).text)


def _several(decoder: Decoder, data: bytes) -> list[tuple[int, int, Record]]:
    """(index of the first, how many) of the lines of a chunk that make up a record together, and the record."""
    return [(i, parts, record) for i, record, parts in decoder.lines(data) if parts > 1 and isinstance(record, Record)]


def _around(several: list[tuple[int, int, Record]], index: int) -> Record | None:
    place = bisect_right(several, index, key=lambda entry: entry[0]) - 1
    start, parts, record = several[place] if place >= 0 else (0, 0, None)
    return record if start <= index < start + parts else None
