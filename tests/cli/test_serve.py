"""`logtrace serve` as people run it: quickly there, guarded, gone when told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import Call

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
def served(store: Path, *args: str) -> Iterator[tuple[str, float]]:
    """The address of a server in a process of its own, and how long it took until it answered."""
    started = time.monotonic()
    command = [sys.executable, "-m", "logtrace", "serve", "--port", "0", "--store", str(store), *args]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = process.stderr.readline().split()[-1]
            httpx2.get(f"{address}api/nothing")
            yield address, time.monotonic() - started
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) in (0, -signal.SIGTERM)


def test_it_is_there_within_a_second(stories: Path):
    took_s = []
    for _ in range(3):  # a busy machine may be slow once
        with served(stories) as (address, start_s):
            assert "worker" in httpx2.get(f"{address}api/services").json()["data"]
        took_s.append(start_s)
    assert min(took_s) < START_S * (3 if os.environ.get("CI") else 1.5)


def test_others_are_not_let_in_by_mistake(ask: Call):
    told = ask("serve", "--host", "0.0.0.0", code=2)
    assert "--token auto, or --no-auth" in told.err


def test_a_token_is_made_up(stories: Path):
    with served(stories, "--token", "auto") as (address, _):
        page, _, token = address.partition("?token=")
        api = page.removesuffix("/") + "/api/services" if token else ""
        assert httpx2.get(api).status_code == 401
        headers = {"authorization": f"Bearer {token.removesuffix('api/nothing')}"}
        assert httpx2.get(api, headers=headers).status_code == 200


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
