"""What is asked of one trace takes steps as it has spans, whatever their tree looks like: a batch job's has hundred thousands.

Lines that run are counted, not time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from logtrace.analysis.traces.bottlenecks import bottlenecks
from logtrace.analysis.traces.compare import compare
from logtrace.analysis.traces.errors import trace_errors
from logtrace.analysis.traces.findings import findings
from logtrace.analysis.traces.linked import joined
from logtrace.analysis.traces.similar import profile
from logtrace.model import Trace
from logtrace.views.tree.nodes import tree_nodes
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.rows import limited_rows
from tests.builders import span, trace

_SPANS = 100
_TIMES = 4


def batch(many: int) -> Trace:
    """Items one after the other, each with calls in a loop and a time in which nothing is seen."""
    root = span("batch", ms=1_000 * many)
    made = [root]
    for at in range(many // 10):
        item = span("item", parent=root, at=10_000 * at, ms=9_000)
        calls = (
            span("db.query", parent=item, at=10_000 * at + 700 * n, ms=600, error="no" if n == 3 else None) for n in range(9)
        )
        made += [item, *calls]
    return trace(*made)


def wide(many: int) -> Trace:
    """All under one, at the same time, of a few operations."""
    root = span("fan out", ms=10 * many)
    return trace(
        root, *[span(f"op {n % 5}", parent=root, at=n, ms=many, error="no" if n % 7 == 0 else None) for n in range(many)]
    )


def deep(many: int) -> Trace:
    """Each under the one before; what fails at the bottom fails up to the top."""
    made = [span("f", ms=2 * many, error="no")]
    for n in range(1, many):
        made.append(span("f", parent=made[-1], at=n, ms=2 * (many - n), error="no"))
    return trace(*made)


def apart(many: int) -> Trace:
    """As many requests as spans, none under another, each of an operation of its own."""
    return trace(*[span(f"op {n}", f"service {n}", at=10 * n, ms=8, error=f"error {n}" if n % 2 else None) for n in range(many)])


ASKED: dict[str, Callable[[Trace], Any]] = {
    "findings": findings,
    "bottlenecks": lambda made: bottlenecks(made, {}),
    "errors": trace_errors,
    "compare": lambda made: compare(made, made, {}),
    "profile": profile,
    "joined": lambda made: joined(made, [], []),
    "rows": lambda made: limited_rows(tree_nodes(made, set(), WaterfallOptions()), set(), 50),
}


def lines_run(asked: Callable[[Trace], Any], made: Trace) -> int:
    """How many lines of Python run until an answer is there."""
    count = 0

    def line(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        asked(made)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
@pytest.mark.parametrize("shape", [batch, wide, deep, apart], ids=lambda shape: shape.__name__)
def test_four_times_the_spans_take_about_four_times_the_steps(shape: Callable[[int], Trace], asked: Callable[[Trace], Any]):
    few, more, many = (lines_run(asked, shape(_SPANS * _TIMES**n)) for n in range(3))
    assert many - more < 1.25 * _TIMES * (more - few), (few, more, many)
