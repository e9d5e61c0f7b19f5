"""Our own JSON API: what each endpoint answers, and what it says of wrong questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from logtrace import api
from logtrace.model import Span
from logtrace.server.app import make_app
from logtrace.server.endpoint import PREFIX
from logtrace.server.openapi import document
from logtrace.server.own import ENDPOINTS
from logtrace.units import format_instant
from tests.jobs.stores import write
from tests.server.conftest import BASE, FIXTURES

FAILED = "98f13708210194c475687be6106a3b84"
LOST = "b7d9e1a25c3f48e6a1d20c9f8e7b6a02"
ASKED: dict[str, str] = {
    "/info": "/info",
    "/operations": "/operations?service=worker",
    "/search": "/search?service=worker&error=any&min_ns=1s&attr=task.type%3Dcode_analysis&sort=slowest&since=2024-01-10",
    "/traces/{trace_id}": f"/traces/{FAILED[:8]}",
    "/traces/{trace_id}/spans/{span_id}": f"/traces/{FAILED}/spans/SPAN",
    "/traces/{trace_id}/logs": f"/traces/{FAILED}/logs?around=1s",
    "/traces/{trace_id}/find": f"/traces/{FAILED}/find?text=rate+exceeded",
    "/traces/{trace_id}/errors": f"/traces/{FAILED}/errors",
    "/traces/{trace_id}/similar": f"/traces/{FAILED}/similar?limit=3",
    "/compare": f"/compare?bad={LOST}",
    "/errors": "/errors?service=worker",
    "/heat": "/heat?since=2024-01-10",
    "/services": "/services?since=2024-01-10",
    "/stats": "/stats",
    "/series": "/series?service=worker&since=2024-01-10",
    "/cohorts": "/cohorts?deploy=2024-01-10T14:35:00Z",
}
"""A question that each endpoint has an answer to."""


def ask(client: TestClient, path: str, status: int = 200, **query: Any) -> Any:
    answer = client.get(PREFIX + path, params=query or None)
    assert answer.status_code == status, answer.text
    return answer.json()


def span_of(client: TestClient, name: str) -> str:
    trace = ask(client, f"/traces/{FAILED}")
    columns = trace["spans"]
    return next(span for span, number in zip(columns["id"], columns["name"], strict=True) if trace["names"][number] == name)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_every_endpoint_answers_what_its_document_says(client: TestClient, endpoint: Any):
    found = ask(client, ASKED[endpoint.path].replace("SPAN", span_of(client, "CallBedrock")))
    schema = document()["paths"][PREFIX + endpoint.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) <= set(found)
    assert found["version"] == schema["properties"]["version"]["const"]


def test_a_trace_in_columns(client: TestClient):
    trace = ask(client, f"/traces/{FAILED}")
    columns = trace["spans"]
    assert {len(column) for column in columns.values()} == {12}
    assert all(parent < place for place, parent in enumerate(columns["parent"]))
    assert (columns["at"][0], columns["duration"][0], columns["depth"][0]) == (0, 7_524_000_000, 0)
    assert trace["start_ns"] == "1704897720250000000"
    assert sum(length for _, _, length in trace["path"]) == trace["duration_ns"]
    assert trace["names"][columns["name"][trace["causes"][0]]] == "CallBedrock"


def test_a_span_with_its_lines(client: TestClient):
    found = ask(client, f"/traces/{FAILED}/spans/{span_of(client, 'CallBedrock')}")
    assert found["failed"]
    assert found["attributes"]["bedrock.model"] == "claude-3-opus"
    (line,) = found["lines"]
    assert "CallBedrock" in line["text"]
    assert line["time_ns"].isdecimal()
    assert [each["what"] for each in found["evidence"]] == ["parent", "operation", "start", "end"]


def test_find_looks_at_attributes_and_lines(client: TestClient):
    assert ask(client, f"/traces/{FAILED}/find?text=claude-3-opus")["spans"]
    assert ask(client, f"/traces/{FAILED}/find?text=no+such+thing")["spans"] == []


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/search?nonsense=1", 400, "there is no parameter 'nonsense'"),
        ("/search?limit=0", 400, "limit has to be a whole number from 1 to 1,000"),
        ("/search?limit=٣", 400, "limit has to be a whole number"),
        ("/search?since=soon", 400, "since has to be a time"),
        ("/search?min_ns=5", 400, "min_ns has to be a duration"),
        ("/search?sort=best", 400, "sort has to be one of newest"),
        ("/search?attr=user.id", 400, "has no value"),
        ("/search?q=error%20and", 400, "the expression ends where"),
        ("/search?q=a~%27(%27", 400, "is no pattern"),
        (f"/search?q={'a' * 5000}", 400, "q is longer than 4000 characters"),
        ("/operations", 400, "the parameter service is missing"),
        ("/errors?service=nobody", 400, "no service 'nobody' in this store"),
        ("/traces/ffffffffffff", 404, "no trace 'ffffffffffff' in this store"),
        (f"/traces/{FAILED}/spans/none", 404, "the trace has no span 'none'"),
    ],
)
def test_what_is_said_of_wrong_questions(client: TestClient, path: str, status: int, told: str):
    assert told in ask(client, path, status)["error"]["message"]


def skewed(folder: Path, host: dict[str, str]) -> Path:
    """A store of calls from a to b, whose clock is behind."""
    made = [("a", "1", "", 0, 100), ("b", "2", "1", -35, 50), ("a", "3", "1", 10, 5)]
    lines = [
        {"time": f"2024-01-10T15:{trace}:{(30_000 + at + lasts + trace) / 1000:06.3f}Z", "service": service, "duration_ms": lasts,
         "trace_id": f"{trace:032x}", "span_id": span, "parent_span_id": parent, "operation": f"op{span}", "msg": "x",
         **({key: f"{value}-{service}" for key, value in host.items()})}
        for trace in range(10, 20) for service, span, parent, at, lasts in made
    ]  # fmt: skip
    (folder / "a.log").write_text("\n".join(map(json.dumps, lines)))
    api.ingest([str(folder / "a.log")], folder / "s.db")
    return folder / "s.db"


@pytest.mark.parametrize("host", [None, {}, {"host.name": "h"}], ids=["stories", "services", "hosts"])
def test_a_picture_of_very_many_spans_is_the_same(stories: Path, tmp_path: Path, host: dict[str, str] | None):
    def drawn(span: Span) -> tuple[object, ...]:
        return (
            span.key, span.parent_key, span.parent, span.service, span.name, span.start_ns, span.duration_ns, span.error,
            span.skew_ns,
        )  # fmt: skip

    with api.open(stories if host is None else skewed(tmp_path, host)) as store:
        ids = [summary.trace_id for summary in store.traces(limit=None)]
        assert len(ids) > 20 or store.clocks()
        for trace_id in ids:
            whole, is_whole = store.outline(trace_id)
            bare, is_not = store.outline(trace_id, most=0)  # also where clocks differ: putting all together takes too long
            assert (is_whole, is_not) == (True, False)
            assert list(map(drawn, whole.spans)) == list(map(drawn, bare.spans))
            for span in whole.spans:
                _, alone = store.outlined_span(trace_id, span.span_id, most=0)
                assert (alone.attributes, alone.lines, alone.parent, alone.parent_span_id, alone.duration_ns, alone.skew_ns) == (
                    span.attributes, span.lines, span.parent, span.parent_span_id, span.duration_ns, span.skew_ns,
                )  # fmt: skip


def test_a_page_by_one_clock_tells_what_lists_tell(tmp_path: Path):
    with TestClient(make_app(skewed(tmp_path, {})), base_url=BASE) as asking:
        (listed, *_) = ask(asking, "/search")["traces"]
        adjusted, raw = (ask(asking, f"/traces/{listed['trace_id']}?raw={raw}") for raw in ("false", "true"))
    assert (adjusted["start_ns"], adjusted["duration_ns"]) != (raw["start_ns"], raw["duration_ns"])
    for shown in (adjusted["logged"], raw["logged"], raw):
        assert (int(shown["start_ns"]), shown["duration_ns"]) == (listed["start_ns"], listed["duration_ns"])


HOUR_NS = 3_600_000_000_000


@pytest.mark.parametrize(("asked", "is_an_hour"), [("", True), ("until=2024-01-10T16:00Z", True), ("since=2024-01-10", False)])
def test_all_about_many_requests_is_of_one_window(client: TestClient, stories: Path, asked: str, is_an_hour: bool):
    """The last hour that there is, up to the last span, where nothing is said."""
    with api.open(stories) as store:
        last_ns = max(span.start_ns for each in store.traces(limit=30) for span in store.trace(each.trace_id).spans) + 1
    services, heat, stats = (ask(client, f"/{name}?{asked}") for name in ("services", "heat", "stats"))
    since_ns, until_ns = int(services["since_ns"]), int(services["until_ns"])
    assert heat["since_ns"] == services["since_ns"]
    assert 0 <= int(heat["until_ns"]) - until_ns < 60
    assert stats["since"][:19] == format_instant(since_ns)[:19]
    if "until" not in asked:
        assert until_ns == last_ns
    if is_an_hour:
        assert until_ns - since_ns == HOUR_NS


def test_a_window_begins_with_the_first_request_at_the_earliest(tmp_path: Path):
    line = '{"trace_id":"%032x","span_id":"%016x","time":"2024-01-10T14:3%d:00Z","duration_ms":5,"operation":"Go","service":"a"}'
    log = write(tmp_path / "a.log", [line % (at + 1, at + 1, at) for at in range(10)])
    api.ingest([str(log)], tmp_path / "s.db")
    with TestClient(make_app(tmp_path / "s.db"), base_url=BASE) as client:
        stats = ask(client, "/stats")
    assert stats["since"][:19] == "2024-01-10T14:29:59"
    assert stats["operations"][0]["spans"] == 10


def test_the_page_is_there_whatever_its_state(client: TestClient):
    for path in ("/", "/search?q=a", f"/trace/{FAILED}", "/no/such/view"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert '<base href="/">' in answer.text
    assert client.get("/static/main.js").headers["content-type"].startswith("text/javascript")
    tag = client.get("/static/main.js").headers["etag"]
    assert client.get("/static/main.js", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "index.html", "%2e%2e/app.py", "main.js/..", "no.js"])
def test_no_path_leaves_the_folder_of_the_page(client: TestClient, name: str):
    answer = client.get(f"/static/{name}")
    assert "make_app" not in answer.text
    assert answer.status_code == 404 or "<base href" in answer.text


def test_new_traces_are_told_as_they_come(tmp_path: Path):
    def line(number: int, span: int = 1) -> str:
        fields = {
            "trace_id": f"{number:032x}",
            "span_id": f"{span:016x}",
            "service": "a",
            "operation": "b",
            "duration_ms": 5,
            "time": "2024-01-10T14:30:00Z",
        }
        return json.dumps(fields) + "\n"

    log, store = tmp_path / "a.log", tmp_path / "s.db"
    log.write_text(line(1))
    api.ingest([str(log)], store)
    with api.open(store) as opened:
        mark, found = opened.added(None, 10)
        assert found == []
        log.write_text(line(1) + line(2))
        api.ingest([str(log)], store)
        mark, found = opened.added(mark, 10)
        assert [summary.trace_id for summary in found] == [f"{2:032x}"]
        assert opened.added(mark, 10) == (mark, [])


def test_a_trace_that_grows_is_told_once_more(tmp_path: Path):
    """Also where its rows stay as many as they were."""
    log, store = tmp_path / "a.log", tmp_path / "s.db"
    ids = {"trace_id": f"{1:032x}", "span_id": f"{1:016x}", "service": "a", "operation": "b"}
    start = json.dumps({**ids, "event": "span_start", "time": "2024-01-10T14:30:00Z"}) + "\n"
    end = json.dumps({**ids, "event": "span_end", "time": "2024-01-10T14:30:01Z", "duration_ms": 1000}) + "\n"
    log.write_text(start)
    api.ingest([str(log)], store)
    with api.open(store) as opened:
        mark, _ = opened.added(None, 10)
        log.write_text(start + end)
        api.ingest([str(log)], store)
        mark, found = opened.added(mark, 10)
        assert [(summary.trace_id, summary.duration_ns) for summary in found] == [(f"{1:032x}", 10**9)]
        assert opened.added(mark, 10) == (mark, [])


def test_a_prefix_is_in_the_page(stories: Path):
    from logtrace.server.guard import Rules

    with TestClient(make_app(stories, Rules(root_path='/a"b')), base_url=BASE) as client:
        assert '<base href="/a&quot;b/">' in client.get("/").text


@pytest.fixture(scope="module")
def leak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Asks over the story of many requests."""
    store = tmp_path_factory.mktemp("leak") / "s.db"
    api.ingest([str(FIXTURES / "leaking-cache" / "worker.log")], store)
    with TestClient(make_app(store), base_url=BASE) as client:
        yield client


