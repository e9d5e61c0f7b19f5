from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logtrace.ingest.pieces.documents import MAX_DOCUMENT, joined, open_at_end, places
from logtrace.ingest.pieces.parting import may_part
from logtrace.ingest.records import Decoder
from logtrace.model import Record
from tests.strategies import examples

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "a3ce929d0e0e4736"
OBJECT = {"trace_id": TRACE, "span_id": SPAN, "tags": {"a": [1, {"b": 2}], "c": {}}, "msg": "x"}
LINE = json.dumps(OBJECT)
DOTNET = f"Activity.TraceId:            {TRACE}\nActivity.SpanId:             {SPAN}\nActivity.DisplayName: GET /\n"
JAVA = (
    "Mar 14, 2025 9:26:53 AM io.opentelemetry.exporter.logging.LoggingSpanExporter export\n"
    f"INFO: 'GET /' : {TRACE} {SPAN} SERVER [tracer: app:1.0] AttributesMap{{data={{amount=42}}, capacity=128}}\n"
)
CONSOLES = Path(__file__).parents[3] / "fixtures/formats/consoles"
PIECES = {
    "line": LINE + "\n",
    "pretty": json.dumps(OBJECT, indent=4) + "\n",
    "tabs": json.dumps(OBJECT, indent="\t") + "\n",
    "array": json.dumps([OBJECT, OBJECT], indent=2) + "\n",
    "array of lines": f"[\n{LINE},\n{LINE}\n]\n",
    "one-line array": f"[{LINE},{LINE}]\n",
    "javascript": f"{{\n  traceId: '{TRACE}',\n  resource: {{ attributes: {{}} }},\n  id: '{SPAN}',\n"
    "  timestamp: 1741944413120500,\n  duration: 1.5\n}\n",
    "dotnet": DOTNET + "\n",
    "java": JAVA,
    **{name: (CONSOLES / f"{name}.txt").read_text() for name in ("collector", "ruby")},
    "text": "plain words\n",
    "blank": "\n",
    "cut": '{\n  "a": 1,\n',
}
RECORDS = {"line": 1, "pretty": 1, "tabs": 1, "array": 2, "array of lines": 2, "one-line array": 2, "javascript": 1,
           "dotnet": 1, "java": 1, "text": 0, "blank": 0}  # fmt: skip


def read(text: str) -> list[tuple[int, object, int]]:
    return list(Decoder().lines(text.encode()))


@pytest.mark.parametrize("name", RECORDS)
def test_a_document_is_one_thing_at_its_first_line(name: str):
    found = [record for _, record, _ in read(PIECES[name]) if isinstance(record, Record)]
    assert len(found) == RECORDS[name]
    assert all(str(record.trace) == TRACE and record.span for record in found)


@pytest.mark.parametrize("name", ["pretty", "array", "one-line array", "javascript", "dotnet", "java"])
def test_all_its_lines_are_accounted_for(name: str):
    text = PIECES[name]
    lines = [line for line in text.splitlines() if line.strip() not in ("", "[", "]")]
    assert sum(parts for _, _, parts in read(text)) == len(lines)


def test_elements_of_an_array_have_their_own_lines():
    assert [index for index, _, _ in read(PIECES["array"])] == [1, 1 + len(json.dumps(OBJECT, indent=2).splitlines())]


def test_a_document_that_does_not_close_is_its_lines():
    found = read(PIECES["cut"] + PIECES["line"])
    assert [index for index, _, _ in found] == [0, 1, 2]
    assert [isinstance(record, Record) for _, record, _ in found] == [False, False, True]


def test_lines_of_another_writer_do_not_become_part_of_it():
    found = read('{\n  "a": 1,\n' + LINE + "\n}\n")
    assert [index for index, record, _ in found if isinstance(record, Record)] == [2]


def test_a_document_without_end_is_let_go():
    line = b"  " + b"x" * 1_000_000
    found = list(joined([(0, b"{", 1)] + [(i, line, 1) for i in range(1, MAX_DOCUMENT // 1_000_000 + 3)]))
    assert len(found) == MAX_DOCUMENT // 1_000_000 + 3


def test_places_of_what_a_document_holds():
    text = json.dumps({"events": [{"m": {"x": {}}}, {"m": 2}], "n": []}, indent=4).encode()
    assert places(text, 2) == [2, 7]
    assert places(text, 3) == [0, 0, 0], "which is which can't be told"
    assert places(b'{"events":[1,2]}', 2) == [0, 0]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.sampled_from([name for name in PIECES if name != "cut"]), max_size=6).map(
        lambda names: [PIECES[n] for n in names]
    )
)
def test_a_cut_where_nothing_is_open_changes_nothing(pieces: list[str]):
    data = "".join(pieces).encode()
    whole = list(Decoder().lines(data))
    for at in [i + 1 for i, byte in enumerate(data) if byte == 10]:
        if not may_part(data[:at], data[at:]):
            continue
        before = data[:at].count(b"\n")
        parts = list(Decoder().lines(data[:at])) + [(i + before, record, n) for i, record, n in Decoder().lines(data[at:])]
        assert parts == whole, data[:at].decode()[-60:]


@pytest.mark.parametrize("name", ["pretty", "array", "javascript", "dotnet", "java"])
def test_inside_a_document_something_is_open(name: str):
    lines = PIECES[name].encode().split(b"\n")
    assert open_at_end(b"\n".join(lines[:2]) + b"\n") or name == "java"
    assert open_at_end(lines[0] + b"\n") or name == "array"
    assert not open_at_end(PIECES[name].encode() + b"plain words\n")


@pytest.mark.parametrize(
    ("following", "is_open"),
    [(b'  "a": 1', True), (b"}", True), (b"},", True), (b"", True), (None, True), (b"{", False), (b"x", False)],
)
def test_an_object_that_breaks_off_is_not_open(following: bytes | None, is_open: bool):
    """A file of nothing but braces is no document of all its lines."""
    assert open_at_end(b"{\n", following) == open_at_end(b'{\n  "b": 2,\n', following) == is_open


def test_an_entry_of_the_journals_export_is_one_of_the_journal():
    line = json.dumps({"trace_id": TRACE, "span_id": SPAN, "msg": "done", "duration_ms": 5})
    entry = f"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1741944413301550\n_SYSTEMD_UNIT=payments.service\n_PID=1\nMESSAGE={line}\n"
    found = list(Decoder().lines(f"{entry}\n{entry}".encode()))
    assert [index for index, _, _ in found] == [0, 6]
    for _, record, parts in found:
        assert isinstance(record, Record)
        assert (str(record.trace), record.service, record.duration_ns, parts) == (TRACE, "payments", 5_000_000, 5)
