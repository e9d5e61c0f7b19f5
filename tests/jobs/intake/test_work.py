from __future__ import annotations

import marshal

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ids import parse_trace_id
from logtrace.ingest.records import Settings
from logtrace.jobs.intake import work
from logtrace.jobs.intake.work import Encoder, Result, Task, Worker
from logtrace.model import Attribute
from logtrace.store.rows.fragments import fragment_of
from logtrace.store.rows.linerefs import bodies_of
from logtrace.store.rows.of_fragments import Names, resolved
from logtrace.store.rows.packed import Packed, unpacked

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def line(span: str, event: str, second: int, **more) -> bytes:
    at = f"2024-01-10T14:30:{second:02}Z"
    return orjson.dumps({"timestamp": at, "trace_id": TRACE, "span_id": span, "operation": "op", "event": event, **more}) + b"\n"


DATA = b"".join([
    line("a3ce929d0e0e4736", "span_start", 0),
    b"plain words\n",
    b"\n",
    line("a3ce929d0e0e4736", "span_end", 5, duration_ms=5000, user="u1"),
    b'{"msg":"no trace"}\n',
    b'{"cut":\n',
])  # fmt: skip


def run(data: bytes | None = None, worker: Worker | None = None, **told) -> Result:
    task = {"number": 4, "path": "x.log", "service": "x", "start": 0, "end": len(data or b""), "data": data, "first_chunk": 64}
    return (worker or Worker()).run(Task(**task | {"settings": Settings()} | told))


def fragments(*results: Result):
    """The fragments of all rows of results, their new names looked up."""
    found = []
    for result in results:
        rows = [*unpacked(Packed(*result.usual)), *result.rows]
        operations, attributes = range(100, 100 + len(result.operations)), range(100, 100 + len(result.attributes))
        names = Names(
            dict(zip(operations, result.operations, strict=True)),
            {number: Attribute(*pair) for number, pair in zip(attributes, result.attributes, strict=True)},
            {},
            bodies_of(result.messages),
        )
        found += [fragment_of(row, names) for row in (*rows, *resolved(result.pending, operations, attributes))]
    return found


def test_every_line_of_a_block_is_in_its_account():
    result = run(DATA)
    ((chunk, lines, used, untraced, low, high, size, physical, kept),) = result.chunks
    assert (chunk, lines, used, untraced, size, physical) == (64, 5, 2, 1, len(DATA), 6)
    assert (low, high) == (1_704_897_000_000_000_000, 1_704_897_005_000_000_000)
    assert zstandard.ZstdDecompressor().decompress(kept) == DATA
    assert sorted(result.rejected) == [(64, "not_json", "[1]"), (64, "truncated", "[5]")]


def test_the_rows_of_a_block_are_its_spans():
    (fragment,) = fragments(run(DATA))
    assert fragment.trace == parse_trace_id(TRACE)
    assert (fragment.name, fragment.service) == ("op", "x")
    assert sorted((ref.chunk, ref.line) for ref in fragment.lines.values()) == [(64, 0), (64, 3)]


def test_a_result_crosses_to_another_process():
    result = run(DATA)
    assert Result(*marshal.loads(marshal.dumps(tuple(result)))) == result


def test_repeated_lines_are_counted():
    once = line("a3ce929d0e0e4736", "span_start", 0)
    assert run(once + once).duplicates == 1
    assert run(once).duplicates == 0


def test_opaque_ids_come_with_their_text():
    result = run(b'{"trace_id":"debug-1","span_id":"step 2"}\n')
    assert [text for *_, text in result.opaque_traces] == ["debug-1"]
    assert [text for _, text in result.opaque_spans] == ["step 2"]


def test_known_names_are_no_news():
    worker = Worker()
    first = run(DATA, worker)
    assert (len(first.rows), len(first.pending), first.operations, first.attributes) == (
        0,
        1,
        [("x", "op", "")],
        [("user", '"u1"')],
    )
    worker.encoder.learn({("x", "op", ""): 7}, {("user", '"u1"'): 9})
    again = run(DATA, worker)
    (row,) = [*unpacked(Packed(*again.usual)), *again.rows]
    assert (again.pending, again.operations, again.attributes) == ([], [], [])
    assert (row[5], row[12]) == (7, "[36]")


def test_a_file_is_read_by_the_worker(tmp_path):
    path = tmp_path / "x.log"
    path.write_bytes(b"skipped\n" + DATA)
    result = run(path=str(path), start=8, end=8 + len(DATA))
    assert fragments(result) == fragments(run(DATA))


def test_a_file_that_got_shorter_is_told(tmp_path):
    path = tmp_path / "x.log"
    path.write_bytes(DATA)
    result = run(path=str(path), end=len(DATA) + 1)
    assert (result.error, result.chunks) == ("the file got shorter while it was read", [])
    assert run(path=str(tmp_path / "none")).error == "no such file or directory"


def test_kept_chunks_are_read_anew_with_their_ids():
    kept = ((3, zstandard.compress(DATA)), (9, zstandard.compress(DATA)))
    result = run(kept=kept)
    assert [(chunk[0], chunk[-1]) for chunk in result.chunks] == [(3, None), (9, None)]
    assert {ref.chunk for fragment in fragments(result) for ref in fragment.lines.values()} == {3}


@given(st.lists(st.integers(0, 30), max_size=30), st.booleans())
def test_chunks_are_the_block_and_end_at_line_ends(lengths, ended):
    data = b"\n".join(b"x" * length for length in lengths) + (b"\n" if ended else b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "CHUNK", 20)
        parts = work._split(data)
    assert b"".join(parts) == data
    assert all(parts) or parts == [b""]
    assert all(part.endswith(b"\n") for part in parts[:-1])
    assert all(len(part) <= 20 + 32 for part in parts)


def test_a_line_in_parts_stays_in_one_chunk(monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 100)
    part, last = b"2025-11-10T19:36:18.1Z stdout P x\n", b"2025-11-10T19:36:18.1Z stdout F y\n"
    parts = work._split((part * 7 + last) * 5)
    assert len(parts) == 5
    assert all(each.endswith(last) for each in parts)


def test_an_encoder_numbers_new_names_from_minus_one():
    encoder = Encoder()
    assert [encoder.operation(("s", name, "")) for name in "abab"] == [-1, -2, -1, -2]
    assert [encoder.attribute(Attribute("k", value)) for value in "121"] == [-1, -2, -1]
    assert encoder.news == ([("s", "a", ""), ("s", "b", "")], [("k", "1"), ("k", "2")])


def test_unique_and_long_values_have_no_number():
    encoder = Encoder()
    encoder.unique.add("request_id")
    assert encoder.attribute(Attribute("request_id", '"r-1"')) is None
    assert encoder.attribute(Attribute("k", '"' + "x" * 3000 + '"')) is None


def test_a_key_of_very_many_values_is_numbered_no_further(monkeypatch):
    monkeypatch.setattr(work, "_DISTINCT", 2)
    encoder = Encoder()
    assert [encoder.attribute(Attribute("n", str(n))) for n in range(4)] == [-1, -2, None, None]
    assert encoder.attribute(Attribute("n", "1")) == -2
