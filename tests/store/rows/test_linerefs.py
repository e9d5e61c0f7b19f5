from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.store.rows.linerefs import FIELDS, SIZE, bodies_of, chunks_of_lines, no_body, packed_base, packed_field, told
from logtrace.store.rows.packed_lines import Bodies, Lines, references

MOST = {name: (1 << 8 * size) - 1 for name, size in FIELDS}
LINES = st.tuples(*(st.integers(0, MOST[name]) | st.sampled_from([0, 1, MOST[name] >> 1, MOST[name]]) for name, _ in FIELDS))
TIMES = st.integers(-(1 << 63), (1 << 63) - 1)
SPANS = st.lists(st.tuples(st.lists(LINES, min_size=1, max_size=5), TIMES, st.booleans()), min_size=1, max_size=6)


def packed(spans):
    columns = np.array([line for lines, _, _ in spans for line in lines], np.int64).T
    counts, times = (np.array(found, np.int64) for found in ([len(lines) for lines, _, _ in spans], [ns for _, ns, _ in spans]))
    return Lines(*columns).packed(counts, times, np.array([stated for _, _, stated in spans], np.bool_))


@given(SPANS)
def test_packed_lines_tell_what_was_packed(spans):
    for kept, (lines, first_ns, stated) in zip(packed(spans), spans, strict=True):
        found = told(kept, lambda chunk, number: f"{chunk}.{number}")
        assert found == [*([] if stated else [first_ns]), *([*line[:5], f"{line[0]}.{line[5]}"] for line in lines)]
        assert chunks_of_lines(kept) == [line[0] for line in lines]


@given(SPANS)
def test_plain_sql_reads_them_as_well(spans):
    with closing(sqlite3.connect(":memory:")) as connection:
        for kept, (lines, first_ns, stated) in zip(packed(spans), spans, strict=True):
            for at, line in enumerate(lines):
                fields = ", ".join(packed_field(name, str(at)) for name, _ in FIELDS)
                assert connection.execute(f"SELECT {fields} FROM (SELECT ? AS lines) s", (kept,)).fetchone() == line
            if not stated:
                assert connection.execute(f"SELECT {packed_base()} FROM (SELECT ? AS lines) s", (kept,)).fetchone() == (first_ns,)


@given(SPANS)
def test_the_messages_that_rows_refer_to(spans):
    rows = [*packed(spans), '[[1,2,0,9,7,"x"]]']
    assert references(rows) == {(line[0], line[5]) for lines, _, _ in spans for line in lines}


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abc"))), st.lists(st.tuples(st.integers(1, 3), st.sampled_from("cd")))
)
def test_each_message_of_a_chunk_is_kept_once(some, more):
    bodies = Bodies()
    numbers = [
        bodies.numbers([text for _, text in part], np.array([chunk for chunk, _ in part], np.int64)) for part in (some, more)
    ]
    rows = bodies.rows()
    assert len({(chunk, number) for chunk, number, _ in rows}) == len(rows) == len({*some, *more})
    body = bodies_of(rows)
    for part, found in zip((some, more), numbers, strict=True):
        assert [body(chunk, number) for (chunk, _), number in zip(part, found.tolist(), strict=True)] == [
            text for _, text in part
        ]


def test_json_is_read_as_it_stands():
    assert told('[5,[1,2,0,9,7,"x"]]', no_body) == [5, [1, 2, 0, 9, 7, "x"]]
    assert chunks_of_lines('[5,[1,2,0,9,7,"x"]]') == [1]


def test_a_line_takes_twenty_bytes():
    assert SIZE == 20


def test_a_message_that_is_missing_is_an_error_not_a_blank():
    (kept,) = packed([([(1, 2, 0, 9, 7, 3)], 0, True)])
    with pytest.raises(KeyError):
        told(kept, bodies_of([]))
