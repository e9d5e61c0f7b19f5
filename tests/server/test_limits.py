"""No answer grows without end: one that is cut says so, and where the rest begins; nothing is left out in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from logtrace import api
from logtrace.server import endpoint, jaeger
from logtrace.server.app import make_app
from logtrace.server.limits import MOST_ITEMS, part
from tests.server.conftest import BASE

LINES, TRACE, SPAN = MOST_ITEMS + 300, "ab" * 16, "cd" * 8
LONG, MANY = 1_200_000, 30
WINDOW = {"query.startTimeMin": "2024-01-01T00:00:00Z", "query.startTimeMax": "2024-12-01T00:00:00Z"}


@given(st.lists(st.text(max_size=5)), st.integers(1, 4), st.integers(1, 30))
def test_parts_make_the_whole(items: list[str], most: int, most_bytes: int):
    found, first = [], 0
    while first is not None:
        some = part(items, first, most, most_bytes)
        assert len(some.items) <= most
        assert some.items or not items[first:]
        found += json.loads(endpoint.json_response(some.items).body)
        first = some.next
    assert found == items


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A trace with many lines that tell errors, and one with long ones."""
    folder = tmp_path_factory.mktemp("large")
    line = {"service": "a", "level": "error", "time": "2024-01-10T14:30:00Z"}
    with (folder / "a.log").open("w") as log:
        for number in range(LINES):
            log.write(json.dumps({**line, "trace_id": TRACE, "span_id": SPAN, "msg": f"said {number}"}) + "\n")
        for number in range(MANY):
            known = {"trace_id": "12" * 16, "span_id": SPAN, "msg": f"{number} " + "long" * (LONG // 4)}
            log.write(json.dumps({**line, **known}) + "\n")
    api.ingest([str(folder / "a.log")], folder / "s.db")
    with TestClient(make_app(folder / "s.db"), base_url=BASE) as client:
        yield client


def all_of(client: TestClient, path: str, name: str) -> tuple[list[Any], int]:
    """(the items of an answer and of all that it goes on in, how many answers these were)."""
    found: list[Any] = []
    for asked in range(1, 100):
        answer = client.get(f"/api/logtrace{path}", params={"from": len(found)}).json()
        found += answer[name]
        assert answer["more"] == (answer["next"] is not None)
        if not answer["more"]:
            return found, asked
        assert answer["next"] == len(found)
    raise AssertionError(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "name", "many", "answers"),
    [
        (f"/traces/{TRACE}/logs", "lines", LINES, 2),
        (f"/traces/{TRACE}/spans/{SPAN}", "lines", LINES, 6),
        (f"/traces/{TRACE}/errors", "timeline", 1, 1),
        (f"/traces/{'12' * 16}/logs", "lines", MANY, 5),
    ],
)
def test_long_lists_go_on(large: TestClient, path: str, name: str, many: int, answers: int):
    found, asked = all_of(large, path, name)
    assert len({json.dumps(each) for each in found}) == len(found) == many
    assert asked == answers


def test_what_cannot_be_cut_is_refused_with_a_hint(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endpoint, "MOST_ANSWER", 100)
    answer = client.get("/api/logtrace/services")
    assert answer.status_code == 413
    assert answer.json()["error"]["message"].startswith("the answer would be too large: ")
    assert "since" in answer.json()["error"]["hint"]


def test_whole_traces_that_are_too_many_are_told_of(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    query = {"service": "edge-mcp", "start": 0, "limit": 50}
    whole = client.get("/api/traces", params=query).json()
    monkeypatch.setattr(jaeger, "MOST_SPANS", 20)
    cut = client.get("/api/traces", params=query).json()
    assert whole["errors"] is None
    assert cut["data"] == whole["data"][: len(cut["data"])] != whole["data"]
    (error,) = cut["errors"]
    assert error["msg"].startswith(f"only {len(cut['data'])} traces are given: more would be too large an answer; ask for fewer")
    rest = client.get("/api/v3/traces", params={**WINDOW, "query.serviceName": "edge-mcp"}).json()
    assert rest["error"]["httpCode"] == 413
    assert rest["error"]["message"].startswith("only ")
    ids = [trace["traceID"] for trace in whole["data"]]
    named = client.get("/api/traces", params={"traceID": [*ids, "abc"]}).json()
    assert len(named["data"]) < len(ids)
    assert named["errors"][-1]["msg"].startswith("only ")


def test_an_answer_that_is_not_cut_says_nothing_of_it(client: TestClient):
    query = {"service": "edge-mcp", "start": 0, "limit": 1}
    assert client.get("/api/traces", params=query).json()["errors"] is None
    assert "error" not in client.get("/api/v3/traces", params={**WINDOW, "query.serviceName": "edge-mcp"}).json()


def test_summaries_are_as_many_as_there_are(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jaeger, "MOST_SPANS", 1)
    found = client.get("/api/v3/trace-summaries", params={**WINDOW, "query.searchDepth": 1000}).json()["summaries"]
    with_spans = client.get("/api/logtrace/search", params={"since": "2024-01-01", "until": "2024-12-01", "limit": 1000}).json()
    assert len(found) == len([each for each in with_spans["traces"] if each["spans"]]) > 20


@pytest.mark.parametrize("path", ["/api/traces/98f13708210194c475687be6106a3b84", "/api/services", "/api/v3/services"])
def test_no_answer_to_jaegers_clients_is_without_end(client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str):
    monkeypatch.setattr(jaeger, "MOST_WHOLE", 10)
    answer = client.get(path)
    assert answer.status_code == 413
    assert "too large" in answer.text
