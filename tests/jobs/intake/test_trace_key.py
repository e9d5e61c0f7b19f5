"""Grouping by a key that is no trace id, on the lines that the platform's text logger writes today."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from logtrace import api
from logtrace.ids import NO_SPAN
from logtrace.ingest.records import Decoder, Settings
from logtrace.model import Flag, Record, Trace

MS = 1_000_000
REQUEST = "7b0c2f0e-5a0a-4d1c-9d0f-0a8c2f4f6a11"
OTHER = "0d0f0a8c-5a0a-4d1c-9d0f-0a8c2f4f6a12"
EDGE = f"""\
2025-11-10T19:36:18.100Z [INFO] [edge-mcp] Tool execution started tool=list session_id=s-1 request_id={REQUEST}
2025-11-10T19:36:18.110Z [DEBUG] [embedding.cache.lru] Cache lookup duration_ms=3 request_id={REQUEST} hit=false
2025-11-10T19:36:18.408Z [ERROR] [edge-mcp] Tool execution failed duration_ms=308 error=status 502: upstream \
error request_id={REQUEST} operation=tools/call:list tool=list
2025-11-10T19:36:19.000Z [INFO] [edge-mcp] Tool execution completed duration_ms=12 \
request_id={OTHER} operation=tools/call:get error=<nil>
2025-11-10T19:36:19.000Z [INFO] [edge-mcp] Heartbeat
"""
WORKER = f"2025-11-10T14:36:18.300-05:00 [INFO] [worker] Event processed successfully request_id={REQUEST} duration_ms=100\n"


@pytest.fixture
def logs(tmp_path: Path) -> list[str]:
    (tmp_path / "edge-mcp.log").write_text(EDGE)
    (tmp_path / "worker.log").write_text(WORKER)
    return [str(tmp_path / "edge-mcp.log"), str(tmp_path / "worker.log")]


def spans(trace: Trace) -> list[tuple[str, str, int | None, int]]:
    return [(span.service, span.name, span.duration_ns, span.error) for span in trace.spans]


def test_lines_of_one_request_are_a_trace_with_durations(logs: list[str]):
    first, second = api.read(logs, settings=Settings(trace_key="request_id"))
    assert first.trace_id == REQUEST.replace("-", "")
    assert (first.duration_ns, len(first.lines)) == (308 * MS, 1)
    assert spans(first) == [
        ("edge-mcp", "tools/call:list", 308 * MS, 2),
        ("edge-mcp", "Cache lookup", 3 * MS, 0),
        ("worker", "Event processed successfully", 100 * MS, 0),
    ]
    assert spans(second) == [("edge-mcp", "tools/call:get", 12 * MS, 0)], "error=<nil> is none"


def test_what_no_line_states_is_marked(logs: list[str]):
    trace = api.read(logs, settings=Settings(trace_key="request_id"))[0]
    assert all(span.flags & Flag.SPAN_FROM_LINE for span in trace.spans)
    assert not any(span.parent.observed for span in trace.spans)


def test_without_the_key_there_are_no_traces(logs: list[str]):
    assert api.read(logs) == []


def test_through_the_store_and_from_files(logs: list[str], tmp_path: Path):
    settings = Settings(trace_key="request_id")
    account = api.ingest(logs, tmp_path / "s.db", settings=settings)
    assert (account.traces, account.spans, account.lines_used, account.lines_without_trace) == (2, 4, 5, 1)
    assert "lines are grouped by request_id, before any trace id" in account.notes
    with api.open(tmp_path / "s.db") as store:
        kept = store.trace(REQUEST)
        assert len(store.logs(kept)) == 4
    found = api.trace_in_files(REQUEST, logs, settings=settings).trace
    assert spans(kept) == spans(found) == spans(api.read(logs, settings=settings)[0])


def test_another_key_is_another_grouping(logs: list[str]):
    (trace,) = api.read(logs, settings=Settings(trace_key="session_id"))
    assert (trace.trace_id, len(trace.lines), trace.spans) == ("s-1", 1, ())


def record(line: str, key: str) -> Record:
    found = Decoder(Settings(trace_key=key)).decode(line.encode())
    assert isinstance(found, Record)
    return found


@pytest.mark.parametrize(
    "line",
    ['{"requestId":"r-1","m":1}', '{"ctx":{"x":1},"fields":{"request_id":"r-1"}}', '{"request.id":"r-1"}',
     '{"request":{"id":"r-1"}}', "a=1 request_id=r-1", "Something with request_id=r-1."],
)  # fmt: skip
def test_the_key_counts_in_any_spelling_and_format(line: str):
    assert str(record(line, "request_id").trace) == "r-1"


def test_the_key_comes_before_a_trace_id_and_is_an_attribute_still():
    found = record('{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","request_id":"r-1"}', "request_id")
    assert str(found.trace) == "r-1"
    assert ("request_id", '"r-1"') in [attribute.pair for attribute in found.attributes]


def test_a_line_without_the_key_belongs_to_its_trace_id():
    found = record('{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","msg":"x"}', "request_id")
    assert str(found.trace) == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_span_ids_count_beside_the_key():
    found = record('{"span_id":"00f067aa0ba902b7","request_id":"r-1","duration_ms":3}', "request_id")
    assert found.span != NO_SPAN and not found.flags & Flag.SPAN_FROM_LINE


def test_lines_are_grouped_in_pieces_of_any_size():
    lines = b"\n".join(orjson.dumps({"msg": "x", "time": 1704897000 + n, "request_id": f"r-{n % 7}"}) for n in range(3000))
    decoder = Decoder(Settings(trace_key="request_id"))
    found = {str(made.trace) for _, made, _ in decoder.lines(lines) if isinstance(made, Record)}
    assert found == {f"r-{n}" for n in range(7)}


@pytest.mark.parametrize(("key", "trace"), [("event_id", "ev-9"), ("request_id", "r-6")])
def test_the_key_is_found_in_a_message_that_is_an_object(key: str, trace: str, tmp_path: Path):
    line = (
        '2025-11-10T19:36:30.000Z [INFO] [cache.audit] {"event_id":"ev-9","event_type":"get","duration_ms":1234567,'
        '"request_id":"r-6"} audit_raw=true\n'
    )
    (tmp_path / "edge-mcp.log").write_text(line)
    (found,) = api.read([str(tmp_path / "edge-mcp.log")], settings=Settings(trace_key=key))
    assert found.trace_id == trace
    assert spans(found) == [("edge-mcp", "get", 1_234_567, 0)], "nanoseconds, as this logger writes them"
