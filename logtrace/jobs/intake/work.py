"""One block of a source → the rows that the store keeps of it. Runs in worker processes; knows no database.

The result is made of plain tuples, numbers and texts, so that it crosses to the writing process by `marshal`, which is
several times quicker than pickle. Names not known yet get negative numbers, which the writer replaces (see Encoder).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson
import zstandard

from logtrace.ingest.pieces.blocks import SHORTER
from logtrace.ingest.records import Decoder, Settings
from logtrace.ingest.redact import redacted
from logtrace.jobs.intake.careful import Careful
from logtrace.jobs.intake.collected import collected
from logtrace.model import BODY_CHARS, Attribute
from logtrace.reconstruct.spans.alike import Alike
from logtrace.reconstruct.spans.fragments import Entry, fragment_of_entries
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.store.rows.bounded import bounded_rows
from logtrace.store.rows.of_fragments import OperationKey, Row, attribute_text, row, shown_alone
from logtrace.store.rows.packed import NOTHING, Packed
from logtrace.store.rows.packed_lines import Bodies
from logtrace.store.rows.partial import partial_rows
from logtrace.store.rows.usual import usual_rows

CHUNK = 1024 * 1024
"""Bytes of text in one kept chunk, about: small enough to fetch a few lines from, large enough to compress."""

CHUNK_IDS = 64
"""Chunk ids that each block has to itself; a block and one long line at its end needs fewer."""


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

    chunks              (id, lines, used, untraced, min_ns, max_ns, size, physical lines, zstd or None where it is kept already)
    rejected            (chunk id, reason, JSON list of line indexes)
    usual, rows         rows of `span` that refer to known names only, the former as the fields of a Packed
    pending             rows that refer to new ones by negative numbers
    operations, attributes   the new names, number -1 first
    duplicates          lines that came more than once within one span of the block
    error               why the block could not be read; all else is empty then
    redacted            rule → how many secrets it took out
    messages            rows of `body`: (chunk id, number, message)
    mistakes            what went wrong in reading, see careful
    """

    number: int
    chunks: list[tuple[Any, ...]]
    rejected: list[tuple[int, str, str]]
    usual: tuple[Any, ...]
    rows: list[Row]
    pending: list[Row]
    operations: list[OperationKey]
    attributes: list[tuple[str, str]]
    opaque_traces: list[tuple[int, int, str]]
    opaque_spans: list[tuple[int, str]]
    duplicates: int
    error: str
    redacted: dict[str, int] = {}  # noqa: RUF012 - nobody changes it
    messages: list[tuple[int, int, str]] = []  # noqa: RUF012
    mistakes: list[str] = []  # noqa: RUF012


class Encoder:
    """Gives numbers to the names that rows refer to: those the writer told, and negative ones for new names.

    An attribute key whose values are mostly unique, or very many, is not interned any further: its values stand in the
    rows themselves.
    """

    def __init__(self) -> None:
        self.operations: dict[OperationKey, int] = {}
        self.attributes: dict[Attribute, int] = {}
        self.texts: dict[Attribute, str] = {}
        self._new_operations: dict[OperationKey, int] = {}
        self._new_attributes: dict[Attribute, int] = {}
        self._fresh = False
        self._distinct: dict[str, int] = {}
        self.unique: set[str] = set()
        self.duplicates = 0
        self.messages = Bodies()

    def rows(self, found: RunCollector) -> tuple[Packed, list[Row], list[Row]]:
        """(rows of usual spans of known names, other rows of known names, rows with new ones) of all that was collected."""
        self._new_operations, self._new_attributes = {}, {}
        self.duplicates = 0
        self.messages = Bodies()
        usual, ready, pending, odd = usual_rows(found, self)
        for rows_of in (bounded_rows, partial_rows):
            some, more, odd = rows_of(found, odd, self)
            ready += some
            pending += more
        for entries in chain(found.entries_of(odd) if odd else (), found.unusual()):
            self._fresh = False
            made = self._row(entries)
            (pending if self._fresh else ready).append(made)
        return usual, ready, pending

    def bodies(self, bodies: Sequence[str]) -> list[str]:
        """Messages, cut to what a LineRef keeps of them."""
        if max(map(len, bodies), default=0) <= BODY_CHARS:
            return list(bodies)
        return [body if len(body) <= BODY_CHARS else body[: BODY_CHARS - 1] + "…" for body in bodies]

    def text(self, attribute: Attribute) -> tuple[str, bool]:
        """An attribute as it stands in a row when the span's end gave it, and whether that is final."""
        number = self.attribute(attribute)
        text = attribute_text(attribute, 0, number)
        if number is not None and number < 0:
            return text, False
        if len(self.texts) > _TEXTS:
            self.texts.clear()
        self.texts[attribute] = text
        return text, True

    def _row(self, entries: list[Entry]) -> Row:
        fragment = fragment_of_entries(entries)
        self.duplicates += len(entries) - len(fragment.lines)
        operation, rank = operation_of(fragment)
        return row(fragment, shown_alone(fragment), self.operation(operation), rank, self.attribute)

    @property
    def news(self) -> tuple[list[OperationKey], list[tuple[str, str]]]:
        """The new names of the last rows, in the order of their numbers -1, -2, …"""
        return list(self._new_operations), [attribute.pair for attribute in self._new_attributes]

    def learn(self, operations: dict[OperationKey, int], attributes: dict[tuple[str, str], int]) -> None:
        """Takes over numbers that the writer gave."""
        self.operations.update(operations)
        if len(self.attributes) > _KNOWN:
            self.attributes.clear()
            self.texts.clear()
        told = {Attribute(*pair): number for pair, number in attributes.items()}
        self.attributes.update(told)
        self.texts.update((attribute, str(number * 4)) for attribute, number in told.items())

    def operation(self, key: OperationKey) -> int:
        """The number of an operation."""
        known = self.operations.get(key)
        if known is None:
            self._fresh = True
            known = self._new_operations.setdefault(key, -1 - len(self._new_operations))
        return known

    def attribute(self, attribute: Attribute) -> int | None:
        """The number of an attribute, None where it is to stand in the row itself."""
        known = self.attributes.get(attribute)
        if known is None:
            if attribute.key in self.unique:
                return None
            known = self._new_attributes.get(attribute)
            if known is None:
                distinct = self._distinct[attribute.key] = self._distinct.get(attribute.key, 0) + 1
                if distinct > _DISTINCT or len(attribute.value) > _LONG:
                    return None
                known = self._new_attributes[attribute] = -1 - len(self._new_attributes)
            self._fresh = True
        return known


