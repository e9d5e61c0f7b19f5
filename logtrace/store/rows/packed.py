"""Many rows of `span` as columns, on their way from a worker to the writer: arrays as bytes, texts as lists.

They cross between processes and reach SQLite several times as fast as tuples do. Rows kept like this are of spans
without an error and with nothing in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from logtrace.reconstruct.spans.runs import Numbers
from logtrace.store.rows.of_fragments import SOURCES, Row

NONE = SOURCES.index("none")


class Packed(NamedTuple):
    """numbers: an array of NUMBERS by rows, as bytes; attributes and lines: those columns of the rows."""

    numbers: bytes
    attributes: list[str]
    lines: Sequence[bytes | str]


NUMBERS = (
    "trace_low",
    "trace_high",
    "span_key",
    "parent_key",
    "operation_id",
    "start_ns",
    "duration_ns",
    "facts",
    "flags",
    "n_lines",
)
"""The columns of `Packed.numbers`, in order."""

NOTHING = Packed(b"", [], [])


def packed(columns: list[Numbers], attributes: list[str], lines: Sequence[bytes | str]) -> Packed:
    """Rows from the columns of NUMBERS and of texts."""
    return Packed(np.array(columns, np.int64).tobytes(), attributes, lines)


def columns_of(rows: Packed) -> Numbers:
    """The NUMBERS of rows: an array for each column."""
    return np.frombuffer(rows.numbers, np.int64).reshape(len(NUMBERS), -1)


def unpacked(rows: Packed) -> Iterator[Row]:
    """The rows, each with all its columns (see of_fragments.COLUMNS)."""
    numbers = columns_of(rows)
    low, high, key, parent, operation, start, duration, facts, flags, lines = (column.tolist() for column in numbers)
    told = (numbers[7] >> 16 & 15) != NONE
    confidence = [None if each else 0 for each in told.tolist()]
    return zip(
        low, high, key, parent, confidence, operation, start, duration, facts, repeat(0), flags, lines, rows.attributes,
        rows.lines, repeat(None),
    )  # fmt: skip
