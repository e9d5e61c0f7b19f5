from __future__ import annotations

import pytest

from logtrace.analysis.traces.slow import slow_spans
from logtrace.model import Flag, Trace
from tests.builders import MS, slow_task, span, trace

OP = ("edge-mcp", "op")


def beside(ms: float | None) -> Trace:
    """A span of so long, and a short one under it."""
    root = span(ms=ms)
    return trace(root, span("short", parent=root, ms=0))


def test_the_insert_of_the_guide_is_slow_and_its_root_is_not() -> None:
    made = slow_task()
    reasons = slow_spans(made, {})
    assert [made.by_key[key].name for key in reasons] == ["CreateTask"]
    assert list(reasons.values()) == ["92 % of the trace, 4.8s of its own"]


def test_above_the_p99_of_enough_samples() -> None:
    made = trace(span(ms=321))
    assert list(slow_spans(made, {OP: (4312, 320 * MS)}).values()) == ["above the operation's p99 of 320ms over 4,312 spans"]
    assert not slow_spans(trace(span(ms=320)), {OP: (4312, 320 * MS)})


def test_with_enough_samples_the_share_does_not_count_with_fewer_it_does() -> None:
    made = beside(300)
    assert not slow_spans(made, {OP: (100, 320 * MS)})
    assert slow_spans(made, {OP: (99, 200 * MS)})


@pytest.mark.parametrize(("ms", "slow"), [(99.9, False), (100, True), (None, False)])
def test_at_least_100_ms_of_its_own(ms: float | None, slow: bool) -> None:
    assert bool(slow_spans(beside(ms), {})) is slow


def test_the_only_span_of_a_trace_is_all_of_it_and_not_slow_for_that() -> None:
    assert not slow_spans(trace(span(ms=3000)), {})
    assert slow_spans(trace(span(ms=3000)), {OP: (100, 320 * MS)})


def test_at_least_a_fifth_of_the_trace() -> None:
    root = span("root", ms=1000)
    whole = span("rest", parent=root, at=0, ms=1000)
    small, large = span("small", parent=whole, at=0, ms=199), span("large", parent=whole, at=200, ms=200)
    assert set(slow_spans(trace(root, whole, small, large), {})) == {whole.key, large.key}


def test_lower_bounds_and_invalid_durations_are_never_above_a_p99() -> None:
    history = {OP: (500, 1 * MS)}
    assert not slow_spans(trace(span(lower_bound=True)), history)
    assert not slow_spans(trace(span(flags=Flag.INVALID_DURATION)), history)
    assert slow_spans(trace(span(error="failed")), history)


def test_phantoms_are_never_slow() -> None:
    assert not slow_spans(trace(span(ms=5000, phantom=True)), {})
