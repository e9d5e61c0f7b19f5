"""What goes between the machines: rows of span with their names spelled out, and beside them what each split counted.

what = ROW        a row of span (see store.rows.of_fragments.COLUMNS); lines say the split and the line in it, from 0
what = COUNTED    `extra`: what became of the lines of a split, as JSON
what = REJECTED   `operation`: the reason, `lines`: JSON list of the lines of a split that gave no record
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from logtrace.store.rows.of_fragments import COLUMNS

if TYPE_CHECKING:
    import pyarrow

    from logtrace.reconstruct.spans.runs import Numbers

ROW, COUNTED, REJECTED = 0, 1, 2

OWN = tuple(COLUMNS.replace("operation_id", "service, operation, kind").split(", "))
"""The columns of a row of span, the operation spelled out."""

FIELDS = ("part", "what", "split", *OWN, "trace_text", "span_text", "parent_text")
_TEXTS = frozenset({"service", "operation", "kind", "attributes", "lines", "extra", "trace_text", "span_text", "parent_text"})
_SMALL = frozenset({"part", "what", "split"})

_ODD = np.uint64(0x9E3779B97F4A7C15)


@cache
def schema() -> pyarrow.Schema:
    """The columns."""
    import pyarrow as pa

    return pa.schema([(name, pa.string() if name in _TEXTS else pa.int32() if name in _SMALL else pa.int64()) for name in FIELDS])


def batch(rows: Iterable[Sequence[Any]]) -> pyarrow.RecordBatch:
    """Rows, in the order of FIELDS, as an Arrow batch."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema(), strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema())


def beside(what: int, split: int, **columns: Any) -> tuple[Any, ...]:
    """A row that is no row of span."""
    return tuple({"part": 0, "what": what, "split": split, **columns}.get(name) for name in FIELDS)


def mixed(lows: Numbers, many: int) -> Numbers:
    """Which of so many parts the traces with some low halves are in: the same everywhere, evenly also where ids are not."""
    found: Numbers = ((lows.astype(np.int64).view(np.uint64) * _ODD >> np.uint64(33)) % np.uint64(many)).astype(np.int64)
    return found
