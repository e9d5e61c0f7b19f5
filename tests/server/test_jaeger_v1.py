"""The query API of version 1: bodies, errors, units and ids, endpoint by endpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from logtrace import api
from logtrace.server.app import make_app
from logtrace.store.file.database import writing
from tests.server.conftest import BASE

SLOW = "c81e728d9d4c4f636f067f89cc14862c"
FAILED = "98f13708210194c475687be6106a3b84"
AT_US = 1_704_897_720_250_000
WINDOW = {"start": str(AT_US - 3_600_000_000), "end": str(AT_US + 3_600_000_000)}


def found(client: TestClient, **query: Any) -> list[str]:
    """The trace ids that a search finds."""
    answer = client.get("/api/traces", params={**WINDOW, **query}).json()
    assert (answer["total"], answer["limit"], answer["offset"], answer["errors"]) == (0, 0, 0, None)
    return [trace["traceID"] for trace in answer["data"]]


def test_services(client: TestClient):
    answer = client.get("/api/services")
    assert list(answer.json()) == ["data", "total", "limit", "offset", "errors"]
    assert {"edge-mcp", "worker"} <= set(answer.json()["data"])
    assert answer.json()["total"] == len(answer.json()["data"])
    assert answer.headers["content-type"] == "application/json"


def test_operations(client: TestClient):
    names = client.get("/api/services/worker/operations").json()
    assert "ProcessTask" in names["data"]
    assert names["total"] == len(names["data"])
    assert client.get("/api/services/no%2Bsuch/operations").json() == {
        "data": None, "total": 0, "limit": 0, "offset": 0, "errors": None,
    }  # fmt: skip
    pairs = client.get("/api/operations", params={"service": "worker"}).json()["data"]
    assert {"name": "ProcessTask", "spanKind": ""} in pairs
    assert client.get("/api/operations", params={"service": "worker", "spanKind": "client"}).json()["data"] == []


def test_one_trace(client: TestClient):
    (trace,) = client.get(f"/api/traces/{FAILED.upper()}").json()["data"]
    assert trace["traceID"] == FAILED
    root = next(span for span in trace["spans"] if not span["references"])
    assert (root["operationName"], root["startTime"], root["duration"]) == ("POST /api/v1/tasks", AT_US, 7_524_000)
    assert trace["processes"][root["processID"]]["serviceName"] == "edge-mcp"
    assert "parentSpanID" not in root
    call = next(span for span in trace["spans"] if span["operationName"] == "CallBedrock")
    assert call["references"][0]["refType"] == "CHILD_OF"
    tags = {tag["key"]: (tag["type"], tag["value"]) for tag in call["tags"]}
    assert tags["error"] == ("bool", True)
    assert tags["error.message"] == ("string", "Rate exceeded")
    assert [tag["key"] for tag in call["tags"] if tag["value"] == "true"] == ["logtrace.error"]


def test_no_span_that_did_not_fail_has_a_tag_error(client: TestClient):
    """The UI takes any text for an error, also "false"; the story `dirty` logs all of them."""
    for trace in client.get("/api/traces", params={**WINDOW, "service": "importer", "start": 0}).json()["data"]:
        for span in trace["spans"]:
            tags = [(tag["type"], tag["value"]) for tag in span["tags"] if tag["key"] == "error"]
            assert tags in ([], [("bool", True)])
            assert bool(tags) == any(tag["value"] == "ERROR" for tag in span["tags"] if tag["key"] == "otel.status_code")


@pytest.mark.parametrize("text", ["abcdef", "xyz-not-hex", "W4qlotLIcugyHPNzCNad8g==", "0" * 31 + "1"])
def test_a_trace_that_is_not_there(client: TestClient, text: str):
    answer = client.get(f"/api/traces/{text}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == ('{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}\n')


def test_what_is_no_id(client: TestClient):
    assert client.get("/api/traces/no-id!").status_code == 400
    answer = client.get("/api/traces", params={"traceID": "xyz-not-hex"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["msg"] == (
        'cannot parse traceID param: strconv.ParseUint: parsing "xyz-not-hex": invalid syntax'
    )


def test_traces_by_id_ignore_all_else_and_name_the_missing(client: TestClient):
    query = {"traceID": [FAILED, "abc", SLOW], "tags": "error:true", "limit": "x", "service": "none"}
    answer = client.get("/api/traces", params=query).json()
    assert [trace["traceID"] for trace in answer["data"]] == [FAILED, SLOW]
    assert answer["errors"] == [{"msg": "trace not found", "traceID": "0000000000000abc"}]


def test_search(client: TestClient):
    assert FAILED in found(client, service="worker")
    assert found(client, service="worker", operation="CallBedrock", minDuration="105ms", maxDuration="115ms") == [FAILED]
    assert found(client, service="nobody") == []
    assert len(found(client, service="edge-mcp", limit=2)) == 2


@pytest.mark.parametrize(
    ("tags", "is_found"),
    [
        ({"error": "true"}, True),
        ({"error": "false", "http.status_code": "502"}, False),
        ({"error": "maybe"}, False),
        ({"http.status_code": "502"}, True),
        ({"http.status_code": "50"}, False),
        ({"span.status": "error", "user.id": "user-123"}, True),
        ({"error.type": "TaskFailed"}, True),
        ({"resource.service.name": "edge-mcp", "error.type": "TaskFailed"}, True),
        ({"resource.service.name": "worker", "http.status_code": "502"}, False),
        ({"span.kind": "server", "http.status_code": "502"}, False),
    ],
)
def test_all_tags_have_to_be_on_one_span(client: TestClient, tags: dict[str, str], is_found: bool):
    query = {"tags": json.dumps(tags), "limit": 200}
    assert (FAILED in found(client, service="edge-mcp", **query)) == is_found
    assert (FAILED in found(client, service="edge-mcp", tag=[f"{k}:{v}" for k, v in tags.items()])) == is_found


def test_start_is_that_of_the_span(client: TestClient):
    late = {"service": "worker", "operation": "PublishError"}
    assert found(client, **late, start=str(AT_US + 7_000_000)) == [FAILED]
    assert found(client, **late, end=str(AT_US + 7_000_000)) == []


def test_old_logs_are_found_without_a_window(client: TestClient):
    answer = client.get("/api/traces", params={"service": "worker"}).json()
    assert FAILED in [trace["traceID"] for trace in answer["data"]]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "parameter 'service' is required"),
        ("service=a&start=string", "unable to parse param 'start': strconv.ParseInt: parsing \"string\": invalid syntax"),
        ("service=a&limit=ten", 'strconv.ParseInt: parsing "ten": invalid syntax'),
        ("service=a&minDuration=20", "unable to parse param 'minDuration': time: missing unit in duration \"20\""),
        ("service=a&minDuration=2s&maxDuration=1s", "'maxDuration' should be greater than 'minDuration'"),
        ("service=a&tag=k", "malformed 'tag' parameter, expecting key:value, received: k"),
        ('service=a&tags={"a":1}',
         "malformed 'tags' parameter, cannot unmarshal JSON: json: cannot unmarshal number into Go value of type string"),
        ("service=a&raw=maybe", "unable to parse param 'raw': strconv.ParseBool: parsing \"maybe\": invalid syntax"),
    ],
)  # fmt: skip
def test_what_is_said_of_wrong_parameters(client: TestClient, query: str, told: str):
    answer = client.get(f"/api/traces?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"code": 400, "msg": told}]


def test_no_depth(client: TestClient):
    answer = client.get("/api/traces?service=a&limit=0")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["msg"] == "search depth must be greater than 0 and less than max traces"


def test_pretty(client: TestClient):
    text = client.get(f"/api/traces/{SLOW}?prettyPrint=true").text
    assert text.startswith('{\n    "data": [\n        {\n')
    assert "\n" not in client.get(f"/api/traces/{SLOW}?prettyPrint=false").text


def test_dependencies(client: TestClient):
    window = {"endTs": AT_US // 1000 + 60_000, "lookback": 3_600_000}
    edges = client.get("/api/dependencies", params=window).json()["data"]
    assert {"parent": "edge-mcp", "child": "worker", "callCount": 3} in edges
    own = client.get("/api/dependencies", params={**window, "service": "worker"}).json()["data"]
    assert own == [edge for edge in edges if "worker" in (edge["parent"], edge["child"])]
    assert client.get("/api/dependencies", params={**window, "endTs": "x"}).status_code == 400
    cut = {**window, "endTs": AT_US // 1000 + 1000}  # the failed task lasts longer: it does not lie in this window
    counts = {(e["parent"], e["child"]): e["callCount"] for e in client.get("/api/dependencies", params=cut).json()["data"]}
    assert counts[("edge-mcp", "worker")] < 3


def test_metrics(client: TestClient):
    window = {"service": "edge-mcp", "endTs": AT_US // 1000 + 60_000, "lookback": 60_000, "step": 60_000, "ratePer": 120_000}
    latency = client.get("/api/metrics/latencies", params={**window, "quantile": "1"}).json()
    assert (latency["name"], latency["type"], latency["help"]) == (
        "service_latencies", "GAUGE", "1th quantile latency, grouped by service",
    )  # fmt: skip
    (series,) = latency["metrics"]
    assert series["labels"] == [{"name": "service_name", "value": "edge-mcp"}]
    assert series["metricPoints"][-1]["gaugeValue"] == {"doubleValue": 7524.0}
    assert re.fullmatch(r"2024-01-10T14:43:00\.\d{3}Z", series["metricPoints"][-1]["timestamp"])
    errors = client.get("/api/metrics/errors", params={**window, "groupByOperation": "true"}).json()
    assert errors["name"] == "service_operation_error_rate"
    assert [label["name"] for label in errors["metrics"][0]["labels"]] == ["service_name", "operation"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("latencies", "unable to parse param 'service': please provide at least one service name"),
        ("latencies?service=a", "unable to parse param 'quantile': strconv.ParseFloat: parsing \"\": invalid syntax"),
        ("calls?service=a&spanKind=foo", "unable to parse param 'spanKind': unsupported span kind: 'foo'"),
        ("calls?service=a&step=x", "unable to parse param 'step': strconv.ParseInt: parsing \"x\": invalid syntax"),
    ],
)
def test_what_metrics_say(client: TestClient, path: str, told: str):
    assert client.get(f"/api/metrics/{path}").json()["errors"] == [{"code": 400, "msg": told}]


def test_archive_pins(client: TestClient, stories: Path):
    for _ in range(2):
        answer = client.post(f"/api/archive/{SLOW}")
        assert (answer.status_code, answer.json()["data"], answer.json()["errors"]) == (200, [], [])
    assert client.post("/api/archive/abc").status_code == 404
    assert client.get(f"/api/archive/{SLOW}").status_code == 404
    with api.open(stories) as store:
        assert [(pinned.trace_id, pinned.note) for pinned in store.pins()] == [(SLOW, "archived")]


def test_transform(client: TestClient):
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]},
                "scopeSpans": [{"spans": [{"traceId": "1" * 32, "spanId": "2" * 16, "name": "a", "startTimeUnixNano": "1999",
                                           "endTimeUnixNano": "5000", "kind": 2}]}],
            }
        ]
    }  # fmt: skip
    (trace,) = client.post("/api/transform", json=body).json()["data"]
    (span,) = trace["spans"]
    assert (span["startTime"], span["duration"]) == (1, 3)
    assert span["tags"] == [{"key": "span.kind", "type": "string", "value": "server"}]
    assert trace["processes"] == {"p1": {"serviceName": "cart", "tags": []}}
    refused = client.post("/api/transform", content=b"[")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["msg"].startswith("cannot unmarshal OTLP : ")


def test_what_there_is_not(client: TestClient):
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_a_store_that_is_being_written_is_unavailable_to_writers(client: TestClient, stories: Path):
    with writing(stories):
        answer = client.post(f"/api/archive/{FAILED}")
        assert client.get(f"/api/traces/{FAILED}").status_code == 200
    assert answer.status_code == 503
    assert "being written" in answer.json()["errors"][0]["msg"]


def test_ids_that_are_no_hexadecimal_digits(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text(
        '{"trace_id":"order/17","span_id":"s1","service":"a","operation":"b","duration_ms":5,"time":"2024-01-10T14:30:00Z"}\n'
    )
    api.ingest([str(log)], tmp_path / "s.db")
    with TestClient(make_app(tmp_path / "s.db"), base_url=BASE) as client:
        (by_text,) = client.get("/api/traces", params={"traceID": "order/17"}).json()["data"]
        mapped = by_text["traceID"]
        assert re.fullmatch(r"[0-9a-f]{32}", mapped)
        assert client.get(f"/api/traces/{mapped}").json()["data"] == [by_text]
        assert by_text["spans"][0]["traceID"] == mapped
