"""A split → the rows of span that an ingest makes of it, and what became of its lines. The workers are those of the ingest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson

from logtrace.ids import NO_SPAN
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.files.sources import why
from logtrace.ingest.pieces.blocks import Block
from logtrace.ingest.settings import Settings
from logtrace.jobs.intake.work import Encoder, Result, Task, Worker
from logtrace.model import Attribute
from logtrace.scale.inputs import Split, blocks
from logtrace.scale.shuffled import COUNTED, REJECTED, ROW, beside, mixed
from logtrace.store.rows.linerefs import Body, bodies_of
from logtrace.store.rows.linerefs import told as told_lines
from logtrace.store.rows.of_fragments import OperationKey, Row
from logtrace.store.rows.packed import Packed, unpacked

AT_ONCE = 20_000
"""Rows of a batch, about."""

Shuffled = tuple[Any, ...]
"""A row in the order of shuffled.FIELDS."""


class Spelled(Encoder):
    """Gives numbers to operations as they come, and leaves attributes in their rows: no store has to know them."""

    def operation(self, key: OperationKey) -> int:
        """The number of an operation."""
        return self.operations.setdefault(key, len(self.operations))

    def attribute(self, _: Attribute) -> None:
        """Attributes stay in their rows."""


class Parser:
    """Reads splits, one after the other. parts: the key of the part that traces are in, by number; see shuffled.mixed."""

    def __init__(self, settings: Settings, parts: Sequence[int]) -> None:
        self._settings = settings
        self._parts = np.array(parts, np.int64)
        self._worker = Worker()
        self._worker.encoder = Spelled()
        self._texts: dict[int, str] = {}

    def read(self, split: Split) -> Iterator[list[Shuffled]]:
        """The rows of a split, in parts. Trouble with the object is told in the row of its counts."""
        counts: Counter[str] = Counter()
        redacted: Counter[str] = Counter()
        mistakes: dict[str, None] = {}
        error, line, held = "", 0, list[Shuffled]()
        try:
            for block in blocks(split):
                if block.too_long:
                    held.append(_rejected(split, "too_long", [line]))
                    counts.update({"lines": 1, "rejected.too_long": 1})
                    line += 1
                    continue
                result = self._worker.run(self._task(split, block))
                if result.error:
                    raise OSError(result.error)
                held += self._rows(split, result, line)
                line += _count(result, counts)
                redacted.update(result.redacted)
                mistakes |= dict.fromkeys(result.mistakes)
                if len(held) > AT_ONCE:
                    yield held
                    held = []
        except OSError as trouble:
            error = why(trouble)
        told = {**counts, "physical": line, "error": error, "redacted": dict(redacted), "mistakes": list(mistakes)}
        yield [*held, beside(COUNTED, split.number, extra=orjson.dumps(told).decode())]

    def _task(self, split: Split, block: Block) -> Task:
        data = block.data or b""
        return Task(0, split.path, service_of(split.path), 0, len(data), data, 0, self._settings)

    def _rows(self, split: Split, result: Result, line: int) -> Iterator[Shuffled]:
        """The rows of a block that begins with a line of the split."""
        first = {}
        for chunk, *_, physical, _ in result.chunks:
            first[chunk], line = line, line + physical
        for chunk, reason, lines in result.rejected:
            yield _rejected(split, reason, [first[chunk] + at for at in orjson.loads(lines)])
        self._texts.update(result.opaque_spans)
        traces = {(low, high): text for low, high, text in result.opaque_traces}
        names = list(self._worker.encoder.operations)
        body = bodies_of(result.messages)
        rows = [*unpacked(Packed(*result.usual)), *result.rows, *result.pending]
        parts = self._parts[mixed(np.array([row[0] for row in rows], np.int64), len(self._parts))].tolist()
        for part, row in zip(parts, rows, strict=True):
            placed = _placed(row, split.number, first, body)
            texts = traces.get(row[:2]), self._text(row[2]), self._text(row[3])
            yield (part, ROW, split.number, *placed[:5], *names[row[5]], *placed[6:], *texts)

    def _text(self, key: int | None) -> str | None:
        return self._texts.get(key) if key and key != NO_SPAN else None


def _placed(row: Row, split: int, first: dict[int, int], body: Body) -> Row:
    """A row whose lines say where they stand in the split, not in a chunk."""
    lines = told_lines(row[13], body)
    for each in lines:
        if each.__class__ is list:
            each[0], each[1] = split, first[each[0]] + each[1]
    return (*row[:13], orjson.dumps(lines).decode(), row[14])


def _rejected(split: Split, reason: str, lines: Sequence[int]) -> Shuffled:
    return beside(REJECTED, split.number, operation=reason, lines=orjson.dumps(lines).decode())


def _count(result: Result, counts: Counter[str]) -> int:
    """Counts what became of the lines of a block; how many physical lines it has."""
    for _, lines, used, untraced, _, _, size, _, _ in result.chunks:
        counts.update(lines=lines, used=used, untraced=untraced, bytes=size)
    for _, reason, lines in result.rejected:
        counts[f"rejected.{reason}"] += len(orjson.loads(lines))
    counts["duplicates"] += result.duplicates
    return sum(chunk[7] for chunk in result.chunks)
