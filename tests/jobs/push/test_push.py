"""What is chosen arrives, over both protocols; again only what is new or changed does."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from logtrace import api
from logtrace.analysis.preservation import Policy
from logtrace.delivery import Pushed
from logtrace.errors import NotFoundError, StoreError, UsageError
from logtrace.jobs.push.choice import Choice
from logtrace.jobs.push.session import How
from logtrace.store.file.database import writing
from logtrace.units import NS
from tests.jobs.push.receiver import Received
from tests.jobs.stores import TRACES, append, line, take, views

ALL = {(trace, f"{letter}{number}" * 8) for number, trace in enumerate(TRACES) for letter in "ab"}


def balanced(done: Pushed) -> bool:
    lost = sum(done.rejected.values()) + len(done.refused)
    return done.spans == done.sent + done.known + done.doubtful + done.left_changed + done.left_open + lost


def test_all_arrives_once_and_again_nothing(store: Path, url: str, received: Received):
    first = api.push(url, store)
    assert (first.traces, first.spans, first.sent, first.known, first.stopped) == (2, 4, 4, 0, "")
    assert received.ids == dict.fromkeys(ALL, 1)
    again = api.push(url, store)
    assert (again.sent, again.known, again.batches) == (0, 4, 0)
    assert received.ids == dict.fromkeys(ALL, 1)
    assert balanced(first) and balanced(again)


def test_what_is_new_or_changed_goes_on(store: Path, url: str, received: Received):
    api.push(url, store)
    log = store.parent / "edge.log"
    append(log, [line(TRACES[0], "b0" * 8, 9.5, "one row more", service="db")])
    append(log, [line(TRACES[1], "c1" * 8, 12, "sent", service="mail", parent_span_id="a1" * 8, duration_ms=3)])
    take(store, log)
    new = api.push(url, store, how=How(only_new=True))
    assert (new.sent, new.changed, new.left_changed, new.known) == (1, 0, 1, 3)
    rest = api.push(url, store)
    assert (rest.sent, rest.changed, rest.known) == (1, 1, 4)
    assert {ids for ids, count in received.ids.items() if count == 2} == {(TRACES[0], "b0" * 8)}
    assert len(received.ids) == 5
    assert balanced(new) and balanced(rest)


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        (Choice([TRACES[1]]), {TRACES[1]}),
        (Choice(["4bf92f35", "@last"]), set(TRACES)),
        (Choice(where="user = 'ada'"), set(TRACES)),
        (Choice(where="user = 'bob'"), set()),
        (Choice(since_ns=1_704_897_000_050_000_000), {TRACES[1]}),
        (Choice(until_ns=1_704_897_000_050_000_000, where="error"), {TRACES[0]}),
    ],
)
def test_which_traces(choice: Choice, wanted: set[str], store: Path, http_url: str, received: Received):
    done = api.push(http_url, store, choice=choice)
    assert {trace for trace, _ in received.ids} == wanted
    assert done.traces == len(wanted)


def test_each_receiver_is_remembered_by_itself(store: Path, http_url: str, grpc_url: str):
    assert [api.push(address, store).sent for address in (http_url, grpc_url, http_url)] == [4, 4, 0]
    assert [api.push(address, store, how=How(name="jaeger")).sent for address in (http_url, grpc_url)] == [4, 0]


def test_again_sends_it_once_more(store: Path, http_url: str, received: Received):
    api.push(http_url, store)
    done = api.push(http_url, store, how=How(again=True))
    assert (done.sent, done.changed) == (4, 0)
    assert received.ids == dict.fromkeys(ALL, 2)
    assert {len(set(found)) for found in received.spans.values()} == {1}


def test_a_dry_run_sends_and_writes_nothing(store: Path, received: Received):
    before = store.read_bytes()
    done = api.push("http://no.such.host.invalid:4318", store, dry_run=True)
    assert (done.dry, done.to_send, done.batches, done.sent) == (True, 4, 1, 0)
    assert store.read_bytes() == before
    assert not received.ids


def test_batches_headers_compression_and_rate(store: Path, url: str, received: Received):
    done = api.push(url, store, how=How(batch=3, rate=30.0), headers={"x-scope": "team a"})
    assert received.sizes == [2, 2]  # a trace is not split where a batch holds it
    assert [headers["x-scope"] for headers in received.headers] == ["team a"] * 2
    assert done.wall_s > 2 / 30
    assert api.push(url, store, how=How(batch=1, zipped=False, again=True)).batches == 4
    if url.startswith("http"):
        encodings = [headers.get("content-encoding", "") for headers in received.headers]
        assert encodings == ["gzip"] * 2 + [""] * 4


def test_the_writer_of_the_store_is_not_in_the_way(store: Path, http_url: str):
    before = views(store)
    with writing(store):
        assert api.push(http_url, store).sent == 4
    assert views(store) == before


def test_what_is_pruned_is_forgotten(store: Path, http_url: str):
    api.ingest([str(store.parent / "edge.log")], store)  # notes when it read
    api.push(http_url, store)
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM pushed").fetchone() == (4,)
        api.prune(store, policy=Policy((), NS["d"]), now_ns=time.time_ns() + 30 * NS["d"])
        assert connection.execute("SELECT count(*) FROM pushed").fetchone() == (0,)


def test_two_at_once_to_one_receiver_are_refused(store: Path, http_url: str, received: Received):
    received.faults = ["mute"]
    stop = threading.Event()
    first = threading.Thread(target=api.push, args=(http_url, store), kwargs={"how": How(timeout_s=120, retry_s=0)})
    first.start()
    while not received.headers:
        stop.wait(0.01)
    code = "import sys\nfrom logtrace import api\napi.push(sys.argv[1], sys.argv[2])"
    done = subprocess.run([sys.executable, "-c", code, http_url, store], capture_output=True, text=True, check=False)
    assert "another process pushes this store" in done.stderr
    received.over.set()
    first.join()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("jaeger:4317", "no address"), ("ftp://jaeger", "no address"), ("http://", "no address"), ("http://a:b", "no address"),
        ("grpc://jaeger:4317/v1/traces", "has a path"), ("http://jaeger\n", "no address"),
    ],
)  # fmt: skip
def test_what_is_no_receiver(url: str, told: str, store: Path):
    with pytest.raises(UsageError, match=told):
        api.push(url, store)


def test_a_password_is_sent_and_not_shown(store: Path, http_url: str, received: Received):
    done = api.push(http_url.replace("//", "//ada:s3cr%40t@"), store)
    assert received.headers[0]["authorization"] == "Basic YWRhOnMzY3JAdA=="
    assert done.receiver == f"{http_url}/v1/traces"  # another password is the same receiver
    with pytest.raises(UsageError) as told:
        api.push("ftp://ada:s3cret@host", store)
    assert "s3cret" not in told.value.message


def test_what_is_not_there(store: Path, tmp_path: Path):
    with pytest.raises(NotFoundError):
        api.push("http://localhost:1", store, choice=Choice(["ffffffffffffffff"]))
    with pytest.raises(StoreError, match="there is no store"):
        api.push("http://localhost:1", tmp_path / "none.db")
    with pytest.raises(UsageError):
        api.push("http://localhost:1", store, choice=Choice(where="user ="))


def test_the_account_is_plain(store: Path, http_url: str):
    assert asdict(api.push(http_url, store))["receiver"] == f"{http_url}/v1/traces"
