"""OTLP from the real SDK, and by hand: it arrives complete, also beside log lines of the same trace."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from logtrace import api
from logtrace.jobs.intake.spool import Spool
from logtrace.server.app import make_app
from logtrace.server.otlp_in import Intake
from logtrace.server.run import listening
from logtrace.store.file.database import writing
from tests.server.conftest import BASE

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN: dict[str, Any] = {
    "traceId": TRACE, "spanId": "a3ce929d0e0e4736", "name": "POST /cart", "kind": 2,
    "startTimeUnixNano": "1704897000000000000", "endTimeUnixNano": "1704897000250000000",
    "attributes": [{"key": "n", "value": {"intValue": "7"}}], "status": {"code": 2, "message": "boom"},
    "events": [
        {"name": "cache miss", "timeUnixNano": "1704897000100000000",
         "attributes": [{"key": "k", "value": {"stringValue": "v"}}]},
    ],
}  # fmt: skip
RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]}
BODY = {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": [SPAN]}]}]}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a log line of the trace."""
    log = tmp_path / "a.log"
    line = {"trace_id": TRACE, "span_id": SPAN["spanId"], "service": "cart", "msg": "beside it", "time": "2024-01-10T14:30:00.2Z"}
    log.write_text(json.dumps(line) + "\n")
    api.ingest([str(log)], tmp_path / "s.db")
    return tmp_path / "s.db"


@pytest.fixture
def intake(store: Path, tmp_path: Path) -> Intake:
    (tmp_path / "spool").mkdir()
    return Intake(Spool(tmp_path / "spool", store, followed=False))


@pytest.fixture
def client(store: Path, intake: Intake) -> Iterator[TestClient]:
    with TestClient(make_app(store, intake=intake), base_url=BASE) as asking:
        yield asking


def test_json_beside_lines_of_the_same_trace(client: TestClient):
    assert client.post("/v1/traces", json=BODY).json() == {}
    zipped = gzip.compress(json.dumps(BODY).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    assert client.post("/v1/traces", content=zipped, headers=headers).status_code == 200  # again: nothing is doubled
    (trace,) = client.get(f"/api/traces/{TRACE}").json()["data"]
    (span,) = trace["spans"]
    assert (span["operationName"], span["duration"]) == ("POST /cart", 250_000)
    assert [entry["fields"][0]["value"] for entry in span["logs"]] == ["cache miss", "log"]
    tags = {tag["key"]: tag["value"] for tag in span["tags"]}
    assert (tags["n"], tags["error"], tags["otel.status_description"]) == (7, True, "boom")
    assert not {"events", "service.name"} & set(tags)
    query = {"service": "cart", "tags": '{"k":"v"}', "start": 0}
    assert len(client.get("/api/traces", params=query).json()["data"]) == 1  # by an attribute of an event


def test_the_line_of_a_span_is_its_own_piece_of_what_was_sent(client: TestClient, store: Path):
    spans = [{**SPAN, "spanId": f"{number:016x}", "name": f"call {number}"} for number in range(1, 4)]
    empty = {"scope": {"name": "none"}, "spans": []}
    body = {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": spans[:2]}, empty, {"spans": spans[2:]}]}]}
    assert client.post("/v1/traces", json=body).json() == {}
    with api.open(store) as opened:
        trace = opened.trace(TRACE)
        sent = [json.loads(line.text) for line in opened.logs(trace) if "resourceSpans" in line.text]
    told = [[span["name"] for scope in each["resourceSpans"][0]["scopeSpans"] for span in scope["spans"]] for each in sent]
    assert sorted(told) == [["call 1"], ["call 2"], ["call 3"]]
    assert all(each["resourceSpans"][0]["resource"] == RESOURCE for each in sent)


def test_what_is_sent_without_a_service_has_none(client: TestClient):
    client.post("/v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": [{**SPAN, "traceId": "ab" * 16}]}]}]})
    (trace,) = client.get("/api/traces/" + "ab" * 16).json()["data"]
    assert [process["serviceName"] for process in trace["processes"].values()] == ["missing-service-name"]
    assert client.get("/api/services").json()["data"] == ["missing-service-name", "cart"]
    assert client.get("/api/services/missing-service-name/operations").json()["data"] == ["POST /cart"]
    found = client.get("/api/traces", params={"service": "missing-service-name", "start": 0}).json()["data"]
    assert [each["traceID"] for each in found] == ["ab" * 16]


