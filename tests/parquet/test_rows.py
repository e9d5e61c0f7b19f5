"""What a row of Parquet says, and that the row of the store can be had back from it."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import TraceId
from logtrace.model import Attribute, ErrorLevel, Role
from logtrace.parquet.files import pieces, table
from logtrace.parquet.rows import Columns, Names, restored, told
from logtrace.reconstruct.spans.fragments import Fragment
from logtrace.store.rows.fragments import fragment_of
from logtrace.store.rows.linerefs import no_body
from tests.reconstruct.made import collected
from tests.store.rows.test_of_fragments import Interned, any_fragment, row_of
from tests.strategies import MS, T0, TRACE, record

PATHS = ["a.log", "logs/ü.log"]


def columns_of(fragment: Fragment, names: Interned, trace: TraceId = TRACE, texts: dict[int, str] | None = None) -> Columns:
    made = Names(
        names.operations.__getitem__, lambda number: names.attributes[number].pair, lambda chunk: (PATHS[chunk % 2], 100 * chunk),
        lambda key: (texts or {}).get(key, ""), no_body,
    )  # fmt: skip
    return told(row_of(fragment, names), trace, made)


def through_arrow(columns: Columns) -> Columns:
    """The row as a reader of the file gets it."""
    data = b"".join(pieces([columns], "{}"))
    return pq.read_table(io.BytesIO(data)).to_pylist()[0]


@given(any_fragment, st.sampled_from([frozenset(), frozenset({"a", "http.status"})]))
def test_the_row_of_the_store_can_be_had_back(fragment, keys):
    names, again = Interned(keys), Interned()
    back = restored(through_arrow(columns_of(fragment, names)), again.attribute, PATHS.index)
    assert back.operation == names.operations[0]
    again.operation(back.operation)
    found, original = fragment_of(back.row, again.names()), fragment_of(row_of(fragment, names), names.names())
    placed = {key: line._replace(chunk=line.chunk % 2, line=100 * line.chunk + line.line) for key, line in original.lines.items()}
    original.lines = placed
    assert found == original
    assert back.row[:5] == row_of(fragment, names)[:5]
    assert back.row[6:12] == row_of(fragment, names)[6:12]


def test_names_are_those_of_opentelemetry():
    attributes = tuple(Attribute(key, value) for key, value in (("host.name", '"n1"'), ("rows", "3"), ("user", '"ada"')))
    start = record(1, Role.START, 0, parent=2, name="Insert", kind="client", body="started", attributes=attributes)
    end = record(1, Role.END, 20, 20, name="Insert", body="failed", error=ErrorLevel.HARD, error_message="no room", severity=17)
    (fragment,) = collected([start, end])
    found = columns_of(fragment, Interned())
    assert found["trace_id"] == str(TRACE)
    assert (found["span_id"], found["parent_span_id"]) == ("0" * 15 + "1", "0" * 15 + "2")
    assert (found["name"], found["kind"], found["service_name"]) == ("Insert", "client", "api")
    assert (found["start_time_unix_nano"], found["duration_nano"]) == (T0, 20 * MS)
    assert (found["status_code"], found["status_message"]) == ("error", "no room")
    assert found["resource_attributes"] == [("host.name", "n1")]
    assert found["attributes"] == [("rows", "3"), ("user", "ada")]
    assert [(event["time_unix_nano"] - T0, event["attributes"]) for event in found["events"]] == [
        (0, [("level", "info"), ("message", "started")]), (20 * MS, [("level", "error"), ("message", "failed")]),
    ]  # fmt: skip
    assert (found["parent_source"], found["parent_confidence"], found["name_inferred"]) == ("explicit", 100, False)


def test_what_is_inferred_is_told():
    (fragment,) = collected([record(1, at=0, body="took 7 steps"), record(1, at=5, body="done")])
    found = columns_of(fragment, Interned())
    assert (found["name"], found["name_inferred"]) == ("took * steps", True)
    assert (found["parent_source"], found["parent_confidence"]) == ("none", 0)
    assert found["duration_is_lower_bound"]


def test_ids_that_are_not_hexadecimal_are_kept():
    (fragment,) = collected([record(5, parent=6, body="x", trace=TraceId(7, 8, "req"))])
    found = columns_of(fragment, Interned(), TraceId(7, 8, "req"), {5: "span five", 6: "span six"})
    back = restored(through_arrow(found), Interned().attribute, PATHS.index)
    assert back.opaque_trace == (7, 8, "req")
    assert back.opaque_spans == [(5, "span five"), (6, "span six")]
    assert found["span_id"] == f"{5:016x}"


def test_the_short_form_of_a_trace_id_is_told_in_full():
    (fragment,) = collected([record(5, body="x", trace=TraceId(TRACE.low, 0))])
    found = columns_of(fragment, Interned())
    assert found["trace_id"] == str(TRACE)
    assert restored(found, Interned().attribute, PATHS.index).row[:2] == (TRACE.low, 0)


def test_lines_come_in_one_order_however_they_came_together():
    lines = [record(1, at=at, body=str(at)) for at in (3, 1, 2)] + [record(1, at=None, body="when")]
    one, other = (columns_of(collected(found)[0], Interned()) for found in (lines, lines[::-1]))
    assert [event["attributes"][-1][1] for event in one["events"]] == ["1", "2", "3", "when"]
    assert one["events"] == other["events"]


def test_a_table_has_all_columns_also_of_no_rows():
    assert table([]).num_rows == 0
    assert "trace_id" in table([]).column_names


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows():
    """40,000 spans with two lines each, of which no two are alike: some 200 MB of Python values in all."""
    program = """
import resource
from itertools import islice
from logtrace.parquet.files import pieces
from tests.parquet.test_rows import many_rows
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
for _ in pieces(islice(many_rows(), 10), "{}"):
    pass
before = peak()
size = sum(map(len, pieces(many_rows(), "{}")))
print(peak() - before, size)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100).stdout.split()
    grown_mb, size = map(int, told)
    assert size > 1_000_000
    assert grown_mb < 50


def many_rows() -> Iterator[Columns]:
    (fragment,) = collected([record(1, Role.START, 0, body="started"), record(1, Role.END, 20, 20, body="done")])
    row = columns_of(fragment, Interned())
    for number in range(40_000):
        events = [{**each, "attributes": [("message", f"order {number * 7919 % 100_003} of it")]} for each in row["events"]]
        pairs = [("host.name", f"n{number % 7}")], [(f"k{key}", f"{number * key % 9973}") for key in range(8)]
        own = {**row["logtrace"], "lines": [{**line, "hash": number * 104_729} for line in row["logtrace"]["lines"]]}
        yield {
            **row, "span_id": f"{number * 7_368_787:016x}", "resource_attributes": pairs[0], "attributes": pairs[1],
            "events": events, "logtrace": own,
        }  # fmt: skip
