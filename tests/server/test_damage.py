"""A row breaks while its store is served: answers say what is damaged and what to do, in the words of their API."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from logtrace.jobs.verbs.store import Store
from logtrace.server.app import make_app
from logtrace.server.desk import Desk
from logtrace.server.endpoint import PREFIX
from logtrace.server.own import ENDPOINTS
from tests.harms import HARMS, whole_store
from tests.server.conftest import BASE
from tests.server.test_desk import request, run

WINDOW = "query.startTimeMin=2020-01-01T00:00:00Z&query.startTimeMax=2030-01-01T00:00:00Z"
TRACE = "77" * 16
JAEGER = [
    "/api/services", "/api/services/edge-mcp/operations", "/api/operations?service=edge-mcp",
    "/api/traces?service=edge-mcp&start=1&end=2000000000000000", f"/api/traces/{TRACE}", f"/api/traces?traceID={TRACE}",
    "/api/dependencies?endTs=2000000000000&lookback=2000000000000", "/api/metrics/calls?service=edge-mcp&endTs=1704897000000",
    "/api/v3/services", "/api/v3/operations?service=edge-mcp", f"/api/v3/traces?{WINDOW}", f"/api/v3/trace-summaries?{WINDOW}",
    f"/api/v3/traces/{TRACE}",
]  # fmt: skip
OWN = [
    "/info", "/operations?service=edge-mcp", "/search", "/search?error=any&attr=user=ada&sort=slowest", f"/traces/{TRACE}",
    f"/traces/{TRACE}/spans/c{15 * '0'}", f"/traces/{TRACE}/logs?around=1s", f"/traces/{TRACE}/find?text=asked",
    "/traces/@error/errors", "/traces/@error/similar", "/compare?bad=@error&good=@last", "/errors", "/heat", "/services",
    "/stats?by=user", "/series", "/cohorts?before=error%3Dtrue&after=error%3Dfalse",
]  # fmt: skip
ALL = [*JAEGER, *(PREFIX + path for path in OWN)]
SAID = re.compile("the store is damaged: .*; logtrace doctor looks")


def test_all_of_our_own_endpoints_are_asked():
    asked = [re.sub(f"{TRACE}|@error", "{trace_id}", path).partition("?")[0] for path in OWN]
    assert {re.sub("spans/.*", "spans/{span_id}", path) for path in asked} == {each.path for each in ENDPOINTS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_store(tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
def test_no_answer_takes_damage_for_a_mistake(harm: str, whole: Path, tmp_path: Path):
    sql, told, _ = HARMS[harm]
    store = Path(shutil.copy(whole, tmp_path / "s.db"))
    with TestClient(make_app(store), base_url=BASE, raise_server_exceptions=False) as client:
        for path in ALL:
            assert client.get(path).status_code == 200, path
        with closing(sqlite3.connect(store)) as connection:
            connection.executescript(sql)
        said = []
        for path in ALL:
            answer = client.get(path)
            assert answer.status_code in (200, 404, 500), (path, answer.text)
            if answer.status_code == 500:
                said.append(message(answer.json()))
                assert SAID.search(said[-1]), (path, answer.text)
                assert str(tmp_path) not in answer.text
    assert not said or any(told in each or "can't be such" in each for each in said), said  # names that are known are not read


def message(answer: dict[str, object]) -> str:
    """What an answer of any of the three APIs says of what went wrong."""
    match answer:
        case {"errors": [{"code": 500, "msg": str(text)}]} | {"error": {"message": str(text)}}:
            return text
    raise AssertionError(answer)


def test_a_mistake_in_a_whole_store_is_one(stories: Path):
    def wrong(_: Store) -> None:
        raise TypeError("ours")

    desk = Desk(stories)
    with pytest.raises(TypeError, match="ours"):
        run(desk, lambda: desk.ask(request(), wrong))