def test_logs(client: TestClient):
    record = {"traceId": TRACE, "spanId": SPAN["spanId"], "timeUnixNano": "1704897000150000000", "severityNumber": 17,
              "body": {"stringValue": "it broke"}}  # fmt: skip
    body = {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"logRecords": [record]}]}]}
    assert client.post("/v1/logs", json=body).status_code == 200
    lines = client.get(f"/api/logtrace/traces/{TRACE}/logs").json()["lines"]
    assert [line["body"] for line in lines] == ["it broke", "beside it"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"content-type": "application/json"}, 400),
        (b"[]", {"content-type": "application/json"}, 400),
        (b'{"resourceSpans":7}', {"content-type": "application/json"}, 400),
        (b'{"resourceSpans":[' + b"[" * 400 + b"]" * 400 + b"]}", {"content-type": "application/json"}, 400),
        (b"\xff\xff\xff", {"content-type": "application/x-protobuf"}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-type": "application/json", "content-encoding": "br"}, 415),
        (b"{}", {"content-type": "application/json", "content-encoding": "gzip"}, 400),
        pytest.param(
            gzip.compress(b" " * 40_000_000), {"content-type": "application/json", "content-encoding": "gzip"}, 413, id="a bomb"
        ),
        (b"", {"content-type": "application/x-protobuf"}, 200),
    ],
)
def test_what_is_not_taken(client: TestClient, content: bytes, headers: dict[str, str], status: int):
    assert client.post("/v1/traces", content=content, headers=headers).status_code == status


def test_a_store_that_another_writes(client: TestClient, store: Path):
    with writing(store):
        answer = client.post("/v1/traces", json=BODY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert client.post("/v1/traces", json=BODY).status_code == 200
    assert client.get(f"/api/traces/{TRACE}").json()["data"][0]["spans"][0]["operationName"] == "POST /cart"


def test_without_the_option_there_is_nothing_and_what_to_do_is_said(stories: Path):
    with TestClient(make_app(stories), base_url=BASE) as client:
        answer = client.post("/v1/traces", json={})
    assert answer.status_code == 404
    assert "--otlp" in answer.text


def test_it_is_no_page(client: TestClient):
    assert client.get("/v1/traces").status_code == 404


@pytest.mark.slow
def test_the_real_sdk(store: Path, intake: Intake):
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, Status, StatusCode

    with listening("127.0.0.1", 0) as taken:
        server = uvicorn.Server(uvicorn.Config(make_app(store, intake=intake), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces"
        provider = TracerProvider(resource=Resource.create({"service.name": "shop", "host.name": "h1"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, compression=Compression.Gzip)))
        tracer = provider.get_tracer("test")
        for number in range(30):
            known = {"n": number, "f": 1.5, "l": [1, 2], "b": b"\x00\x01"}
            buying = tracer.start_as_current_span("POST /buy", kind=SpanKind.SERVER, attributes=known)
            with buying, tracer.start_as_current_span("SELECT") as query:
                query.add_event("miss", {"key": "k1"})
                query.set_status(Status(StatusCode.ERROR, "gone"))
        provider.shutdown()
        server.should_exit = True
        thread.join(10)
    with api.open(store) as opened:
        found = opened.search("service = 'shop'", limit=100).hits
        assert len(found) == 30
        traces = [opened.trace(hit.summary.trace_id) for hit in found]
    assert sorted(trace.roots[0].attributes["n"] for trace in traces) == list(range(30))
    for trace in traces:
        root, query = trace.spans
        assert (root.kind, root.attributes["f"], root.attributes["l"]) == ("server", 1.5, [1, 2])
        assert root.attributes["b"] == "data:application/octet-stream;base64,AAE="
        assert (query.name, query.parent_span_id, query.error_message) == ("SELECT", root.span_id, "gone")
        assert query.attributes["events"][0]["attributes"] == {"key": "k1"}


WRONG = [
    ({"traceId": "0" * 32}, "traceId"), ({"traceId": "ab" * 8}, "traceId"), ({"traceId": "x" * 32}, "traceId"),
    ({"traceId": None}, "traceId"), ({"traceId": 7}, "traceId"), ({"spanId": "0" * 16}, "spanId"), ({"spanId": "ab"}, "spanId"),
    ({"spanId": ""}, "spanId"), ({"parentSpanId": "abc"}, "parentSpanId"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "name"), WRONG)
def test_spans_with_ids_that_are_none_are_not_taken(client: TestClient, changed: dict[str, Any], name: str):
    """The others are, and the answer says how many are not, and why."""
    spans = [SPAN, {**SPAN, "spanId": "ab" * 8, **changed}]
    answer = client.post("/v1/traces", json={"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": spans}]}]})
    told = answer.json()["partialSuccess"]
    assert (answer.status_code, told["rejectedSpans"]) == (200, "1")
    assert told["errorMessage"].startswith(f"not taken: 1 span: {name} has to be ")
    (trace,) = client.get(f"/api/traces/{TRACE}").json()["data"]
    assert [span["spanID"] for span in trace["spans"]] == [SPAN["spanId"]]


