"""Columns for tests, from a row a span."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from logtrace.columns import MISSING, Operation, SpanColumns
from logtrace.model import Trace
from tests.builders import MS, T0


def columns_of(traces: Iterable[Trace]) -> SpanColumns:
    """The spans of traces as a store gives them; each trace has a number of its own."""
    known: dict[Operation, int] = {}
    rows = [
        (
            known.setdefault(Operation(span.service, span.name), len(known)),
            MISSING if span.start_ns is None else span.start_ns,
            MISSING if span.duration_ns is None else span.duration_ns,
            span.error, span.flags, int(not span.parent.observed), number, span.key, span.parent_key,
        )
        for number, trace in enumerate(traces, 1)
        for span in trace.spans
    ]  # fmt: skip
    return of_rows(tuple(known), rows)


def of_rows(operations: tuple[Operation, ...], rows: list[tuple[int, ...]]) -> SpanColumns:
    """(operation, start, duration, error, flags, inferred, trace, key, parent) a row."""
    arrays = np.array(rows, np.int64).reshape(-1, 9).T
    return SpanColumns(operations, *arrays, np.arange(len(rows)))


def durations(
    name: str, ms: Iterable[float], *, at: float = 0, step: float = 1000, error: int = 0
) -> list[tuple[Operation, int, int, int]]:
    """(operation, start, duration, error) of spans, one every `step` milliseconds."""
    return [
        (Operation("edge", name), T0 + round((at + number * step) * MS), round(value * MS), error)
        for number, value in enumerate(ms)
    ]


def flat(*groups: list[tuple[Operation, int, int, int]]) -> SpanColumns:
    """Spans of one-span traces."""
    known: dict[Operation, int] = {}
    rows = [row for group in groups for row in group]
    return of_rows(
        tuple(dict.fromkeys(row[0] for row in rows)),
        [
            (known.setdefault(operation, len(known)), start, duration, error, 0, 0, number, number, 0)
            for number, (operation, start, duration, error) in enumerate(rows, 1)
        ],
    )