LEAK = {"service": "worker", "since": "2024-01-11T13:00:00Z", "until": "2024-01-11T15:00:00Z"}


def test_statistics(leak: TestClient):
    """As `logtrace stats` tells them."""
    found = ask(leak, "/stats", **LEAK)
    rows = {each["operation"]: each for each in found["operations"]}
    assert (found["spans"], rows["LoadContext"]["spans"], rows["LoadContext"]["p99_is_max"]) == (248, 62, True)
    assert found["operations"] == sorted(found["operations"], key=lambda each: -each["share"])
    assert len(ask(leak, "/stats", **LEAK, limit=1)["operations"]) == 1
    by = ask(leak, "/stats", **LEAK, operation="LoadContext", by="cache.hit")["operations"]
    assert sorted(each["value"] for each in by) == [False, True]
    newest = ask(leak, "/stats")
    assert newest["until"] > newest["since"]


def test_series(leak: TestClient):
    found = ask(leak, "/series", **LEAK, operation="LoadContext", of="context.size_bytes", step="30m")
    assert found["what"] == "context.size_bytes"
    assert [step["spans"] for step in found["steps"]] == [0, 31, 0, 31]
    assert found["growth"]["ratio"] > 40
    assert ask(leak, "/series", **LEAK)["what"] == "duration"


