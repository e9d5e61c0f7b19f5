"""What a bulk finds from numbers alone is what the assembler finds trace by trace."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembler import _is_uneven, _plain_trace
from logtrace.jobs.bulk import MOST, Bulk, plain_traces
from logtrace.store.packed import NOTHING
from logtrace.store.reader import Outline
from tests.jobs.test_assembler import Operations

OPERATIONS = Operations()
NUMBERS = [OPERATIONS.number(("" if at == 0 else f"service {at % 3}", f"operation {at}", "")) for at in range(5)]
GOOD, ODD = 1 << 16 | 6 << 20 | 7 << 24, [0, 4 << 16 | 6 << 20 | 7 << 24, 1 << 16 | 8 << 20 | 7 << 24]


@st.composite
def span_rows(draw):
    """Rows of some traces: trees in which now and then something is not ordinary."""
    rows = []
    for low in draw(st.lists(st.integers(-3, 3), unique=True, min_size=1, max_size=3)):
        count = draw(st.integers(1, 6))
        for key in range(1, count + 1):
            parent = draw(st.sampled_from([key - 1] * 8 + [NO_SPAN, 9, key, count]))
            own = draw(st.sampled_from([key] * 12 + [NO_SPAN, 1]))
            rows.append(row(draw, low, own, parent if own != NO_SPAN else NO_SPAN))
    return draw(st.permutations(rows))


def row(draw, low, key, parent):
    high = draw(st.sampled_from([5] * 30 + [0]))
    start = draw(st.sampled_from([*range(0, 200_000, 40_000)] * 2 + [None]))
    took = draw(st.sampled_from([*range(0, 200_000, 40_000)] * 2 + [None]))
    facts = draw(st.sampled_from([GOOD] * 40 + ODD))
    error, flags = draw(st.sampled_from([0, 0, 1, 2])), draw(st.sampled_from([0] * 40 + [1, 1 << 9, 1 << 10]))
    return (low, high, key, parent, None, draw(st.sampled_from(NUMBERS)), start, took, facts, error, flags, 2, "[]", "[]", None)


@given(span_rows())
def test_plain_traces_are_those_of_the_assembler(rows):
    bulk = Bulk()
    for each in rows:
        bulk.add(NOTHING, [each])
    found = plain_traces(bulk.columns(), {number: OPERATIONS.service(number) for number in NUMBERS})
    wanted, left, uneven = {}, [], False
    for low in sorted({each[0] for each in rows}):
        outlines = [Outline.of_row(at, each) for at, each in enumerate(rows) if each[0] == low]
        made = _plain_trace(outlines, OPERATIONS) if len({one.key for one in outlines}) == len(outlines) else None
        event("plain" if made else "left")
        if made is None:
            left.append(low)
        else:
            wanted[low] = made
            uneven |= _is_uneven(outlines, OPERATIONS)
    assert dict(zip(found.lows, found.traces, strict=True)) == wanted
    assert (found.left, found.uneven) == (left, uneven)


def test_a_bulk_of_nothing():
    assert plain_traces(Bulk().columns(), {}) == ([], [], [], False)


def test_too_many_rows_are_not_kept(monkeypatch):
    monkeypatch.setattr("logtrace.jobs.bulk.MOST", 1)
    bulk = Bulk()
    one = (1, 2, 3, 0, None, 1, 5, 5, GOOD, 0, 0, 2, "[]", "[]", None)
    bulk.add(NOTHING, [one])
    assert bulk.whole
    bulk.add(NOTHING, [one])
    assert not bulk.whole
    assert MOST > 1
