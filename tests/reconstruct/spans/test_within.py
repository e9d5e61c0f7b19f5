"""Keys are found within their own traces, in small ones and in large ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.reconstruct.spans import within
from logtrace.reconstruct.spans.within import begins, doubled, numbered, places_of

sizes = st.lists(st.integers(1, 7), max_size=5)


@pytest.mark.parametrize("small", [48, 3])
@given(sizes, st.data())
def test_places_are_those_of_the_last_row_of_the_trace_with_the_key(small, sizes, data):
    trace = np.repeat(np.arange(len(sizes)), sizes)
    many = len(trace)
    numbers = st.lists(st.integers(-2, 3), min_size=many, max_size=many)
    key, wanted = np.array(data.draw(numbers), np.int64), np.array(data.draw(numbers), np.int64)
    asked = np.array(data.draw(st.lists(st.booleans(), min_size=many, max_size=many)), np.bool_)
    first = begins(trace)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(within, "SMALL", small)
        places, twice = places_of(first, key, wanted, asked), doubled(first, key)
    known = {pair: at for at, pair in enumerate(zip(trace.tolist(), key.tolist(), strict=True))}
    pairs = zip(trace.tolist(), wanted.tolist(), asked.tolist(), strict=True)
    assert places.tolist() == [known.get((of, number), -1) if told else -1 for of, number, told in pairs]
    spans = [key[(trace == of) & (key != NO_SPAN)].tolist() for of in range(len(sizes))]
    assert twice.tolist() == [len(set(keys)) < len(keys) for keys in spans]
    assert numbered(first, many).tolist() == trace.tolist()