@pytest.mark.parametrize(
    "query",
    [
        {"ago": "1h"},
        {"deploy": "2024-01-11T14:00:00Z"},
        {"before": "2024-01-11T13:00:00Z..2024-01-11T14:00:00Z", "after": "2024-01-11T14:00:00Z..2024-01-11T15:00:00Z"},
        {"before": "operation = 'LoadContext' and memory.gc_runs > 0", "after": "memory.gc_runs = 0"},
    ],
)
def test_populations(leak: TestClient, query: dict[str, str]):
    found = ask(leak, "/cohorts", **query)
    assert (found["before"]["requests"], found["after"]["requests"]) == (31, 31)
    assert len(found["told"]["findings"]) == len(found["findings"]) == len(found["told"]["worse"])
    assert found["told"]["findings"][0][0].startswith("worker: LoadContext takes 15 times as long")
    assert found["told"]["power"].startswith("with 31 and 31 requests")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({}, "a comparison is by before and after"),
        ({"ago": "1h", "deploy": "now"}, "a comparison is by before and after"),
        ({"before": "error"}, "after is missing"),
        ({"before": "error and", "after": "not error"}, "the expression ends where"),
        ({"before": "2024-01-11..2024-01-10", "after": "error"}, "ends before it begins"),
    ],
)
def test_populations_that_are_none(client: TestClient, query: dict[str, str], told: str):
    assert told in ask(client, "/cohorts", 400, **query)["error"]["message"]


@pytest.mark.parametrize("key", ["spans", "p99_ns", "max_ns", "error_rate"])
def test_rows_are_sorted_before_they_are_cut(client: TestClient, key: str):
    query = {"since": "2024-01-01", "until": "2024-12-01"}
    rows = client.get("/api/logtrace/stats", params=query).json()["operations"]
    (most,) = client.get("/api/logtrace/stats", params={**query, "sort": key, "limit": 1}).json()["operations"]
    assert most[key] == max(row[key] for row in rows if row[key] is not None)
    assert client.get("/api/logtrace/stats", params={"sort": "beauty"}).status_code == 400