def test_the_same_by_protobuf(client: TestClient):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for trace_id, span_id in (
        (b"\1" * 16, b"\2" * 8),
        (b"\0" * 16, b"\3" * 8),
        (b"\1" * 24, b"\3" * 8),
        (b"\1" * 16, b"\3" * 12),
    ):
        spans.add(trace_id=trace_id, span_id=span_id, name="a", start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5)
    answer = client.post("/v1/traces", content=request.SerializeToString(), headers={"content-type": "application/x-protobuf"})
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, told.rejected_spans) == (200, 3)
    assert "2 spans: traceId has to be 32 hexadecimal digits" in told.error_message
    assert len(client.get("/api/traces/" + "01" * 16).json()["data"][0]["spans"]) == 1


def test_a_parent_of_zeros_is_none_and_letters_may_be_large(client: TestClient):
    span = {**SPAN, "traceId": TRACE.upper(), "parentSpanId": "0" * 16}
    assert client.post("/v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).json() == {}
    assert client.get(f"/api/traces/{TRACE}").json()["data"][0]["spans"][0]["references"] == []


def test_texts_that_are_no_utf_8_are_replaced(client: TestClient):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "cart"
    span = resource.scope_spans.add().spans.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, name="ab##", start_time_unix_nano=10**18)
    span.attributes.add(key="##").value.array_value.values.add().string_value = "x##"
    body = request.SerializeToString().replace(b"##", b"\xfe\xff")
    sent = [(body, "application/x-protobuf"), (json.dumps(BODY).encode().replace(b"POST", b"\xfe\xff"), "application/json")]
    for content, kind in sent:
        assert client.post("/v1/traces", content=content, headers={"content-type": kind}).status_code == 200
    (found,) = client.get("/api/traces/" + "01" * 16).json()["data"][0]["spans"]
    assert found["operationName"] == "ab\ufffd\ufffd"
    assert {"key": "\ufffd\ufffd", "type": "string", "value": '["x\ufffd\ufffd"]'} in found["tags"]
    assert client.get(f"/api/traces/{TRACE}").json()["data"][0]["spans"][0]["operationName"] == "\ufffd\ufffd /cart"


def test_a_record_with_ids_that_are_none_is_of_no_trace(client: TestClient, store: Path):
    records = [{"traceId": trace, "spanId": "ab", "timeUnixNano": "1704897000150000000", "body": {"stringValue": f"said {at}"}}
               for at, trace in enumerate((TRACE, "0" * 32, "abc"))]  # fmt: skip
    body = {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"logRecords": records}]}]}
    assert client.post("/v1/logs", json=body).json() == {}
    with api.open(store) as opened:
        known = {line.body or line.text: line.trace_id for line in opened.grep("said")}
    assert sorted(filter(None, known.values())) == [TRACE]
