"""Numbers over time, and added up: columns from the store, findings from analysis."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from logtrace.analysis.statistics.sums import Sum, Sums, exact_sum
from logtrace.columns import MISSING
from logtrace.errors import UsageError
from logtrace.jobs.statistics.of_spans import Asked, notes, spans_of
from logtrace.model import ErrorLevel
from logtrace.query.values import amount
from logtrace.store.reading.arrays import Window
from logtrace.store.reading.attribute_arrays import codes_of
from logtrace.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logtrace.analysis.statistics.series import Series
    from logtrace.columns import Bools, Ints, Numbers, Operation, SpanColumns
    from logtrace.store.reading.protocol import SpanSource

DURATION = "duration"

_ODD = 3
_MOST_WHOLE = (1 << 62) - 1
_JSON_WHOLE = float(1 << 63)


def series(source: SpanSource, asked: Asked, what: str, step_ns: int | None) -> Series:
    """See Many.series."""
    from logtrace.analysis.statistics import far_out
    from logtrace.analysis.statistics import series as analysed

    window = Window(asked.since_ns, asked.until_ns)
    spans = source.span_columns(window)
    told = tuple(notes(source, spans))
    low, high, _ = far_out.far_out(spans.start_ns)
    since_ns = low if asked.since_ns is None else asked.since_ns
    until_ns = high + 1 if asked.until_ns is None else asked.until_ns
    chosen = spans_of(spans, asked) & (spans.start_ns >= since_ns) & (spans.start_ns < until_ns) & (spans.start_ns != MISSING)
    spans = spans.where(chosen)
    carried = None if what == DURATION else _carried(source, spans, what, window)
    values, there = (spans.duration_ns, spans.closed) if carried is None else (carried.numbers(), carried.is_number)
    failed = spans.error == ErrorLevel.HARD
    found = analysed.series(what, spans.start_ns, values, there, failed, (since_ns, max(until_ns, since_ns + 1)), step_ns)
    if carried is not None:
        found = replace(found, no_number=carried.no_number, odd=carried.odd)
    return replace(found, notes=told, steps=found.steps if len(spans) else ())


class _Carried(NamedTuple):
    """What spans have under a key. code: which of `values` each of them has, -1 for none; amounts: the numbers these are."""

    code: Ints
    values: Sequence[Any]
    amounts: Sequence[int | float | None]

    @property
    def is_number(self) -> Bools:
        """Which spans have a number."""
        import numpy as np

        found: Bools = np.array([each is not None for each in self.amounts] + [False])[self.code]
        return found

    @property
    def no_number(self) -> int:
        """How many have something that is none."""
        return int((self.code >= 0).sum() - self.is_number.sum())

    @property
    def odd(self) -> tuple[Any, ...]:
        """The first few values that are no numbers and that some of the spans have."""
        import numpy as np

        had = (self.values[code] for code in np.unique(self.code).tolist() if code >= 0 and self.amounts[code] is None)
        return tuple(islice(had, _ODD))

    def numbers(self) -> Numbers:
        """The number of each span, 0 where it has none; whole numbers stay whole up to 62 bits."""
        import numpy as np

        used = set(np.unique(self.code).tolist())
        known = [each if each is not None and code in used else 0 for code, each in enumerate(self.amounts)]
        whole = all(isinstance(each, int) and abs(each) <= _MOST_WHOLE for each in known)
        table: Numbers = np.array([*known, 0], np.int64) if whole else np.array([*known, 0], np.float64)
        return table[self.code]


def _carried(source: SpanSource, spans: SpanColumns, key: str, window: Window) -> _Carried:
    """What spans of a window have under a key. Raises UsageError where no span of the window has a number there."""
    column = source.attribute_column(key, window)
    if not column.values:
        raise UsageError(f"no span of that time has an attribute {key!r}", "logtrace show ID lists attributes")
    amounts = [amount(value) for value in column.values]
    if all(each is None for each in amounts):
        raise UsageError(f"no value of {key} is a number", f"such as {str(column.values[0])[:60]!r}; --by tells values apart")
    return _Carried(codes_of(column, spans.row), column.values, amounts)


def sums(source: SpanSource, asked: Asked, key: str) -> Sums:
    """See Many.sums."""
    import numpy as np

    window = Window(asked.since_ns, asked.until_ns)
    spans = source.span_columns(window)
    told = tuple(notes(source, spans))
    spans = spans.where(spans_of(spans, asked))
    carried = _carried(source, spans, key, window)
    is_number = carried.is_number
    carrying = np.unique(spans.trace[is_number], return_counts=True)[1]
    counts = _by_operation(spans, carried, is_number) if is_number.any() else {}
    rows = [_sum(spans.operations[operation], values) for operation, values in counts.items()]
    return Sums(
        key, tuple(sorted(rows, key=lambda each: (-each.total, each.service, each.operation))),
        total=exact_sum(chain.from_iterable(counts.values())),
        spans=int(is_number.sum()),
        requests=len(carrying),
        without=int((carried.code < 0).sum()),
        no_number=carried.no_number,
        odd=carried.odd,
        several=int((carrying > 1).sum()),
        notes=(*told, *_rounded(carried)),
    )  # fmt: skip


def _rounded(carried: _Carried) -> Iterator[str]:
    past = [isinstance(each, float) and abs(each) >= _JSON_WHOLE and each.is_integer() for each in carried.amounts]
    if many := sum(past[code] for code in carried.code.tolist() if code >= 0) if any(past) else 0:
        yield f"{counted(many, 'value')} beyond 64 bits came as JSON numbers, which keep 15 digits: so does the sum"


def _by_operation(spans: SpanColumns, carried: _Carried, is_number: Bools) -> dict[int, list[tuple[int | float, int]]]:
    """Operation → (number, how often) of its spans."""
    import numpy as np

    keys, counts = np.unique(spans.operation[is_number] * len(carried.values) + carried.code[is_number], return_counts=True)
    found: dict[int, list[tuple[int | float, int]]] = {}
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        operation, code = divmod(key, len(carried.values))
        if (known := carried.amounts[code]) is not None:
            found.setdefault(operation, []).append((known, count))
    return found


def _sum(operation: Operation, values: Sequence[tuple[int | float, int]]) -> Sum:
    return Sum(*operation, sum(count for _, count in values), exact_sum(values), max(value for value, _ in values))
