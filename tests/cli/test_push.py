"""`logtrace push` as people call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.jobs.push.receiver import Received, over_grpc, over_http
from tests.jobs.push.test_verify import serving
from tests.jobs.stores import TRACES, append, story, take, write


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def url(received: Received) -> Iterator[str]:
    with over_http(received) as address:
        yield address


@pytest.fixture
def store(tmp_path: Path) -> Path:
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    return tmp_path / "s.db"


def test_push_and_push_again(logtrace: Run, store: Path, url: str, received: Received):
    dry = json.loads(logtrace("push", url, "--store", store, "--dry-run", "--json").stdout)
    assert (dry["dry"], dry["to_send"], dry["sent"], len(received.ids)) == (True, 4, 0, 0)
    first = logtrace("push", url, "--store", store)
    assert "sent      4 spans, 1 request" in first.stdout and first.stderr == ""
    again = json.loads(logtrace("push", url, "--store", store, "--json").stdout)
    assert (again["version"], again["known"], again["sent"], again["refused"], again["rejected"]) == (1, 4, 0, [], {})


def test_over_grpc_nothing_is_written_to_stderr(logtrace: Run, store: Path, received: Received):
    with over_grpc(received) as url:
        assert logtrace("push", url, "--store", store, "-q").stderr == ""
        told = logtrace("push", url.replace("grpc:", "grpcs:"), "--store", store, "-q", "--retry", "1s", code=9).stderr
    assert [line.partition(":")[0] for line in told.splitlines()] == ["error", "hint"]


def test_ids_expressions_windows_and_headers(
    logtrace: Run, store: Path, url: str, received: Received, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOGTRACE_PUSH_HEADERS", "Authorization: Bearer s3 cret,X-Scope=a:b")
    logtrace("push", url, TRACES[0][:8], "--store", store)
    assert {trace for trace, _ in received.ids} == {TRACES[0]}
    assert (received.headers[0]["authorization"], received.headers[0]["x-scope"]) == ("Bearer s3 cret", "a:b")
    assert "no trace is meant" in logtrace("push", url, "--where", "user = 'bob'", "--store", store).stderr
    late = logtrace("push", url, "--since", "2030-01-01", "--store", store).stderr
    assert "no trace is meant in that time" in late and "--since" in late
    logtrace("push", url, "--header", "authorization: Bearer 2", "--since", "2020-01-01", "--store", store)
    assert received.headers[-1]["authorization"] == "Bearer 2"
    assert len(received.ids) == 4


def test_what_was_not_taken_ends_with_9(logtrace: Run, store: Path, url: str, received: Received):
    received.faults = ["partial"]
    done = logtrace("push", url, "--store", store, code=9)
    assert "rejected  1 span, and the receiver does not say which: one is too old" in done.stdout
    assert "--verify" in done.stderr
    later = logtrace("push", url, "--store", store, code=9)
    assert "in doubt  4 spans" in later.stdout and "sent      0 spans" in later.stdout
    assert "of 4 spans some were not taken" in later.stderr and "--ask" in later.stderr
    received.faults = ["401"]
    told = logtrace("push", url, "--again", "--store", store, code=9)
    assert "answers 401" in told.stderr and "hint: --header" in told.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "there is no receiver"),
        (["jaeger:4317"], "is no address of a receiver"),
        (["http://localhost:1", "--again", "--only-new"], "leave one out"),
        (["http://localhost:1", "--key", "x.pem"], "add --cert"),
        (["http://localhost:1", "--header", "nonsense"], "'NAME: VALUE'"),
        (["http://localhost:1", "--follow", "--dry-run"], "leave one out"),
        (["http://localhost:1", "--verify", "http://localhost:1"], "--verify sends nothing"),
        (["http://localhost:1", "--timeout", "0s"], "no time"),
    ],
)
def test_calls_that_are_wrong(args: list[str], told: str, logtrace: Run, store: Path):
    assert told in logtrace("push", *args, "--store", store, code=2).stderr


def test_verify_names_what_differs(logtrace: Run, store: Path, tmp_path: Path):
    with serving(tmp_path / "there.db") as jaeger:
        missing = logtrace("push", "--verify", jaeger, "--store", store, code=10)
        assert f"{TRACES[0]}  -     trace  2 spans  missing" in missing.stdout and "ask again" in missing.stderr
        logtrace("push", jaeger, "--store", store)
        found = json.loads(logtrace("push", "--verify", jaeger, TRACES[1], "--store", store, "--json").stdout)
    assert (found["version"], found["traces"], found["same"], found["differences"]) == (1, 1, 2, [])


@pytest.mark.slow
def test_follow_reads_files_and_sends_what_closes(tmp_path: Path, url: str, received: Received):
    log = write(tmp_path / "edge.log", story()[:6])
    command = [sys.executable, "-m", "logtrace", "push", "--follow", url, str(log), "--store", str(tmp_path / "new.db")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        _wait_for(received, 2)
        append(log, story()[6:])
        _wait_for(received, 4)
    finally:
        running.send_signal(signal.SIGTERM)
        out, told = running.communicate(timeout=60)
    assert running.returncode == 0, told
    assert "sent      4 spans" in out and "Ctrl-C ends it" in told
    assert set(received.ids.values()) == {1}


def _wait_for(received: Received, spans: int) -> None:
    end_at = time.monotonic() + 60
    while len(received.ids) < spans:
        assert time.monotonic() < end_at
        time.sleep(0.05)
