"""The rows of a bulk have the numbers that were written, and what is found of many traces is what is found of each."""

from __future__ import annotations

import sqlite3
import tracemalloc
from contextlib import closing
from itertools import chain
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from logtrace.ids import NO_SPAN
from logtrace.jobs.assembly.bulk import MOST, PART, Bulk
from logtrace.jobs.assembly.plain import plain_traces
from logtrace.store.rows.packed import NOTHING
from logtrace.store.rows.spanrows import SpanRows
from tests.jobs.assembly.test_plain import Operations
from tests.jobs.stores import line, take, views

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
def test_traces_of_a_bulk_are_as_each_alone(rows):
    found = plain_traces(bulk_of(rows), OPERATIONS.service)
    wanted, left, asking, uneven = {}, [], False, False
    for low in sorted({each[0] for each in rows}):
        alone = plain_traces(
            SpanRows.numbered((at, each) for at, each in enumerate(rows, 1) if each[0] == low), OPERATIONS.service
        )
        event("plain" if alone.traces else "left")
        wanted |= dict(zip(alone.lows, alone.traces, strict=True))
        left += alone.left
        asking |= alone.asking
        uneven |= alone.uneven
    assert dict(zip(found.lows, found.traces, strict=True)) == wanted
    assert (found.left, found.asking, found.uneven) == (left, asking, uneven)


def bulk_of(rows, most=MOST, part=PART):
    """All rows of a bulk, however many parts they come in."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("logtrace.jobs.assembly.bulk.MOST", most)
        patch.setattr("logtrace.jobs.assembly.bulk.PART", part)
        bulk = Bulk(Path(folder))
        for each in rows:
            bulk.add(NOTHING, [each])
        assert bulk.holds(len(rows))
        parts = list(bulk.parts())
    event(f"{min(len(parts), 2)} parts")
    assert not {*chain.from_iterable(set(part.low.tolist()) & seen for part, seen in seen_before(parts))}, "traces are whole"
    return SpanRows.joined(parts)


def seen_before(parts):
    seen = set()
    for part in parts:
        yield part, set(seen)
        seen.update(part.low.tolist())


@given(span_rows(), st.integers(1, 20), st.integers(1, 20))
def test_a_bulk_gives_the_numbers_that_rows_have(rows, most, part):
    wanted = SpanRows.numbered(sorted(enumerate(rows, 1), key=lambda pair: (pair[1][0], pair[0])))
    found = bulk_of(rows, most, part)
    found = found.take(np.argsort(found.low, kind="stable"))
    assert found._replace(confidence=wanted.confidence).dumped() == wanted.dumped()


def span(key, parent, start, took, service):
    return (1, 5, key, parent, None, NUMBERS[service], start, took, GOOD, 0, 0, 2, "[]", "[]", None)


def test_clocks_may_differ_where_a_span_of_another_service_lies_outside_its_parent():
    def uneven(*rows):
        return plain_traces(SpanRows.numbered(enumerate(rows, 1)), OPERATIONS.service).uneven

    assert not uneven(span(1, 0, 10, 100, 1), span(2, 1, 20, 50, 2))
    assert uneven(span(1, 0, 10, 100, 1), span(2, 1, 5, 50, 2)), "it starts before"
    assert uneven(span(1, 0, 10, 100, 1), span(2, 1, 20, 60_000, 2)), "it ends long after"
    assert not uneven(span(1, 0, 10, 100, 1), span(2, 1, 20, 40_000, 2)), "it ends a little after"
    assert not uneven(span(1, 0, 10, 100, 1), span(2, 1, 5, 50, 1)), "one service has one clock"


def test_a_bulk_of_nothing():
    (rows,) = Bulk(Path()).parts()
    assert plain_traces(rows, OPERATIONS.service) == ([], [], [], False, False)
    assert not Bulk(Path()).holds(0)


def words(store: Path) -> list[tuple[str, int]]:
    """What search knows: each word, with the trace that has it."""
    with closing(sqlite3.connect(store)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, term, instance)")
        return sorted(db.execute("SELECT w.term, d.low FROM temp.word w JOIN document d ON d.id = w.doc"))


def test_a_store_made_in_parts_is_the_same(monkeypatch, tmp_path):
    """Of traces with known parents, with parents to be inferred, and with parts of spans in two files."""
    known = [
        line(
            f"{trace:032x}",
            f"{trace * 8 + span:016x}",
            100 * trace + span,
            "done",
            operation=f"op {span}",
            duration_ms=9 - span,
            tags={"user.id": trace, "step": span},
            **told,
        )
        for trace in range(1, 30)
        for span in range(1, 5)
        for told in ({} if trace % 3 else {"parent_span_id": f"{trace * 8 + span - 1:016x}" if span > 1 else None},)
    ]
    ends = [
        line(f"{trace:032x}", f"{trace * 8 + 7:016x}", 100 * trace + 5 * (event == "span_end"), "x", event=event, operation="op")
        for event in ("span_start", "span_end") for trace in range(1, 30)
    ]  # fmt: skip
    (tmp_path / "a.log").write_text("\n".join(known + ends[:29]) + "\n")
    (tmp_path / "b.log").write_text("\n".join(ends[29:]) + "\n")
    logs = str(tmp_path / "a.log"), str(tmp_path / "b.log")
    take(tmp_path / "one.db", *logs)
    monkeypatch.setattr("logtrace.jobs.assembly.bulk.MOST", 20)
    monkeypatch.setattr("logtrace.jobs.assembly.bulk.PART", 15)
    take(tmp_path / "parts.db", *logs)
    assert views(tmp_path / "parts.db") == views(tmp_path / "one.db")
    assert len(views(tmp_path / "one.db")["traces"]) == 29
    assert words(tmp_path / "parts.db") == words(tmp_path / "one.db") != []


def test_where_there_is_no_room_the_store_is_asked(monkeypatch, tmp_path):
    monkeypatch.setattr("logtrace.jobs.assembly.bulk.MOST", 1)
    bulk = Bulk(tmp_path / "gone")
    one = (1, 2, 3, 0, None, 1, 5, 5, GOOD, 0, 0, 2, "[]", "[]", None)
    bulk.add(NOTHING, [one])
    assert bulk.holds(1)
    bulk.add(NOTHING, [one])
    assert not bulk.holds(2)


def test_rows_that_were_put_aside_come_back_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A part has thirteen numbers a row; it is made of a file column by column."""
    monkeypatch.setattr("logtrace.jobs.assembly.bulk.MOST", 20_000)
    monkeypatch.setattr("logtrace.jobs.assembly.bulk.PART", 20_000)
    bulk = Bulk(tmp_path)
    rows = [(at * 7919 % 100_003, 5, at, 0, None, 1, at, 5, GOOD, 0, 0, 2, "[]", "[]", None) for at in range(100_000)]
    for first in range(0, len(rows), 1_000):
        bulk.add(NOTHING, rows[first : first + 1_000])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sizes = list(map(attrgetter("low.size"), bulk.parts()))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert (sum(sizes), len(sizes)) == (100_000, 5)
    assert peak < 8 * 30 * 20_000, "of each row of a part so many numbers"
