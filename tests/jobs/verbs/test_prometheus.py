"""A real Prometheus (where Debian's package is installed) with the platform's metrics; and what is none."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from urllib.request import urlopen

import pytest

from logtrace.analysis.traces.correlate import Templates
from logtrace.errors import UsageError
from logtrace.jobs.verbs import prometheus
from logtrace.jobs.verbs.correlate import correlate
from logtrace.units import NS_PER_S
from tests.builders import T0, throttled
from tests.ports import refusing

BEGIN_S = T0 // NS_PER_S


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that has two hours of metrics around T0: 10 requests a second, one in twenty failing."""
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        pytest.skip("needs Debian's package prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "metrics.txt").write_text("".join(open_metrics()))
    (folder / "prometheus.yml").write_text("global: {}\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "metrics.txt", folder / "data"],
        check=True,
        capture_output=True,
    )
    with refusing() as port:
        url = f"http://127.0.0.1:{port}"
        words = [
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            "--storage.tsdb.retention.time=100y",
        ]
        server = subprocess.Popen(["prometheus", *words, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(url)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def open_metrics() -> Iterator[str]:
    seconds = range(-3600, 3600, 15)
    yield "# TYPE http_requests counter\n"
    for status, rate in (("200", 9.5), ("503", 0.5)):
        labels = f'{{service="edge-mcp",status="{status}"}}'
        yield from (f"http_requests_total{labels} {(at + 3600) * rate} {BEGIN_S + at}\n" for at in seconds)
    yield "# TYPE mysql_connections_active gauge\n"
    yield from (f'mysql_connections_active{{service="edge-mcp"}} {42 if at > 0 else 7} {BEGIN_S + at}\n' for at in seconds)
    yield "# EOF\n"


def wait_until_ready(url: str) -> None:
    for _ in range(200):
        try:
            with urlopen(f"{url}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Prometheus did not start")


@pytest.mark.slow
def test_a_real_prometheus_answers_all_queries(real: str):
    found = correlate(throttled(), prometheus_url=real)
    figures = {(each.metric.name, each.metric.service): each for each in found.figures}
    assert figures["request rate", "edge-mcp"].value == pytest.approx(10)
    assert figures["5xx rate", "edge-mcp"].value == pytest.approx(0.5)
    connections = figures["connections", "edge-mcp"]
    assert connections.value == 7
    assert {value for _, value in connections.points} == {7, 42}
    assert connections.points[0][0] == pytest.approx(BEGIN_S - 1800)
    assert figures["request rate", "worker"].trouble == prometheus.NONE


@pytest.mark.slow
def test_a_real_prometheus_says_what_is_no_promql(real: str):
    found = correlate(
        throttled(), prometheus_url=real, templates=Templates(metrics={"guide": "rate(http_requests_total[5m]) [@1704896400]"})
    )
    assert found.figures[0].trouble.startswith("it answers 400: invalid parameter")


@contextmanager
def answering(reply: bytes, wait_s: float = 0, status: int = 200, *, in_chunks: bool = False) -> Iterator[str]:
    """A web server that answers all with the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(wait_s)
            self.send_response(status)
            if in_chunks:
                self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"<html>Grafana</html>", "what answers is no Prometheus"),
        (b'{"status":"success"}', "another form"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"value":["now","much"]}]}}', "another form"),
        (b'{"status":"error","error":"too many samples"}', "too many samples"),
        (b"[1, 2]", "what answers is no Prometheus"),
        (b"[" * 100_000, "what answers is no Prometheus"),
        (b'{"status":"success","data":{"resultType":"scalar","result":[1, %d]}}' % 10**400, "another form"),
        (b'{"status":"success","data":{"resultType":"scalar","result":[Infinity, 1]}}', "another form"),
        (b'{"status":"success","data":{"resultType":"matrix","result":{"a":1}}}', "another form"),
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', "nothing there for that time"),
    ],
)
def test_other_answers_are_told(reply: bytes, says: str):
    with answering(reply) as url:
        found = correlate(throttled(), prometheus_url=url)
    assert all(says in each.trouble for each in found.figures)
    assert found.queries.metrics


@pytest.mark.parametrize(
    ("reply", "in_chunks", "says"),
    [
        (b"[" * 100_000, False, "it answers 503: what answers is no Prometheus"),
        (b'{"status":"success"}', False, "it answers 503: its answer has another form"),
        (b'63\r\n{"status":', True, "it answers 503: and ends amid its answer"),
    ],
)
def test_errors_of_any_kind_are_told_at_once(reply: bytes, in_chunks: bool, says: str):
    with answering(reply, status=503, in_chunks=in_chunks) as url:
        assert prometheus.at(url, "x", 1).trouble.startswith(says)


def test_values_that_are_no_numbers():
    reply = b'{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"NaN"]},{"value":[1,"2"]}]}}'
    with answering(reply) as url:
        answer = prometheus.at(url, "x", 1)
    assert (str(answer.points[0][1]), answer.series) == ("nan", 2)


def test_one_that_is_slow_or_down_is_asked_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prometheus, "TIMEOUT_S", 0.1)
    over, asked = threading.Event(), list[str]()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            over.wait()

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        found = correlate(throttled(), prometheus_url=f"http://127.0.0.1:{server.server_port}")
        over.set()
        server.shutdown()
        thread.join()
    assert len(found.figures) > 1 >= len(asked)  # whoever is slow to come to it may not even hear the one
    assert {each.trouble for each in found.figures} == {"no answer within 0 seconds"}
    with refusing() as port:
        down = correlate(throttled(), prometheus_url=f"http://127.0.0.1:{port}")
    assert all("can't be reached" in each.trouble or "no answer" in each.trouble for each in down.figures)


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b""])
def test_one_that_answers_drop_by_drop_is_left(head: bytes, monkeypatch: pytest.MonkeyPatch):
    """Each drop is in time for the socket, the answer is not: there are drops for as long as somebody waits."""
    monkeypatch.setattr(prometheus, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def drip() -> None:
            with server.accept()[0] as connection, suppress(OSError):
                connection.sendall(head)
                while not done.wait(0.05):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        found = correlate(throttled(), prometheus_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        done.set()
        thread.join()
    assert {each.trouble for each in found.figures} == {"no answer within 0 seconds"}


def test_all_answers_together_have_their_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("logtrace.jobs.verbs.correlate.PATIENCE_S", 0)
    with answering(b'{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}', 0.01) as url:
        found = correlate(throttled(), prometheus_url=url)
    assert [bool(each.points) for each in found.figures][:2] == [False, False]
    assert found.figures[-1].trouble.startswith("not asked: the answers before it took")


@pytest.mark.parametrize("url", ["localhost:9090", "file:///etc/passwd", "ftp://x", "http://", ""])
def test_only_web_servers_are_asked(url: str):
    with pytest.raises(UsageError):
        prometheus.checked_url(url)


def test_nobody_is_asked_unless_named():
    assert correlate(throttled()).figures == ()
