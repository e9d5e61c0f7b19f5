from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from logtrace.ids import TraceId, parse_trace_id
from logtrace.query.grammar import parse
from logtrace.store.file.schema import span_class
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.expressions import Compiled
from logtrace.store.search.lookup import REQUEST_KEY, _names, find
from logtrace.store.search.wanted import starts_with, wanted
from tests.jobs.stores import line, take, write


def ids() -> list[str]:
    """Ids with every first digit, some alike at the beginning, some of 64 bits, some with leading zeros, a UUID."""
    rng = random.Random(5)
    some = [f"{digit}{rng.getrandbits(124):031x}" for digit in "0123456789abcdef"]
    some += [f"{some[9][:12]}{rng.getrandbits(80):020x}" for _ in range(3)]
    some += [f"{some[9][:20]}{rng.getrandbits(48):012x}", f"{some[9][:16]}0000{rng.getrandbits(48):012x}"]
    some += [f"{digit}{rng.getrandbits(60):015x}" for digit in "079f"]
    return [*some, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "order/7", "Order/8"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FragmentReader]:
    path = tmp_path_factory.mktemp("lookup")
    take(
        path / "s.db",
        write(path / "a.log", [line(trace, f"{n:016x}", n, "x", duration_ms=1) for n, trace in enumerate(ids(), 1)]),
    )
    with FragmentReader(path / "s.db") as opened:
        yield opened


@pytest.mark.parametrize("length", [4, 5, 8, 12, 15, 16, 17, 18, 20, 21, 31])
def test_prefixes_find_what_begins_with_them_and_nothing_else(reader: FragmentReader, length: int) -> None:
    traces = [trace for text in ids() if (trace := parse_trace_id(text))]
    for text in {str(trace)[:length] for trace in traces if len(str(trace)) >= length}:
        asked = wanted(text)
        whole = [trace for trace in traces if str(trace).lower().startswith(text.lower())]
        found = find(reader, text)
        assert set(whole) <= set(found)
        assert all(starts_with(trace, asked) for trace in found)


def test_a_prefix_does_not_reach_beyond_its_zeros(reader: FragmentReader) -> None:
    """A range of the low half that begins with zeros is not the whole half."""
    (like,) = [text for text in ids() if text[16:20] == "0000"]
    assert [str(trace) for trace in find(reader, like[:20])] == [like]


def test_rows_that_no_assembly_has_seen_are_found(tmp_path: Path) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    take(tmp_path / "s.db", write(tmp_path / "a.log", [line(trace, "a0" * 8, 0, "x", duration_ms=1)]))
    connection = sqlite3.connect(tmp_path / "s.db")
    connection.executescript("DELETE FROM trace; UPDATE meta SET value = 0 WHERE key = 'assembled';")
    connection.close()
    with FragmentReader(tmp_path / "s.db") as reader:
        for text in (trace, trace[:6], "a0" * 8):
            assert find(reader, text) == [TraceId(*(parse_trace_id(trace) or ()))]


def test_both_widths_of_an_id_mean_one_trace(tmp_path: Path) -> None:
    long = "4bf92f3577b34da6a3ce929d0e0e4736"
    lines = [line(long, "a0" * 8, 0, "x", duration_ms=1), line(long[16:], "b0" * 8, 0, "y", duration_ms=1)]
    take(tmp_path / "s.db", write(tmp_path / "a.log", lines))
    with FragmentReader(tmp_path / "s.db") as reader:
        for text in (long, long[16:], "b0" * 8, long[:5]):
            assert [str(trace) for trace in find(reader, text)] == [long]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM span WHERE trace_low = 5 ORDER BY id",
        "SELECT * FROM trace ORDER BY start_ns DESC, high, low LIMIT 20",
        f"SELECT {span_class('')}, count(*) FROM span WHERE operation_id = 5 GROUP BY 1",
    ],
)
def test_what_show_asks_for_comes_from_an_index(reader: FragmentReader, sql: str) -> None:
    steps = [row[3] for row in reader.run(f"EXPLAIN QUERY PLAN {sql}")]
    assert "INDEX" in steps[0]


@pytest.mark.parametrize(
    ("text", "range_"),
    [("duration > 5ms", "<expr>>?"), ("duration >= 5ms", "<expr>>?"), ("duration = 5ms", "<expr>>? AND <expr><?")],
)
def test_spans_of_a_duration_come_from_their_part_of_an_index(reader: FragmentReader, text: str, range_: str) -> None:
    compiled = Compiled(reader, parse(text))
    asked = f"SELECT 1 FROM span s INDEXED BY span_operation WHERE operation_id IN (1, 2) AND {compiled.long(parse(text))}"
    assert reader.run(f"EXPLAIN QUERY PLAN {asked}", compiled.values)[0][3].endswith(f"(operation_id=? AND {range_})")


def test_spans_of_a_class_come_from_their_part_of_an_index(reader: FragmentReader) -> None:
    asked = f"SELECT duration_ns FROM span WHERE operation_id = 5 AND {span_class('')} = 9"
    assert reader.run(f"EXPLAIN QUERY PLAN {asked}")[0][3].endswith("(operation_id=? AND <expr>=?)")


@pytest.mark.parametrize("refs", ['[8,["x",1,2]]', '[["request.id","r-1",0]]', '[400,["requestId","r-1",2],9]'])
def test_a_request_id_is_known_interned_or_inline(refs: str) -> None:
    assert _names(refs, {2}, REQUEST_KEY, {'"r-1"'})
    assert not _names(refs, {1}, REQUEST_KEY, {'"r-2"'})
    assert not _names('[["other_id","r-1",0]]', {2}, REQUEST_KEY, {'"r-1"'})
