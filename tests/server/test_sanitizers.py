"""What Jaeger makes of spans on their way into its storage, seen through both generations of its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from logtrace import api
from logtrace.jobs.intake.spool import Spool
from logtrace.server.app import make_app
from logtrace.server.otlp_in import Intake
from tests.server.conftest import BASE

T0 = 1_704_897_000_000_000_000
AT = "2024-01-10 14:30:00"
TOLD = "Negative duration detected, sanitizing end timestamp. Original end timestamp: {} +0000 UTC, adjusted to: {} +0000 UTC"
NAMES: list[tuple[Any, str]] = [
    ([], "missing-service-name"),
    ([{"stringValue": ""}], "empty-service-name"),
    ([{"intValue": "7"}], "service-name-wrong-type"),
    ([{"boolValue": False}], "service-name-wrong-type"),
    ([{"arrayValue": {"values": [{"stringValue": "a"}]}}], "service-name-wrong-type"),
    ([{"doubleValue": 1.5}], "service-name-wrong-type"),
    ([{}], "service-name-wrong-type"),
]
ENDS: list[tuple[int, int, str, str]] = [  # nanoseconds after T0, or an instant; the end that is shown; both times in words
    (1, 1, "", ""),
    (0, 1, AT, f"{AT}.000000001"),
    (-5_000_000, 1, "2024-01-10 14:29:59.995", f"{AT}.000000001"),
    (-T0, 1, "1970-01-01 00:00:00", f"{AT}.000000001"),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A server that takes OTLP into an empty store."""
    (tmp_path / "spool").mkdir()
    spool = Spool(tmp_path / "spool", tmp_path / "s.db", followed=False)
    api.ingest([spool.pattern], tmp_path / "s.db")
    with TestClient(make_app(tmp_path / "s.db", intake=Intake(spool)), base_url=BASE) as asking:
        yield asking


def told(number: int, service: list[Any], end_ns: int = T0 + 10) -> dict[str, Any]:
    """A resource with one span, whose ids are a number."""
    span = {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "op", "startTimeUnixNano": str(T0),
            "endTimeUnixNano": str(end_ns)}  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": value} for value in service]}
    return {"resource": resource, "scopeSpans": [{"spans": [span]}]}


def sent(client: TestClient, *resources: dict[str, Any]) -> None:
    assert client.post("/v1/traces", json={"resourceSpans": resources}).json() == {}


@pytest.mark.parametrize(("service", "name"), NAMES)
def test_services_without_a_name(client: TestClient, service: list[Any], name: str):
    sent(client, told(1, service), told(2, [{"stringValue": "cart"}]))
    (trace,) = client.get("/api/traces/1").json()["data"]
    assert trace["processes"] == {"p1": {"serviceName": name, "tags": []}}
    assert "service.name" not in [tag["key"] for tag in trace["spans"][0]["tags"]]
    (resource,) = client.get("/api/v3/traces/1?rawTraces=true").json()["result"]["resourceSpans"]
    assert resource["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": name}}]
    assert sorted(client.get("/api/services").json()["data"]) == sorted(["cart", name])
    assert client.get(f"/api/services/{name}/operations").json()["data"] == ["op"]
    found = client.get("/api/traces", params={"service": name, "start": 0}).json()["data"]
    assert [each["traceID"] for each in found] == [f"{1:016x}"]


