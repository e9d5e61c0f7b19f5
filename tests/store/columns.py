"""Rows of spans, made straight from columns and by their Fragments, for the tests of what makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from hypothesis import strategies as st

from logtrace.jobs.intake.work import Encoder
from logtrace.reconstruct.spans.fragments import fragment_of_entries
from logtrace.reconstruct.spans.naming import operation_of
from logtrace.reconstruct.spans.run_collector import RunCollector
from logtrace.store.rows.linerefs import bodies_of, told
from logtrace.store.rows.of_fragments import row, shown_alone
from logtrace.store.rows.partial import Partial
from tests.reconstruct.runs import run_of


def encoder() -> Encoder:
    """An encoder that knows some names already, and keeps the values of one key inline."""
    made = Encoder()
    made.learn({("api", "op", ""): 7}, {("a", '"x"'): 3, ("b", "1"): 4})
    made.unique.add("http.status")
    return made


def spelled(made, names):
    """A row with attributes in place of their numbers, which are given out in the order they were asked for, and its lines."""
    known = {number: attribute.pair for attribute, number in names.attributes.items()}
    known |= {-1 - at: pair for at, pair in enumerate(names.news[1])}
    refs = [(known[ref >> 2], ref & 3) if isinstance(ref, int) else ref for ref in orjson.loads(made[12])]
    return (*made[:12], refs, told(made[13], bodies_of(names.messages.rows())), made[14])


def general(entries):
    names = encoder()
    fragment = fragment_of_entries(entries)
    operation, rank = operation_of(fragment)
    return spelled(row(fragment, shown_alone(fragment), names.operation(operation), rank, names.attribute), names)


def collected(entries, split):
    """The lines of a span in runs, chunk by chunk."""
    collector = RunCollector()
    for chunk in sorted({chunk for _, chunk, _ in entries}):
        here = sorted((line, each) for each, its_chunk, line in entries if its_chunk == chunk)
        collector.add_run(run_of([each for _, each in here], [line for line, _ in here], split), chunk)
    return collector


def of_columns(make: Callable[[RunCollector, list[int], Any], Partial], entries, split=0):
    """The row that `make` gives of the one span of some lines; None where it is left to others."""
    collector, names = collected(entries, split), encoder()
    made = make(collector, collector.spans().order.tolist(), names)
    assert len(made.ready) + len(made.pending) + bool(made.odd) == 1
    rows = [spelled(each, names) for each in (*made.ready, *made.pending)]
    assert bool(made.pending) == (bool(rows) and any(names.news))
    return rows[0] if rows else None


@st.composite
def placed(draw, found):
    """Records with places: mostly in order, of one chunk or two."""
    lines = draw(st.permutations(range(len(found))) | st.just(range(len(found))))
    cut = draw(st.integers(0, len(found)))
    return [(each, 1 if line < cut else 2, line) for each, line in zip(found, lines, strict=True)]
