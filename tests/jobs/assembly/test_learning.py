"""The sample of traces that a store learns from."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from logtrace.jobs.assembly import learning
from logtrace.jobs.assembly.learning import sample

LOWS = st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=60)


@given(LOWS, LOWS, st.integers(0, 20))
def test_it_is_one_sample_in_whatever_order_and_parts_they_come(first: list[int], then: list[int], many: int):
    whole = sample([*first, *then], many)
    assert sample([*then, *reversed(first)], many) == whole
    assert sample([*sample(first, many), *sample(then, many)], many) == whole
    assert len(whole) == min(many, len({*first, *then}))


def test_a_large_store_takes_no_more_memory_than_a_small_one():
    sizes = []
    for stretches in (2, 20):
        tracemalloc.start()
        sample(range(stretches * learning._AT_ONCE), 1_000)
        sizes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sample(reversed(range(stretches * learning._AT_ONCE)), 10) == sample(range(stretches * learning._AT_ONCE), 10)
    assert sizes[1] < 1.2 * sizes[0]
