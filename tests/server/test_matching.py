"""Which spans a search of Jaeger means, semantic by semantic; and that what OTLP tells comes back as it came."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from logtrace import api
from logtrace.server.app import make_app
from tests.server.conftest import BASE

T0 = 1_704_897_000_000_000_000
RICH, SHARED, SKEWED, PLAIN = "5b8aa5a2d2c872e8321cf37308d69df2", "ab" * 16, "cd" * 16, "0" * 30 + "11"


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP writes them."""
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}

    def value(each: Any) -> dict[str, Any]:
        if isinstance(each, bytes):
            return {"bytesValue": b64encode(each).decode()}
        return {"arrayValue": {"values": list(map(value, each))}} if isinstance(each, list) else {kinds[type(each)]: each}

    return [{"key": key, "value": value(each)} for key, each in values.items()]


def told(trace_id: str, number: int, name: str, at_ms: float, ms: float, **more: Any) -> dict[str, Any]:
    start = T0 + round(at_ms * 1e6)
    return {"traceId": trace_id, "spanId": f"{number:016x}", "name": name, "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + round(ms * 1e6)), **more}  # fmt: skip


RICH_SPANS = [
    told(
        RICH, 1, "GET /", 0, 100.0019, kind=2, traceState="vendor=1", status={"code": 2, "message": "boom"},
        attributes=pairs({"text": "a b", "int": 123, "big": 9223372036854775222, "float": 72.5, "tiny": 0.00002, "yes": True,
                          "list": [1, "x"], "bytes": b"\x00\x01", "empty": "", "escaped": "*\\_%\"'"}),
        events=[{"name": "e", "timeUnixNano": str(T0), "attributes": pairs({"of.event": "ev"})}],
        links=[{"traceId": PLAIN, "spanId": f"{3:016x}", "attributes": pairs({"of.link": "li"})}],
    ),
    told(RICH, 2, "SELECT", 10, 20, kind=3, parentSpanId=f"{1:016x}", attributes=pairs({"of.child": "c"}), status={"code": 1}),
]  # fmt: skip
BODY = {
    "resourceSpans": [
        {
            "resource": {"attributes": pairs({"service.name": "front", "team": "payments", "host.name": "h1"})},
            "scopeSpans": [
                {"scope": {"name": "demo", "version": "1.2", "attributes": pairs({"of.scope": "sc"})}, "spans": RICH_SPANS}
            ],
        },
        {
            "resource": {"attributes": pairs({"service.name": "cart", "host.name": "h2"})},
            "scopeSpans": [
                {"spans": [
                    told(PLAIN, 3, "old", -7_200_000, 10),
                    told(SHARED, 7, "call", 0, 50, kind=3),
                    told(SKEWED, 9, "below", 0, 50, parentSpanId=f"{8:016x}"),
                ]}
            ],
        },
        {
            "resource": {"attributes": pairs({"service.name": "far", "host.name": "h3"})},
            "scopeSpans": [
                {"spans": [
                    told(SHARED, 7, "serve", 10, 30, kind=2), told("ef" * 16, 4, "", 0, 5),
                    told(SHARED, 5, "inner", 15, 5, parentSpanId=f"{7:016x}"),
                    told(SKEWED, 8, "above", 10, 100),
                ]}
            ],
        },
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("matching")
    (folder / "otlp.json").write_text(json.dumps(BODY) + "\n")
    api.ingest([str(folder / "otlp.json")], folder / "s.db")
    with TestClient(make_app(folder / "s.db"), base_url=BASE) as client:
        yield client


def found(client: TestClient, tags: dict[str, str] | None = None, **query: Any) -> set[str]:
    more = {"tags": json.dumps(tags)} if tags else {}
    window = {"start": (T0 - 10**13) // 1000, "end": (T0 + 10**13) // 1000}
    answer = client.get("/api/traces", params={"service": "front", **window, **query, **more})
    assert answer.status_code == 200, answer.text
    return {trace["traceID"] for trace in answer.json()["data"]}


@pytest.mark.parametrize(
    ("tags", "is_found"),
    [
        ({"text": "a b"}, True), ({"text": "A B"}, False), ({"text": "a"}, False),
        ({"int": "123"}, True), ({"int": "123.0"}, False), ({"big": "9223372036854775222"}, True),
        ({"float": "72.5"}, True), ({"float": "72"}, False), ({"tiny": "0.00002"}, True),
        ({"yes": "true"}, True), ({"yes": "True"}, False),
        ({"list": '[1,"x"]'}, True), ({"bytes": "AAE="}, True), ({"bytes": "AAI="}, False), ({"list": "1"}, False),
        ({"empty": ""}, True), ({"not.there": ""}, False), ({"escaped": "*\\_%\"'"}, True), ({"escaped": "*"}, False),
        ({"of.event": "ev"}, True), ({"of.link": "li"}, True), ({"of.scope": "sc"}, True), ({"team": "payments"}, True),
        ({"of.event": "x"}, False), ({"of.link": "x"}, False), ({"of.scope": "x"}, False),
        ({"host.name": "h1"}, True), ({"service.name": "front"}, True), ({"service.name": "cart"}, False),
        ({"resource.team": "payments"}, True), ({"resource.int": "123"}, False), ({"resource.service.name": "front"}, True),
        ({"scope.name": "demo"}, True), ({"scope.name": "x"}, False), ({"scope.version": "1.2"}, True),
        ({"scope.version": ""}, False),
        ({"error": "true"}, True), ({"error": "1"}, True), ({"error": "false"}, True), ({"error": "boom"}, False),
        ({"error": "false", "int": "123"}, False), ({"error": "false", "of.child": "c"}, True),
        ({"span.status": "error", "int": "123"}, True), ({"span.status": "ok", "of.child": "c"}, True),
        ({"span.status": "unset"}, False),
        ({"span.kind": "client", "of.child": "c"}, True), ({"span.kind": "server", "of.child": "c"}, False),
        ({"int": "123", "of.event": "ev", "of.link": "li", "of.scope": "sc", "team": "payments", "error": "true"}, True),
        ({"int": "123", "of.child": "c"}, False),
    ],
)  # fmt: skip
def test_tags(asking: TestClient, tags: dict[str, str], is_found: bool):
    """All on one span, compared as text, on the span, its scope, its resource, its events or its links."""
    assert (RICH in found(asking, tags)) == is_found


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"operation": "SELECT", "minDuration": "20ms", "maxDuration": "20ms"}, True),
        ({"operation": "SELECT", "minDuration": "20001us"}, False),
        ({"operation": "GET /", "maxDuration": "100001us"}, False),  # it took 1.9 µs more than 100 ms
        ({"operation": "GET /", "maxDuration": "100002us"}, True),
        ({"operation": "SELECT", "start": T0 // 1000 + 10_000, "end": T0 // 1000 + 10_000}, True),  # both ends are within
        ({"operation": "SELECT", "start": T0 // 1000 + 10_001}, False),
        ({"operation": "SELECT", "end": T0 // 1000 + 9_999}, False),
        ({"operation": "select"}, False),
    ],
)
def test_name_duration_and_start_are_of_one_span(asking: TestClient, query: dict[str, Any], is_found: bool):
    assert (RICH in found(asking, **query)) == is_found


def test_the_newest_come_first_and_depth_counts_traces(asking: TestClient):
    query = {"service": "cart", "start": 0}
    ids = [trace["traceID"] for trace in asking.get("/api/traces", params=query).json()["data"]]
    assert ids[-1] == PLAIN[16:]
    assert set(ids) == {SHARED, SKEWED, PLAIN[16:]}
    assert [t["traceID"] for t in asking.get("/api/traces", params={**query, "limit": 2}).json()["data"]] == ids[:2]


def test_all_comes_back_as_it_came(asking: TestClient):
    """v3, where order and names are those of OTLP."""
    (resource,) = asking.get(f"/api/v3/traces/{RICH}?rawTraces=true").json()["result"]["resourceSpans"]
    assert values(resource["resource"]) == {
        "service.name": {"stringValue": "front"}, "team": {"stringValue": "payments"}, "host.name": {"stringValue": "h1"},
    }  # fmt: skip
    (scoped,) = resource["scopeSpans"]
    assert scoped["scope"] == {"name": "demo", "version": "1.2", "attributes": pairs({"of.scope": "sc"})}
    root, child = scoped["spans"]
    assert root["traceState"] == "vendor=1"
    assert root["events"] == RICH_SPANS[0]["events"]
    assert root["links"] == RICH_SPANS[0]["links"]
    sent = values(RICH_SPANS[0])
    assert {key: value for key, value in values(root).items() if key in sent} == {
        **sent, "int": {"intValue": "123"}, "big": {"intValue": "9223372036854775222"},
        "list": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}]}},
    }  # fmt: skip
    assert set(values(root)) - set(sent) == {"error.message", "logtrace.error"}
    assert (child["kind"], child["status"]) == (3, {"code": 1})


def values(having: dict[str, Any]) -> dict[str, Any]:
    return {pair["key"]: pair["value"] for pair in having["attributes"]}


def test_version_1_of_the_same(asking: TestClient):
    (trace,) = asking.get(f"/api/traces/{RICH}").json()["data"]
    root, child = trace["spans"]
    assert (root["startTime"], root["duration"]) == (T0 // 1000, 100_001)
    tags = [(tag["key"], tag["type"], tag["value"]) for tag in root["tags"]]
    assert tags[:2] == [("otel.scope.name", "string", "demo"), ("otel.scope.version", "string", "1.2")]
    assert tags[-5:] == [
        ("span.kind", "string", "server"), ("otel.status_code", "string", "ERROR"), ("error", "bool", True),
        ("otel.status_description", "string", "boom"), ("w3c.tracestate", "string", "vendor=1"),
    ]  # fmt: skip
    assert ("bytes", "binary", "AAE=") in tags
    keys = [key for key, _, _ in tags[2:-5]]
    assert keys == sorted(keys)
    assert root["references"] == [{"refType": "FOLLOWS_FROM", "traceID": PLAIN[16:], "spanID": f"{3:016x}"}]
    assert child["references"] == [{"refType": "CHILD_OF", "traceID": RICH, "spanID": f"{1:016x}"}]
    assert trace["processes"] == {"p1": {"serviceName": "front", "tags": [
        {"key": "host.name", "type": "string", "value": "h1"}, {"key": "team", "type": "string", "value": "payments"},
    ]}}  # fmt: skip


def test_a_span_id_that_client_and_server_share_is_told_apart(asking: TestClient):
    (trace,) = asking.get(f"/api/traces/{SHARED}").json()["data"]
    by_name = {span["operationName"]: span for span in trace["spans"]}
    assert by_name["call"]["spanID"] == f"{7:016x}"
    assert by_name["serve"]["spanID"] != by_name["call"]["spanID"]
    assert [ref["spanID"] for ref in by_name["serve"]["references"]] == [f"{7:016x}"]
    assert [ref["spanID"] for ref in by_name["inner"]["references"]] == [by_name["serve"]["spanID"]]


def test_clocks_are_warned_of_unless_raw(asking: TestClient):
    delta = "clock skew adjustment disabled; not applying calculated delta of 35ms"
    for raw, told_of in (("false", [delta]), ("true", None)):
        (trace,) = asking.get(f"/api/traces/{SKEWED}", params={"raw": raw}).json()["data"]
        (below,) = (span for span in trace["spans"] if span["operationName"] == "below")
        assert (below["startTime"], below["warnings"]) == (T0 // 1000, told_of)


def test_what_has_no_name(asking: TestClient):
    assert found(asking, service="far", operation="empty-span-name", start=0) == {"ef" * 16}


def test_dependencies_count_spans_with_a_parent_in_traces_that_lie_within(asking: TestClient):
    window = {"endTs": T0 // 10**6 + 1000, "lookback": 2000}
    edges = {(e["parent"], e["child"]): e["callCount"] for e in asking.get("/api/dependencies", params=window).json()["data"]}
    assert edges == {("front", "front"): 1, ("cart", "far"): 1, ("far", "far"): 1, ("far", "cart"): 1}
    assert asking.get("/api/dependencies", params={**window, "lookback": 999}).json()["data"] == []


def test_whatever_is_shown_of_a_span_is_found(client: TestClient):
    """Also what logtrace itself says of it: how many lines it has, what is inferred."""
    window = {"start": 0, "end": 2 * T0 // 1000, "limit": 1000}
    asked: dict[tuple[str, str, str], str] = {}
    for service in client.get("/api/services").json()["data"]:
        for trace in client.get("/api/traces", params={"service": service, **window}).json()["data"]:
            for span in trace["spans"]:
                name = trace["processes"][span["processID"]]["serviceName"]
                for tag in (*span["tags"], *(field for log in span["logs"] for field in log["fields"])):
                    if tag["key"].startswith("logtrace."):
                        value = tag["value"] if tag["type"] == "string" else json.dumps(tag["value"])
                        asked[name, tag["key"], value] = trace["traceID"]
    assert {"logtrace.lines", "logtrace.error", "logtrace.inferred.parent.confidence"} <= {key for _, key, _ in asked}
    for (service, key, value), trace_id in asked.items():
        answer = client.get("/api/traces", params={"service": service, "tag": f"{key}:{value}", **window})
        assert trace_id in [trace["traceID"] for trace in answer.json()["data"]], (service, key, value)
