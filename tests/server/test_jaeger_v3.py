"""The query API of version 3: OTLP JSON, summaries, and its own errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

FAILED = "98f13708210194c475687be6106a3b84"
WINDOW = {"query.startTimeMin": "2024-01-10T14:00:00Z", "query.startTimeMax": "2024-01-10T15:30:00.5+00:00"}


def summaries(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/v3/trace-summaries", params={**WINDOW, **{f"query.{key}": value for key, value in query.items()}})
    assert answer.status_code == 200, answer.text
    return {each["traceId"]: each for each in answer.json()["summaries"]}


def test_services_and_operations(client: TestClient):
    assert "worker" in client.get("/api/v3/services").json()["services"]
    found = client.get("/api/v3/operations", params={"service": "worker"}).json()["operations"]
    assert {"name": "ProcessTask", "spanKind": "internal"} in found
    assert client.get("/api/v3/operations", params={"service": "worker", "span_kind": "server"}).json() == {"operations": []}
    found = client.get("/api/v3/operations", params={"service": "importer"}).json()["operations"]
    assert {each["spanKind"] for each in found} == {"consumer", "client", "internal"}
    only = client.get("/api/v3/operations", params={"service": "importer", "spanKind": "client"}).json()["operations"]
    assert only == [{"name": "GET /rates", "spanKind": "client"}]


def test_a_trace_is_as_logged_where_that_is_asked_for(client: TestClient):
    shown, raw, no = (client.get(f"/api/v3/traces/{FAILED}{more}").text for more in ("", "?rawTraces=true", "?raw_traces=false"))
    assert shown == no != raw


def test_a_summary(client: TestClient):
    found = summaries(client, serviceName="worker")[FAILED]
    assert found == {
        "traceId": FAILED,
        "rootServiceName": "edge-mcp",
        "rootOperationName": "POST /api/v1/tasks",
        "minStartTimeUnixNano": "1704897720250000000",
        "maxEndTimeUnixNano": "1704897727774000000",
        "spanCount": 12,
        "errorSpanCount": 8,
        "services": [
            {"name": "edge-mcp", "spanCount": 3, "errorSpanCount": 1},
            {"name": "worker", "spanCount": 9, "errorSpanCount": 7},
        ],
    }


def test_search(client: TestClient):
    assert FAILED in summaries(client)  # all services
    assert list(
        summaries(client, serviceName="worker", operationName="CallBedrock", durationMin="105ms", durationMax="115ms")
    ) == [FAILED]
    assert FAILED not in summaries(client, serviceName="worker", attributes='{"error":"false","http.status_code":"502"}')
    assert len(summaries(client, searchDepth=2)) == 2
    assert len(summaries(client, num_traces=3)) == 3
    assert summaries(client, serviceName="nobody") == {}
    whole = client.get("/api/v3/traces", params={**WINDOW, "query.serviceName": "worker", "query.operationName": "CallBedrock"})
    spans = [span for resource in whole.json()["result"]["resourceSpans"] for span in resource["scopeSpans"][0]["spans"]]
    assert FAILED in {span["traceId"] for span in spans}
    assert client.get("/api/v3/traces", params={**WINDOW, "query.serviceName": "nobody"}).status_code == 404


def test_a_plus_that_came_as_a_blank(client: TestClient):
    query = "query.startTimeMin=2024-01-10T14:00:00+00:00&query.startTimeMax=2024-01-10T15:00:00+00:00"
    assert client.get(f"/api/v3/trace-summaries?{query}").status_code == 200


def test_one_trace(client: TestClient):
    (front, work) = client.get(f"/api/v3/traces/{FAILED}").json()["result"]["resourceSpans"]
    known = [{pair["key"]: pair["value"] for pair in resource["resource"]["attributes"]} for resource in (front, work)]
    assert [each["service.name"]["stringValue"] for each in known] == ["edge-mcp", "worker"]
    (root, *_) = front["scopeSpans"][0]["spans"]
    assert (root["traceId"], root["startTimeUnixNano"], root["kind"]) == (FAILED, "1704897720250000000", 0)
    assert root["status"]["code"] == 2
    assert "parentSpanId" not in root
    assert all(re.fullmatch(r"[0-9a-f]{16}", span["spanId"]) for span in work["scopeSpans"][0]["spans"])
    code = next(pair["value"] for pair in root["attributes"] if pair["key"] == "http.status_code")
    assert code == {"intValue": "502"}


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("traces/abc", 404, "No traces found"),
        ("traces/no-id!", 400, "malformed parameter trace_id: "),
        (f"traces/{FAILED}?start_time=yesterday", 400, "malformed parameter startTime: "),
        (f"traces/{FAILED}?rawTraces=perhaps", 400, "malformed parameter rawTraces: "),
        ("trace-summaries", 400, "query.startTimeMin and query.startTimeMax are required"),
        ("trace-summaries?query.startTimeMin=2024-01-10T15:00:00Z&query.startTimeMax=2024-01-10T14:00:00Z", 400,
         "query.startTimeMin must be before query.startTimeMax"),
        ("trace-summaries?query.startTimeMin=yesterday&query.startTimeMax=now", 400, "malformed parameter query.startTimeMin: "),
        ("traces?query.startTimeMin=2024-01-10T14:00:00Z&query.startTimeMax=2024-01-10T15:00:00Z&query.durationMin=5", 400,
         'malformed parameter query.durationMin: time: missing unit in duration "5"'),
        ("operations", 400, "malformed parameter service: "),
    ],
)  # fmt: skip
def test_errors(client: TestClient, path: str, status: int, told: str):
    answer = client.get(f"/api/v3/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    (error,) = answer.json().values()
    assert error["httpCode"] == status
    assert error["message"].startswith(told)
