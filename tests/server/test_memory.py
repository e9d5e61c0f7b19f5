"""What a question leaves behind in the server: nothing, whichever it is, and however often it is asked."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from starlette.applications import Starlette

from logtrace.jobs.verbs.store import Store
from logtrace.server.app import make_app
from tests.server.conftest import apart

SLOW, BAD = "c81e728d9d4c4f636f067f89cc14862c", "b7d9e1a25c3f48e6"
OWN = "/api/logtrace"
QUESTIONS = {
    "/api/services": 200,
    "/api/services/edge-mcp/operations": 200,
    "/api/operations?service=edge-mcp": 200,
    "/api/traces?service=edge-mcp&limit={n}": 200,
    "/api/traces?service=edge-mcp&tags=%7B%22user.id%22%3A%22u-{n}%22%7D": 200,
    "/api/traces?service=edge-mcp&minDuration={n}": 400,
    f"/api/traces/{SLOW}": 200,
    f"/api/traces/{SLOW}?raw=true": 200,
    "/api/traces/{n}": 404,
    "/api/dependencies?endTs=1704900000000&lookback=8640000{n}": 200,
    "/api/metrics/latencies?service=edge-mcp&quantile=0.{n}&endTs=1704900000000": 200,
    "/api/v3/traces?query.service_name=edge-mcp&query.num_traces={n}"
    "&query.start_time_min=2024-01-10T00:00:00Z&query.start_time_max=2024-01-11T00:00:00Z": 200,
    f"/api/v3/traces/{SLOW}": 200,
    "/api/v3/traces/{n}": 404,
    f"{OWN}/info": 200,
    f"{OWN}/search?q=user.id+%3D+'u-{{n}}'&min_ns={{n}}us": 200,
    f"{OWN}/search?q={{n}}+=+=": 400,
    f"{OWN}/search?text=line{{n}}": 200,
    f"{OWN}/traces/{SLOW}": 200,
    f"{OWN}/traces/{BAD}/errors": 200,
    f"{OWN}/traces/{BAD}/similar?limit={{n}}": 200,
    f"{OWN}/traces/{SLOW}/logs?around={{n}}ms": 200,
    f"{OWN}/traces/{SLOW}/find?text=x{{n}}": 200,
    f"{OWN}/compare?bad={BAD}": 200,
    f"{OWN}/errors": 200,
    f"{OWN}/heat": 200,
    f"{OWN}/services": 200,
    "/search?q={n}": 200,
}


@pytest.fixture
def app(stories: Path) -> Iterator[Starlette]:
    made = make_app(stories)
    yield made
    made.state.desk.close()


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _status(app: Starlette, address: str) -> int:
    """The status of a GET, asked without a client that would leave something behind itself."""
    path, _, query = address.partition("?")
    sent: list[Any] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(asked, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    await app({**scope, "root_path": "", "client": ("127.0.0.1", 1)}, receive, send)
    return int(sent[0]["status"])


def _ask(app: Starlette, questions: list[str], numbers: range) -> list[int]:
    async def all_of_them() -> list[int]:
        return [await _status(app, each.format(n=n)) for n in numbers for each in questions]

    return list(apart(all_of_them))


@pytest.mark.slow
@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_needs_the_cycle_collector(app: Starlette, question: str):
    assert set(_ask(app, [question], range(10, 12))) == {QUESTIONS[question]}
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        _ask(app, [question], range(12, 15))
        gc.collect()
        left = {type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith("logtrace")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert not left


@pytest.mark.usefixtures("uncollected")
def test_a_reader_is_gone_once_it_is_let_go(stories: Path):
    with Store(stories, light=True) as store:
        found = store.trace(SLOW)
        reader, trace, moved = ref(store.reader), ref(found), ref(found.adjusted)
    del store, found
    assert (reader(), trace(), moved()) == (None, None, None)


def test_no_request_loads_a_library_that_others_went_without(stories: Path):
    program = (
        "import sys; from pathlib import Path; from logtrace.jobs.verbs.store import Store\n"
        "from logtrace.server import app, run\n"
        "run.prepare(); store, known = Store(Path(sys.argv[1]), light=True), set(sys.modules)\n"
        "assert any([store.trace(each.trace_id).inferred for each in store.traces(limit=None)])\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - known} - known))"
    )
    said = subprocess.run([sys.executable, "-c", program, str(stories)], capture_output=True, text=True, check=True)
    assert not said.stdout.split()


@pytest.mark.slow
def test_memory_does_not_grow_with_questions(app: Starlette):
    questions = list(QUESTIONS)
    _ask(app, questions, range(10, 15))
    gc.collect()
    tracemalloc.start()
    try:
        _ask(app, questions, range(15, 20))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        _ask(app, questions, range(20, 40))
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 60_000
