"""A real Jaeger, which is a distribution of the OpenTelemetry collector, where there is one:

go mod init try && go get -tool github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0
go build -o jaeger github.com/jaegertracing/jaeger/cmd/jaeger
JAEGER=$PWD/jaeger scripts/test tests/jobs/push/test_jaeger.py
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from logtrace import api
from logtrace.jobs.push.session import How

FIXTURES = Path(__file__).parent.parent.parent.parent / "fixtures"
CONFIG = """
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
extensions:
  jaeger_query:
    storage: {{traces: main}}
    http: {{endpoint: "127.0.0.1:{0}"}}
    grpc: {{endpoint: "127.0.0.1:{1}"}}
  jaeger_storage:
    backends:
      main: {{memory: {{max_traces: 10000}}}}
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{2}"}}
      http: {{endpoint: "127.0.0.1:{3}"}}
exporters:
  jaeger_storage_exporter: {{trace_storage: main}}
"""

pytestmark = pytest.mark.skipif(not os.environ.get("JAEGER"), reason="JAEGER names no binary of Jaeger 2")


class Ports(NamedTuple):
    """Where it listens."""

    query: int
    query_grpc: int
    grpc: int
    http: int


@pytest.fixture
def jaeger(tmp_path: Path) -> Iterator[Ports]:
    with ExitStack() as taken:
        sockets = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in Ports._fields]
        ports = Ports(*(each.getsockname()[1] for each in sockets))
    (tmp_path / "jaeger.yaml").write_text(CONFIG.format(*ports))
    running = subprocess.Popen([os.environ["JAEGER"], "--config", f"file:{tmp_path / 'jaeger.yaml'}"])
    try:
        for port in ports:
            _wait_for(port)
        yield ports
    finally:
        running.kill()
        running.wait()


def _wait_for(port: int) -> None:
    end_at = time.monotonic() + 30
    while time.monotonic() < end_at:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_all_stories_are_there_as_they_are_here(protocol: str, jaeger: Ports, tmp_path: Path):
    store, query = tmp_path / "stories.db", f"http://127.0.0.1:{jaeger.query}"
    api.ingest([str(folder) for folder in sorted(FIXTURES.glob("*/logs"))], store)
    url = f"{protocol}://127.0.0.1:{getattr(jaeger, protocol)}"
    done = api.push(url, store)
    assert done.sent == done.spans > 100 and not done.stopped
    found = api.verify(query, store)
    assert (found.same, found.different, found.doubled) == (done.spans, 0, 0)
    api.push(url, store, how=How(again=True))
    again = api.verify(query, store)
    assert (again.different, again.doubled) == (0, done.spans)


def test_the_other_ports(jaeger: Ports, tmp_path: Path):
    store = tmp_path / "stories.db"
    api.ingest([str(FIXTURES / "slow-create-task" / "logs")], store)
    for url, told in (
        (f"http://127.0.0.1:{jaeger.grpc}", "is a port for gRPC"),
        (f"grpc://127.0.0.1:{jaeger.http}", "is no port for gRPC"),
        (f"https://127.0.0.1:{jaeger.http}", "speaks no TLS"),
        (f"grpcs://127.0.0.1:{jaeger.grpc}", "speaks no TLS"),
        (f"http://127.0.0.1:{jaeger.query}", "is no receiver of OTLP"),
        (f"grpc://127.0.0.1:{jaeger.query_grpc}", "UNIMPLEMENTED"),
    ):
        assert told in api.push(url, store, how=How(retry_s=0.5)).stopped
