"""The errors of spans whose lines came in runs, as their rows have them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import orjson

from logtrace.reconstruct.spans.runs import NONE, Numbers, Run
from logtrace.store.rows.of_fragments import NEVER, Row


class Failed(NamedTuple):
    """level: the column `error`; extra: the member of that name which tells the failure, as JSON; "" where there is none."""

    level: int
    extra: str


UNFAILED = Failed(0, "")


def failures_of(run: Run, order: Numbers, begins: Numbers, ends: Numbers) -> list[Failed]:
    """The first and worst error of each span.

    order: positions in the run; begins, ends: where in it the lines of each span begin and end, in order.
    """
    failed = [UNFAILED] * len(begins)
    told = np.flatnonzero(run.errors[order])
    if not len(told) or not len(begins):
        return failed
    found: dict[int, tuple[int, int, str, str]] = {}
    spans = np.searchsorted(begins, told, "right") - 1
    inside = (spans >= 0) & (told < ends[spans])
    for span, at in zip(spans[inside].tolist(), order[told[inside]].tolist(), strict=True):
        time_ns = int(run.times[at])
        failure = (-int(run.errors[at]), NEVER if time_ns == NONE else time_ns, *run.failures[at])
        if span not in found or failure < found[span]:
            found[span] = failure
    for span, failure in found.items():
        failed[span] = Failed(-failure[0], f'"failure":{orjson.dumps(failure).decode()}')
    return failed


def with_failure(row: Row, failed: Failed) -> Row:
    """A row that has nothing in `extra`, with an error."""
    return (*row[:9], failed.level, *row[10:14], f"{{{failed.extra}}}") if failed.level else row
