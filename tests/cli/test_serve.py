"""`logtrace serve` as people run it: quickly there, guarded, gone when told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from logtrace.cli.serve import _prefix
from logtrace.server.run import listening
from logtrace.store.file.database import writing
from tests.busy import slack
from tests.cli.conftest import FIXTURES, Call

FAILED = "98f13708210194c475687be6106a3b84"
CI = bool(os.environ.get("CI"))
START_S = 1.0
ROOT_CAUSE_TIMELINE = r"""
trace_id=$1
service=$2
echo "Generating error timeline for trace $trace_id"
jaeger_query="service=$service&tags=error:true&traceID=$trace_id"
curl -s "http://jaeger:16686/api/traces?$jaeger_query" | \
  jq -r '.data[0].spans[] |
    select(.tags[].value == "true" and .tags[].key == "error") |
    "\(.startTime/1000000 | strftime("%H:%M:%S.%3N")) \(.operationName): \(.tags[] | select(.key == "error.message").value)"' | \
  sort
first_error=$(curl -s "http://jaeger:16686/api/traces?$jaeger_query" | \
  jq -r '.data[0].spans[] |
    select(.tags[].value == "true" and .tags[].key == "error") |
    .startTime' | sort -n | head -1)
echo "First error at: $(date -d @$((first_error/1000000)))"
"""
"""The script of the debugging guide, without its remarks."""


@contextmanager
def served_files(*args: object) -> Iterator[str]:
    """The address of a server of what the arguments name."""
    with _running(*args) as (address, _):
        yield address


@contextmanager
def served(store: Path, *args: str) -> Iterator[tuple[str, float]]:
    """The address of a server of a store, and how long it took until it answered."""
    with _running("--store", store, *args) as found:
        yield found


@contextmanager
def _running(*args: object) -> Iterator[tuple[str, float]]:
    started = time.monotonic()
    command = [sys.executable, "-m", "logtrace", "serve", "--port", "0", *map(str, args)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = process.stderr.readline().split()[-1]
            httpx2.get(f"{address}api/nothing", timeout=60)
            yield address, time.monotonic() - started
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_it_is_there_within_a_second(stories: Path):
    took_s = []
    for _ in range(3):  # a busy machine may be slow once
        with served(stories) as (address, start_s):
            assert "worker" in httpx2.get(f"{address}api/services", timeout=60).json()["data"]
        took_s.append(start_s)
    assert min(took_s) < START_S * slack()


def test_answers_do_not_wait_for_one_another():
    with listening("127.0.0.1", 0) as taken:
        assert taken.proto == socket.IPPROTO_TCP  # what asyncio looks at before it turns Nagle's algorithm off


def test_others_are_not_let_in_by_mistake(ask: Call):
    told = ask("serve", "--host", "0.0.0.0", code=2)
    assert "--token auto, or --no-auth" in told.err


def test_a_token_is_made_up(stories: Path):
    with served(stories, "--token", "auto") as (address, _):
        page, _, token = address.partition("?token=")
        api = page.removesuffix("/") + "/api/services" if token else ""
        assert httpx2.get(api, timeout=60).status_code == 401
        headers = {"authorization": f"Bearer {token.removesuffix('api/nothing')}"}
        assert httpx2.get(api, headers=headers, timeout=60).status_code == 200


def test_no_store_and_no_port(call: Call, stories: Path, tmp_path: Path):
    assert "there is no store" in call("serve", "--store", tmp_path / "none.db", code=4).err
    with served(stories) as (address, _):
        port = address.rstrip("/").rpartition(":")[2]
        assert "--port 0" in call("serve", "--store", stories, "--port", port, code=2).err


@pytest.mark.skipif(not (CI or (shutil.which("jq") and shutil.which("curl"))), reason="not run: it calls jq and curl")
def test_the_guides_timeline_of_errors_runs(stories: Path):
    with served(stories) as (address, _):
        script = ROOT_CAUSE_TIMELINE.replace("http://jaeger:16686/", address)
        done = subprocess.run(["bash", "-c", script, "timeline", FAILED, "worker"], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0] == f"Generating error timeline for trace {FAILED}"
    assert [line.partition(" ")[2] for line in lines[1:-1] if "CallBedrock" in line] == ["CallBedrock: Rate exceeded"] * 4
    assert len(lines[1:-1]) == 8
    assert lines[-1] == "First error at: Wed Jan 10 14:42:00 UTC 2024"


def test_files_are_served_without_a_store():
    with served_files(FIXTURES / "throttled-task" / "logs") as address:
        assert httpx2.get(f"{address}api/traces/{FAILED}", timeout=60).status_code == 200


@pytest.mark.slow
def test_followed_files_and_otlp_come_in_while_it_serves(tmp_path: Path):
    log, store = tmp_path / "a.log", tmp_path / "s.db"
    log.write_text(line(1))
    with served_files("--follow", log, "--otlp", "--store", store) as address:
        with log.open("a") as more:
            more.write(line(2))
        span = {"traceId": f"{3:032x}", "spanId": "1" * 16, "name": "sent", "startTimeUnixNano": "1704897000000000000",
                "endTimeUnixNano": "1704897000250000000"}  # fmt: skip
        sent = httpx2.post(f"{address}v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}, timeout=60)
        assert sent.status_code == 200
        end_at = time.monotonic() + 120
        for number in (1, 2, 3):
            while httpx2.get(f"{address}api/traces/{number:032x}", timeout=60).status_code != 200:
                assert time.monotonic() < end_at
                time.sleep(0.1)
    with writing(store):
        pass  # nobody follows any more


def test_what_can_not_be_followed(call: Call, stories: Path):
    with writing(stories):
        told = call("serve", "--follow", FIXTURES, "--port", "0", "--store", stories, code=4)
    assert "is being written by process" in told.err
    assert "nothing to follow" in call("serve", "--follow", code=2).err


def line(number: int) -> str:
    fields = {"trace_id": f"{number:032x}", "service": "a", "duration_ms": 5, "time": "2024-01-10T14:30:00Z"}
    return json.dumps(fields) + "\n"


@pytest.mark.parametrize(
    "path", ["a b<", "/a?b", "/a#b", "//a", "/a//b", "/../a", "/a%2f", "/\u00e4", "/a\n", '/"', "http://a/b"]
)
def test_a_root_path_that_is_none(call: Call, stories: Path, path: str):
    assert "is no path of an address" in call("serve", "--store", stories, "--root-path", path, code=2).err


@pytest.mark.parametrize(
    ("path", "prefix"), [("", ""), ("/", ""), ("/logtrace", "/logtrace"), ("a/b.c/", "/a/b.c"), ("/~me/x-1_2", "/~me/x-1_2")]
)
def test_root_paths(path: str, prefix: str):
    assert _prefix(path) == prefix
