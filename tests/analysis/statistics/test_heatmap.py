from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.analysis.statistics.heatmap import bound_ms, buckets_of, heatmap
from logtrace.columns import SpanColumns
from logtrace.errors import UsageError
from logtrace.units import NS
from tests.analysis.columns import durations, flat
from tests.builders import MS, T0

MINUTE = NS["m"]


def spans() -> SpanColumns:
    return flat(durations("a", [1, 1.1, 1.2, 100], step=30_000), durations("b", [7], at=60_000))


@given(st.integers(1, 10**15))
def test_a_duration_lies_in_its_bucket(duration_ns: int):
    (bucket,) = buckets_of(np.array([duration_ns])).tolist()
    ms = duration_ns / MS
    assert bound_ms(bucket) * (1 - 1e-9) < ms <= bound_ms(bucket + 1) * (1 + 1e-9)


@pytest.mark.parametrize(("ms", "bucket"), [(1, -1), (2, 3), (1024, 39), (1.001, 0)])
def test_a_bound_belongs_below(ms: float, bucket: int):
    assert buckets_of(np.array([round(ms * MS)])).tolist() == [bucket]


def test_cells_have_all_spans_once_with_their_average():
    found = heatmap(spans(), (T0, T0 + 2 * MINUTE), MINUTE)
    assert (found.steps, found.spans, found.left_out) == (2, 5, 0)
    assert [(cell.start_ns - T0, cell.operation, cell.bucket, cell.spans, cell.average_ns) for cell in found.cells] == [
        (0, "a", -1, 1, 1 * MS), (0, "a", 0, 1, 1.1 * MS), (MINUTE, "a", 1, 1, 1.2 * MS), (MINUTE, "a", 26, 1, 100 * MS),
        (MINUTE, "b", 11, 1, 7 * MS),
    ]  # fmt: skip


def test_a_window_is_whole_steps_and_not_too_many():
    found = heatmap(spans(), (T0 + 1, T0 + MINUTE + 1), MINUTE)
    assert (found.since_ns, found.until_ns, found.spans) == (T0, T0 + 2 * MINUTE, 3)
    with pytest.raises(UsageError, match="too many"):
        heatmap(spans(), (0, T0), MINUTE)


def test_nothing_gives_an_empty_map():
    found = heatmap(spans().where(np.zeros(5, bool)), (0, 0), MINUTE)
    assert (found.cells, len(found.buckets), found.steps) == ((), 0, 1)