_DISTINCT, _LONG = 20_000, 2_000
_KNOWN, _TEXTS = 200_000, 40_000
"""What is remembered of attributes: the numbers of many, the texts of those that come again soon."""


class Worker:
    """The state of one worker process: a decoder for each setting, the encoder, a compressor."""

    def __init__(self) -> None:
        self._decoders: dict[Settings, Careful] = {}
        self.encoder = Encoder()
        self._compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
        self._decompressor = zstandard.ZstdDecompressor()
        self._redacted: Counter[str] = Counter()
        self._alike = Alike()

    def run(self, task: Task) -> Result:
        """Does a task. Trouble with the file is told in the result."""
        if task.settings not in self._decoders:
            self._decoders[task.settings] = Careful(task.settings)
        decoder = self._decoders[task.settings]
        decoder.source(task.service)
        collector, chunks, rejected = RunCollector(), [], []
        self._redacted.clear()
        try:
            for chunk_id, data, compressed in self._chunks(task):
                counts, reasons = collected(decoder, collector, self._alike, chunk_id, data)
                kept = None if compressed else self._compressor.compress(data)
                chunks.append((chunk_id, *counts, len(data), _physical_lines(data), kept))
                rejected += [(chunk_id, reason, orjson.dumps(lines).decode()) for reason, lines in reasons.items()]
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return Result(task.number, [], [], tuple(NOTHING), [], [], [], [], [], [], 0, reason)
        mistakes = list(decoder.mistakes)
        decoder.mistakes.clear()
        made = self._result(task, decoder.decoder, collector, chunks, rejected)
        return made._replace(redacted=dict(self._redacted), mistakes=mistakes)

    def _result(
        self,
        task: Task,
        decoder: Decoder,
        collector: RunCollector,
        chunks: list[tuple[Any, ...]],
        rejected: list[tuple[int, str, str]],
    ) -> Result:
        self.encoder.unique = {values.key for values in decoder.plans.values.values() if values.mostly_unique}
        usual, ready, pending = self.encoder.rows(collector)
        operations, attributes = self.encoder.news
        opaque_traces = [tuple(trace) for trace in collector.opaque_traces()]
        opaque_spans = list(decoder.ids.opaque.items())
        decoder.ids.opaque.clear()
        return Result(
            task.number, chunks, rejected, tuple(usual), ready, pending, operations, attributes, opaque_traces,  # type: ignore[arg-type]
            opaque_spans, self.encoder.duplicates, "", messages=self.encoder.messages.rows(),
        )  # fmt: skip

    def _chunks(self, task: Task) -> Iterator[tuple[int, bytes, bool]]:
        """(id, text, whether it is kept already) of the chunks of a task."""
        for chunk_id, compressed in task.kept:
            yield chunk_id, self._decompressor.decompress(compressed), True
        if not task.kept:
            data = task.data if task.data is not None else _read(task.path, task.start, task.end)
            data = redacted(data, task.settings.redaction, self._redacted)
            for index, part in enumerate(_split(data)):
                yield task.first_chunk + index, part, False


def _physical_lines(data: bytes) -> int:
    ends = int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))  # a third of the time of bytes.count
    return ends + (not data.endswith(b"\n"))


_NEWLINE = ord("\n")


def _read(path: str, start: int, end: int) -> bytes:
    with open(path, "rb") as file:
        data = os.pread(file.fileno(), end - start, start)
    if len(data) != end - start:
        raise OSError(None, SHORTER)
    return data


def _split(data: bytes) -> list[bytes]:
    """Text in chunks of about CHUNK that end at line ends and hold no half of a partial line, or of a text that goes on."""
    from logtrace.ingest.pieces.parting import next_place

    parts, start = [], 0
    while len(data) - start > CHUNK * 3 // 2 and (end := next_place(data, start, start + CHUNK)):
        parts.append(data[start:end])
        start = end
    return parts if parts and start == len(data) else [*parts, data[start:]]
