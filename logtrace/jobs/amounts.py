"""Numbers over time, and added up: columns from the store, findings from analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logtrace.analysis.sums import Sum, Sums, amount, exact_sum
from logtrace.columns import MISSING
from logtrace.errors import UsageError
from logtrace.jobs.statistics import Asked, notes, spans_of
from logtrace.model import ErrorLevel
from logtrace.store.arrays import Window
from logtrace.store.attribute_arrays import codes_of

if TYPE_CHECKING:
    from logtrace.analysis.series import Series
    from logtrace.columns import AttributeColumn, Bools, Floats, Ints, Numbers, SpanColumns
    from logtrace.store.protocol import SpanSource

DURATION = "duration"


def series(source: SpanSource, asked: Asked, what: str, step_ns: int | None) -> Series:
    """See Many.series."""
    import numpy as np

    from logtrace.analysis import far_out
    from logtrace.analysis import series as analysed

    window = Window(asked.since_ns, asked.until_ns)
    spans = source.span_columns(window)
    told = tuple(notes(source, spans))
    low, high, _ = far_out.far_out(spans.start_ns)
    since_ns = low if asked.since_ns is None else asked.since_ns
    until_ns = high + 1 if asked.until_ns is None else asked.until_ns
    chosen = spans_of(spans, asked) & (spans.start_ns >= since_ns) & (spans.start_ns < until_ns) & (spans.start_ns != MISSING)
    spans = spans.where(chosen)
    values: Numbers
    if what == DURATION:
        values, there = spans.duration_ns, spans.closed
    else:
        values = _numbers(source, spans, what, window)
        there = ~np.isnan(values)
    failed = spans.error == ErrorLevel.HARD
    found = analysed.series(what, spans.start_ns, values, there, failed, (since_ns, max(until_ns, since_ns + 1)), step_ns)
    return replace(found, notes=told, steps=found.steps if len(spans) else ())


def _numbers(source: SpanSource, spans: SpanColumns, key: str, window: Window) -> Floats:
    """The number that each span has under a key; NaN where it has none."""
    import numpy as np

    column, amounts = _amounts(source, key, window)
    table = np.array([np.nan if each is None else float(each) for each in amounts] + [np.nan])
    found: Floats = table[codes_of(column, spans.row)]
    return found


def _amounts(source: SpanSource, key: str, window: Window) -> tuple[AttributeColumn, list[float | int | None]]:
    """The values of a key, and which number each of them is. Raises UsageError where none is."""
    column = source.attribute_column(key, window)
    if not column.values:
        raise UsageError(f"no span of that time has an attribute {key!r}", "logtrace show ID lists attributes")
    amounts = [amount(value) for value in column.values]
    if all(each is None for each in amounts):
        raise UsageError(f"no value of {key} is a number", f"such as {str(column.values[0])[:60]!r}; --by tells values apart")
    return column, amounts


def sums(source: SpanSource, asked: Asked, key: str) -> Sums:
    """See Many.sums."""
    import numpy as np

    window = Window(asked.since_ns, asked.until_ns)
    spans = source.span_columns(window)
    told = tuple(notes(source, spans))
    spans = spans.where(spans_of(spans, asked))
    column, amounts = _amounts(source, key, window)
    code = codes_of(column, spans.row)
    is_number = np.array([each is not None for each in amounts] + [False])[code]
    carrying = np.unique(spans.trace[is_number], return_counts=True)[1]
    rows = _by_operation(spans, code, is_number, amounts) if is_number.any() else []
    return Sums(
        key, tuple(rows),
        total=exact_sum((each.total, 1) for each in rows),
        spans=int(is_number.sum()),
        requests=len(carrying),
        without=int((code < 0).sum()),
        no_number=int((code >= 0).sum() - is_number.sum()),
        several=int((carrying > 1).sum()),
        notes=told,
    )  # fmt: skip


def _by_operation(spans: SpanColumns, code: Ints, is_number: Bools, amounts: list[float | int | None]) -> list[Sum]:
    import numpy as np

    pairs, counts = np.unique(np.stack([spans.operation[is_number], code[is_number]]), axis=1, return_counts=True)
    of: dict[int, list[tuple[float | int, int]]] = {}
    for operation, value, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
        if (known := amounts[value]) is not None:
            of.setdefault(operation, []).append((known, count))
    found = [
        Sum(*spans.operations[operation], sum(count for _, count in values), exact_sum(values), max(value for value, _ in values))
        for operation, values in of.items()
    ]
    return sorted(found, key=lambda each: (-each.total, each.service, each.operation))
