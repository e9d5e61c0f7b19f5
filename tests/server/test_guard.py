"""Who may ask, and what every answer carries."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from logtrace.server import desk
from logtrace.server.app import make_app
from logtrace.server.guard import MAX_BODY, Rules, is_foreign, is_known_host
from tests.server.conftest import apart


@pytest.mark.parametrize("host", ["localhost", "localhost:16686", "127.0.0.1:1", "[::1]:16686", "10.0.0.7", "jaeger:16686"])
def test_hosts_that_nobody_rebinds(host: str):
    assert is_known_host(host, {"Jaeger"})


@pytest.mark.parametrize(
    "host", ["", "evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "a@localhost", "x/../localhost", "["]
)
def test_hosts_that_somebody_might(host: str):
    assert not is_known_host(host, ())


def test_other_hosts_are_refused(client: TestClient):
    assert client.get("/api/services", headers={"host": "evil.com"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.com"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"origin": "http://localhost:1"}],
)
def test_other_sites_change_nothing(client: TestClient, headers: dict[str, str]):
    assert is_foreign(Headers(headers), "localhost:16686")
    assert client.post("/api/transform", json={}, headers=headers).status_code == 403


def test_the_page_itself_may(client: TestClient):
    headers = {"origin": "http://localhost:16686", "sec-fetch-site": "same-origin"}
    assert client.post("/api/transform", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/api/services", "/api/nothing", "/api/traces/abc"])
def test_every_answer_is_guarded(client: TestClient, path: str):
    headers = client.get(path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_large_bodies(client: TestClient):
    assert client.post("/api/transform", content=b"x", headers={"content-length": str(MAX_BODY + 1)}).status_code == 413

    def endless():
        for _ in range(MAX_BODY // 1_000_000 + 2):
            yield b"x" * 1_000_000

    assert client.post("/api/transform", content=endless()).status_code == 413


def test_who_leaves_amid_a_body_is_no_error(stories: Path, caplog: pytest.LogCaptureFixture):
    came = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(came)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/transform",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    apart(lambda: make_app(stories)(scope, receive, send))
    assert sent[0]["status"] == 499
    assert not caplog.records


def test_errors_tell_nothing_of_the_machine(tmp_path: Path):
    with TestClient(make_app(tmp_path / "gone.db"), base_url="http://localhost") as client:
        answer = client.get("/api/services")
        assert answer.status_code == 500
        assert "the store can't be read" in answer.text
        assert str(tmp_path) not in answer.text


def test_a_token(stories: Path):
    with TestClient(make_app(stories, Rules(token="s3cret")), base_url="http://anything.example") as client:
        assert client.get("/api/services").status_code == 401
        assert client.get("/api/services", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/services", headers={"authorization": "Bearer s3cret"}).status_code == 200
        moved = client.get("/api/services?token=s3cret&a=1", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (303, "/api/services?a=1")
        away = client.get("http://anything.example//evil.example/?token=s3cret", follow_redirects=False)
        assert away.headers["location"] == "/evil.example/"
        assert "HttpOnly" in moved.headers["set-cookie"]
        assert client.get("/api/services").status_code == 200  # by the cookie


def test_a_prefix(stories: Path):
    with TestClient(make_app(stories, Rules(root_path="/logtrace")), base_url="http://localhost") as client:
        assert client.get("/logtrace/api/services").status_code == 200
        assert client.get("/api/services").status_code == 200  # the proxy took it off


def test_who_is_turned_away_is_told_when_to_come_back(stories: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desk, "MOST_WAITING", 0)
    with TestClient(make_app(stories), base_url="http://localhost") as client:
        for path in ("/api/services", "/api/v3/services", "/api/logtrace/info"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