@pytest.mark.parametrize(("after_ns", "shown", "original", "adjusted"), ENDS)
def test_spans_that_do_not_end_behind_their_start(client: TestClient, after_ns: int, shown: int, original: str, adjusted: str):
    sent(client, told(1, [{"stringValue": "cart"}], T0 + after_ns))
    warnings = [TOLD.format(original, adjusted)] if original else None
    for raw in ("true", "false"):
        (resource,) = client.get(f"/api/v3/traces/1?rawTraces={raw}").json()["result"]["resourceSpans"]
        (span,) = resource["scopeSpans"][0]["spans"]
        assert (span["startTimeUnixNano"], span["endTimeUnixNano"]) == (str(T0), str(T0 + shown))
        (trace,) = client.get(f"/api/traces/1?raw={raw}").json()["data"]
        found = [text for text in trace["spans"][0]["warnings"] or () if "no line tells" not in text] or None
        assert found == warnings
    window = {"query.startTimeMin": "2024-01-10T14:00:00Z", "query.startTimeMax": "2024-01-10T15:00:00Z"}
    for least, many in (("1ns", 1), ("2ns", 0)):
        query = {**window, "query.durationMin": least}
        (*summaries,) = client.get("/api/v3/trace-summaries", params=query).json()["summaries"]
        assert [each["maxEndTimeUnixNano"] for each in summaries] == [str(T0 + shown)] * many


def test_a_span_without_an_end_keeps_its_start(client: TestClient, tmp_path: Path):
    sent(client, told(1, [{"stringValue": "cart"}], 0))
    with api.open(tmp_path / "s.db") as store:
        (span,) = store.trace("0" * 31 + "1").spans
    assert (span.start_ns, span.duration_ns) == (T0, None)


def test_a_line_that_tells_no_duration_is_no_negative_one(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text('{"trace_id":"' + "ab" * 16 + '","span_id":"s1","service":"a","msg":"b","time":"2024-01-10T14:30:00Z"}\n')
    api.ingest([str(log)], tmp_path / "s.db")
    with TestClient(make_app(tmp_path / "s.db"), base_url=BASE) as asking:
        (trace,) = asking.get("/api/traces/" + "ab" * 16).json()["data"]
    assert not any("Negative" in text for text in trace["spans"][0]["warnings"])


def test_spans_that_were_sent_under_one_id_come_back_each(client: TestClient):
    """As from Jaeger's storage; sent once more, nothing is doubled."""
    first = told(1, [{"stringValue": "cart"}])
    (span,) = first["scopeSpans"][0]["spans"]
    first["scopeSpans"][0]["spans"] = [
        {**span, "startTimeUnixNano": str(T0 + at), "endTimeUnixNano": str(T0 + at + 10 * (at + 1))} for at in range(5)
    ]
    for _ in range(2):
        sent(client, first)
    for raw in ("true", "false"):
        (resource,) = client.get(f"/api/v3/traces/1?rawTraces={raw}").json()["result"]["resourceSpans"]
        found = [(each["spanId"], int(each["startTimeUnixNano"]) - T0) for each in resource["scopeSpans"][0]["spans"]]
        assert found == [(f"{1:016x}", at) for at in range(5)]
        (trace,) = client.get(f"/api/traces/1?raw={raw}").json()["data"]
        assert len(trace["spans"]) == 5
    window = {"query.startTimeMin": "2024-01-10T14:00:00Z", "query.startTimeMax": "2024-01-10T15:00:00Z"}
    (summary,) = client.get("/api/v3/trace-summaries", params=window).json()["summaries"]
    assert summary["spanCount"] == 5


def test_one_trace_is_not_limited_by_time(client: TestClient):
    sent(client, told(1, [{"stringValue": "cart"}]))
    for path in ("/api/traces/1?start=1&end=2", "/api/v3/traces/1?startTime=2000-01-01T00:00:00Z&endTime=2000-01-02T00:00:00Z"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("limit", ["0", "-1", "100001"])
def test_depths_that_are_none(client: TestClient, limit: str):
    told_of = "search depth must be greater than 0 and less than max traces"
    one = client.get("/api/traces", params={"service": "a", "limit": limit})
    assert (one.status_code, one.json()["errors"][0]["msg"]) == (500, told_of)
    window = {"query.startTimeMin": "2024-01-10T14:00:00Z", "query.startTimeMax": "2024-01-10T15:00:00Z"}
    other = client.get("/api/v3/traces", params={**window, "query.searchDepth": limit})
    assert (other.status_code, other.json()["error"]["message"]) == (500, told_of)
