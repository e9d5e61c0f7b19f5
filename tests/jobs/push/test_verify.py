"""What was pushed is compared with what a Jaeger shows: logtrace's own server speaks its query API, and takes OTLP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from logtrace import api
from logtrace.errors import RemoteError, UsageError
from logtrace.jobs.intake.spool import Spool
from logtrace.jobs.push.choice import Choice
from logtrace.jobs.push.session import How
from logtrace.jobs.push.target import web_target
from logtrace.jobs.push.verify import Shown, compared
from logtrace.server.app import make_app
from logtrace.server.guard import Rules
from logtrace.server.otlp_in import Intake
from logtrace.server.run import listening
from tests.jobs.push.receiver import PROTOBUF, Received
from tests.jobs.stores import TRACES, append, line, take

FIXTURES = Path(__file__).parent.parent.parent.parent / "fixtures"


@contextmanager
def serving(store: Path, token: str = "") -> Iterator[str]:
    """Serves a store (an empty one, where there is none), which takes OTLP; the address."""
    folder = store.with_suffix(".spool")
    folder.mkdir()
    spool = Spool(folder, store, followed=False)
    if not store.exists():
        api.ingest([spool.pattern], store)
    with listening("127.0.0.1", 0) as taken:
        app = make_app(store, Rules(token), intake=Intake(spool))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def jaeger(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "there.db") as url:
        yield url


def test_what_was_pushed_is_there(store: Path, jaeger: str):
    missing = api.verify(jaeger, store)
    assert (missing.traces, missing.spans, missing.same, missing.different) == (2, 4, 0, 2)
    assert [(each.trace_id, each.span_id, each.what, each.there) for each in missing.differences] == [
        (trace, "", "trace", "missing") for trace in TRACES
    ]
    assert api.push(jaeger, store).sent == 4
    found = api.verify(jaeger, store)
    assert (found.same, found.different, found.foreign, found.doubled) == (4, 0, 0, 0)


def test_of_what_is_in_doubt_only_that_is_sent_which_a_jaeger_lacks(store: Path, jaeger: str, http_url: str, received: Received):
    received.faults = ["partial"]
    first = api.push(http_url, store)
    assert (first.sent, sum(first.rejected.values())) == (3, 1)
    forward(received, jaeger)
    assert api.push(http_url, store).doubtful == 4
    asks = How(ask=web_target(jaeger))
    assert api.push(http_url, store, how=asks, dry_run=True).to_send == 1
    rest = api.push(http_url, store, how=asks)
    assert (rest.sent, rest.known, rest.doubtful) == (1, 3, 0)
    assert received.ids == dict.fromkeys(received.ids, 1) and len(received.ids) == 4
    assert api.push(http_url, store).known == 4


def forward(received: Received, jaeger: str) -> None:
    """What a receiver took goes on to a Jaeger."""
    scope = ScopeSpans(spans=[Span.FromString(each[0]) for each in received.spans.values()])
    body = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[scope])]).SerializeToString()
    urlopen(Request(f"{jaeger}/v1/traces", body, {"content-type": PROTOBUF}), timeout=10).close()


def test_differences_are_named(store: Path, jaeger: str):
    api.push(jaeger, store)
    log = store.parent / "edge.log"
    append(log, [line(TRACES[1], "c1" * 8, 12, "sent", service="mail", parent_span_id="a1" * 8, duration_ms=3)])
    take(store, log)
    found = api.verify(jaeger, store, choice=Choice(where="user = 'ada'"))
    assert [each[:2] for each in found.differences] == [(TRACES[1], "c1" * 8)]
    assert (found.same, found.different) == (4, 1)
    assert api.verify(jaeger, store, choice=Choice([TRACES[0]])).different == 0


@pytest.mark.slow
def test_all_stories(tmp_path: Path, jaeger: str):
    store = tmp_path / "stories.db"
    api.ingest([str(folder) for folder in sorted(FIXTURES.glob("*/logs"))], store)
    done = api.push(jaeger, store)
    assert done.sent == done.spans > 100
    found = api.verify(jaeger, store)
    assert found.different == 0, found.differences
    assert found.same == done.spans


def test_what_is_compared():
    here = {"a": Shown("", "edge", "POST", 5, 7), "b": Shown("a", "db", "Insert", 6, 1)}
    same = {"a": [Shown("", "edge", "POST", 5, 7)], "b": [Shown("x", "db", "Insert", 6, 1), Shown("a", "db", "Insert", 6, 1)]}
    assert not list(compared("t", here, same))
    for name, value in (("parent", "c"), ("service", "web"), ("name", "GET"), ("start_us", 4), ("duration_us", 9)):
        other = {**same, "b": [here["b"]._replace(**{name: value})]}
        (found,) = compared("t", here, other)
        assert (found.span_id, found.what, found.there) == ("b", name.removesuffix("_us"), str(value))
    (gone,) = compared("t", here, {"a": same["a"]})
    assert (gone.span_id, gone.what, gone.there) == ("b", "span", "missing")


def test_who_may_ask(store: Path, tmp_path: Path):
    with serving(tmp_path / "guarded.db", token="s3cret") as url:
        with pytest.raises(RemoteError, match="401") as told:
            api.verify(url, store)
        assert "--header" in told.value.hint
        assert api.verify(url, store, headers={"authorization": "Bearer s3cret"}).spans == 4


def test_what_is_no_jaeger(store: Path, http_url: str, grpc_url: str):
    with pytest.raises(RemoteError, match="where a trace is asked for"):
        api.verify(http_url, store)
    with pytest.raises(RemoteError):
        api.verify(grpc_url.replace("grpc:", "http:"), store, timeout_s=2)
    with pytest.raises(RemoteError, match="nobody listens"):
        api.verify("http://127.0.0.1:1", store)
    with pytest.raises(UsageError, match="no address of a Jaeger"):
        api.verify(grpc_url, store)
