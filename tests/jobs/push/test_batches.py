"""How spans become batches, and what a span is known again by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import parse_trace_id
from logtrace.jobs.push.batches import Item, batches, body_of, items_of
from logtrace.model import Span
from logtrace.store.upkeep.pushed import Sent
from tests.builders import TRACE_ID, log, span, trace


def items(*spans: Span, sent: dict[int, Sent] | None = None) -> list[Item]:
    trace_id = parse_trace_id(TRACE_ID)
    assert trace_id is not None
    return items_of(trace_id, trace(*spans), sent or {})[0]


def digest(made: Span) -> int:
    (item,) = items(made)
    return item.mark.digest


def test_a_span_is_known_again_by_what_it_says():
    root = span("root", key=7)
    made = span("op", key=8, parent=root, inferred=70)
    assert digest(made) == digest(span("op", key=8, parent=root, inferred=95))  # a parent that is more sure
    others = [
        span("other", key=8, parent=root, inferred=70),
        span("op", "worker", key=8, parent=root, inferred=70),
        span("op", key=8, inferred=70),
        span("op", key=8, parent=root, inferred=70, ms=11),
        span("op", key=8, parent=root, inferred=70, error="boom"),
        span("op", key=8, parent=root, inferred=70, attributes={"k": 1}),
        span("op", key=8, parent=root, inferred=70, lines=[log("hello")]),
    ]
    digests = [digest(other) for other in (made, *others)]
    assert len(set(digests)) == len(digests)


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 6))
def test_batches_hold_all_in_order_and_are_always_the_same(sizes: list[int], most: int):
    traces = [
        items(*(span(f"op {number}", key=number + 1 + 100 * at) for number in range(size))) for at, size in enumerate(sizes)
    ]
    made = list(batches(traces, most))
    assert [item for batch in made for item in batch] == [item for found in traces for item in found]
    assert all(0 < len(batch) <= most for batch in made)
    for found in traces:
        assert len(found) > most or any(all(item in batch for item in found) for batch in made)
    assert [body_of(batch) for batch in made] == [body_of(batch) for batch in batches(traces, most)]
