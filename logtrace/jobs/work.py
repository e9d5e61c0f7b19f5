"""One block of a source → the rows that the store keeps of it. Runs in worker processes; knows no database.

The result is made of plain tuples, numbers and texts, so that it crosses to the writing process by `marshal`, which is
several times quicker than pickle. Names not known yet get negative numbers, which the writer replaces (see Encoder).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import zstandard

from logtrace.ingest.records import Decoder, Settings
from logtrace.model import JsonPair, Record
from logtrace.reconstruct.fragments import Collector, Fragment
from logtrace.store.rows import OperationKey, Row, operation_of, row, shown_alone

CHUNK = 1024 * 1024
"""Bytes of text in one kept chunk, about: small enough to fetch a few lines from, large enough to compress."""

CHUNK_IDS = 64
"""Chunk ids that each block has to itself; a block of 4 MB and one long line at its end needs fewer."""


class Task(NamedTuple):
    """A block to work on. data: its bytes, or None: bytes start to end of the file at `path`; first_chunk: the id of
    its first chunk; kept: compressed chunks of the store to read anew, as (id, zstd), instead of all that."""

    number: int
    path: str
    service: str
    start: int
    end: int
    data: bytes | None
    first_chunk: int
    settings: Settings
    kept: tuple[tuple[int, bytes], ...] = ()


class Result(NamedTuple):
    """What came of a task; plain values only.

    chunks              (id, lines, used, untraced, min_ns, max_ns, size, physical lines, zstd data or None where it is kept already)
    rejected            (chunk id, reason, JSON list of line indexes)
    rows                rows of `span` that refer to known names only
    pending             rows that refer to new ones by negative numbers
    operations, attributes   the new names, number -1 first
    duplicates          lines that came more than once within one span of the block
    error               why the block could not be read; all else is empty then
    """

    number: int
    chunks: list[tuple[Any, ...]]
    rejected: list[tuple[int, str, str]]
    rows: list[Row]
    pending: list[Row]
    operations: list[OperationKey]
    attributes: list[JsonPair]
    opaque_traces: list[tuple[int, int, str]]
    opaque_spans: list[tuple[int, str]]
    duplicates: int
    error: str


class Encoder:
    """Gives numbers to the names that rows refer to: those the writer told, and negative ones for new names.

    An attribute key with very many values is not interned any further: its values stand in the rows themselves.
    """

    def __init__(self) -> None:
        self.operations: dict[OperationKey, int] = {}
        self.attributes: dict[JsonPair, int] = {}
        self._new_operations: dict[OperationKey, int] = {}
        self._new_attributes: dict[JsonPair, int] = {}
        self._fresh = False
        self._distinct: dict[str, int] = {}

    def rows(self, fragments: list[Fragment]) -> tuple[list[Row], list[Row]]:
        """(rows of known names, rows with new ones)."""
        self._new_operations, self._new_attributes = {}, {}
        ready: list[Row] = []
        pending: list[Row] = []
        for fragment in fragments:
            self._fresh = False
            operation, rank = operation_of(fragment)
            made = row(fragment, shown_alone(fragment), self._operation(operation), rank, self._attribute)
            (pending if self._fresh else ready).append(made)
        return ready, pending

    @property
    def news(self) -> tuple[list[OperationKey], list[JsonPair]]:
        """The new names of the last rows, in the order of their numbers -1, -2, …"""
        return list(self._new_operations), list(self._new_attributes)

    def learn(self, operations: dict[OperationKey, int], attributes: dict[JsonPair, int]) -> None:
        """Takes over numbers that the writer gave."""
        self.operations.update(operations)
        if len(self.attributes) > 1_000_000:
            self.attributes.clear()
        self.attributes.update(attributes)

    def _operation(self, key: OperationKey) -> int:
        known = self.operations.get(key)
        if known is None:
            self._fresh = True
            known = self._new_operations.setdefault(key, -1 - len(self._new_operations))
        return known

    def _attribute(self, pair: JsonPair) -> int | None:
        known = self.attributes.get(pair)
        if known is None:
            known = self._new_attributes.get(pair)
            if known is None:
                distinct = self._distinct[pair[0]] = self._distinct.get(pair[0], 0) + 1
                if distinct > _DISTINCT or len(pair[1]) > _LONG:
                    return None
                known = self._new_attributes[pair] = -1 - len(self._new_attributes)
            self._fresh = True
        return known


_DISTINCT, _LONG = 20_000, 2_000


class Worker:
    """The state of one worker process: a decoder for each setting, the encoder, a compressor."""

    def __init__(self) -> None:
        self._decoders: dict[Settings, Decoder] = {}
        self.encoder = Encoder()
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._decompressor = zstandard.ZstdDecompressor()

    def run(self, task: Task) -> Result:
        """Does a task. Trouble with the file is told in the result."""
        decoder = self._decoders.setdefault(task.settings, Decoder(task.settings))
        decoder.source(task.service)
        collector, chunks, rejected = Collector(), [], []
        try:
            for chunk_id, data, compressed in self._chunks(task):
                counts, reasons = _collect(decoder, collector, chunk_id, data)
                kept = None if compressed else self._compressor.compress(data)
                chunks.append((chunk_id, *counts, len(data), _physical_lines(data), kept))
                rejected += [(chunk_id, reason, orjson.dumps(lines).decode()) for reason, lines in reasons.items()]
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return Result(task.number, [], [], [], [], [], [], [], [], 0, reason)
        return self._result(task, decoder, collector, chunks, rejected)

    def _result(
        self, task: Task, decoder: Decoder, collector: Collector, chunks: list[tuple[Any, ...]], rejected: list[tuple[int, str, str]]
    ) -> Result:
        fragments = list(collector.fragments.values())
        ready, pending = self.encoder.rows(fragments)
        operations, attributes = self.encoder.news
        opaque_traces = {fragment.trace for fragment in fragments if fragment.trace.text}
        opaque_spans = list(decoder.ids.opaque.items())
        decoder.ids.opaque.clear()
        return Result(
            task.number, chunks, rejected, ready, pending, operations, attributes, [tuple(t) for t in opaque_traces],  # type: ignore[misc]
            opaque_spans, collector.duplicates, "",
        )  # fmt: skip

    def _chunks(self, task: Task) -> Iterator[tuple[int, bytes, bool]]:
        """(id, text, whether it is kept already) of the chunks of a task."""
        for chunk_id, compressed in task.kept:
            yield chunk_id, self._decompressor.decompress(compressed), True
        if not task.kept:
            data = task.data if task.data is not None else _read(task.path, task.start, task.end)
            for index, part in enumerate(_split(data)):
                yield task.first_chunk + index, part, False


def _physical_lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _read(path: str, start: int, end: int) -> bytes:
    with open(path, "rb") as file:
        data = os.pread(file.fileno(), end - start, start)
    if len(data) != end - start:
        raise OSError(None, "the file got shorter while it was read")
    return data


def _split(data: bytes) -> list[bytes]:
    """Text in chunks of about CHUNK that end at line ends and hold no half of a partial line."""
    from logtrace.ingest.envelopes import open_at_end

    parts, start = [], 0
    while len(data) - start > CHUNK * 3 // 2:
        end = data.find(b"\n", start + CHUNK) + 1
        while end and open_at_end(data[max(start, end - 65536) : end]):
            end = data.find(b"\n", end) + 1
        if not end:
            break
        parts.append(data[start:end])
        start = end
    return [*parts, data[start:]]


Counts = tuple[int, int, int, int | None, int | None]


def _collect(decoder: Decoder, collector: Collector, chunk: int, data: bytes) -> tuple[Counts, dict[str, list[int]]]:
    """((lines, used, untraced, min_ns, max_ns), line indexes by reason) of a chunk; its records go to the collector."""
    used = untraced = 0
    low, high = 1 << 62, 0
    reasons: dict[str, list[int]] = {}
    add = collector.add
    lines = 0
    for index, record, parts in decoder.lines(data):
        lines += parts
        if record.__class__ is Record:
            time_ns = record[4]
            if time_ns is not None:
                if time_ns < low:
                    low = time_ns
                if time_ns > high:
                    high = time_ns
            if record[0] is None:
                untraced += parts
            else:
                used += parts
                add(record, chunk, index)
        else:
            reasons.setdefault(record, []).extend(range(index, index + parts))
    return (lines, used, untraced, low if high else None, high or None), reasons
