"""Alerts reach their targets or it is said; metrics are scraped as Prometheus does it; following goes on meanwhile."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from logtrace import api
from logtrace.analysis.alerting import FIRING, Notice
from logtrace.errors import LogtraceError, UsageError
from logtrace.jobs.following.deliver import Deliverer
from logtrace.jobs.following.metrics import MOST_OPERATIONS, Metrics
from logtrace.jobs.following.tending import Tending
from logtrace.query.alerts import parse_alert
from tests.builders import span, trace
from tests.cli.conftest import call  # noqa: F401 - a fixture
from tests.jobs.stores import story, write
from tests.ports import refusing

NOTICE = Notice("errors < 1 over 1m", FIRING, "errors is 1 of 1 span", ("4bf92f3577b34da6",))


class Hook(BaseHTTPRequestHandler):
    """A webhook that refuses the first two times."""

    got: list[dict[str, object]] = []  # noqa: RUF012 - one for all requests
    refusals = 2

    def do_POST(self) -> None:
        Hook.refusals -= 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Hook.refusals < 0:
            Hook.got.append(json.loads(body))
        self.send_response(500 if Hook.refusals >= 0 else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.got, Hook.refusals = [], 2
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def wait_for(path: Path) -> None:
    """Until a file has something in it: for long, where the machine is busy."""
    until = time.monotonic() + 40
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_webhook_that_refuses_is_tried_again(hook: str):
    said: list[str] = []
    deliver = Deliverer([hook], said.append, said.append, first_wait_s=0.01)
    deliver(NOTICE)
    deliver.close()
    assert Hook.got == [{"version": 1, **NOTICE._asdict(), "traces": list(NOTICE.traces)}] and not said


def test_one_that_is_down_is_told():
    said: list[str] = []
    with refusing() as port:
        deliver = Deliverer([f"http://127.0.0.1:{port}/"], said.append, said.append, first_wait_s=0.01)
        deliver(NOTICE)
        deliver.close()
    assert len(said) == 1 and "not delivered" in said[0] and "refused" in said[0]


@pytest.mark.slow
def test_a_target_that_hangs_holds_up_no_other(tmp_path: Path):
    said: list[str] = []
    code = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'got')!r}).write_bytes(sys.stdin.buffer.read())"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        deliver = Deliverer([address, f'exec:{sys.executable} -c "{code}"'], said.append, said.append)
        deliver(NOTICE)
        wait_for(tmp_path / "got")
        deliver.close()
    assert said == [f"alert not delivered to {address}: no time was left"]


def test_alerts_about_names_that_nothing_has_are_told(tmp_path: Path):
    store, said = tmp_path / "s.db", list[str]()
    api.ingest([str(write(tmp_path / "a.log", story()))], store)
    alerts = [
        parse_alert(f"{rule} over 1m") for rule in ('operation("Insret").p99 < 1s', 'service("edge").count > 0', "no new errors")
    ]
    tending = Tending(store, alerts, [], None, said.append, print)
    assert len(said) == 1 and "there is no operation 'Insret'; near it: Insert, for now" in said[0]
    tending.see([trace(span("A", "edge"))])
    tending.close()
    assert said[1:] == ['alert matched nothing: operation("Insret").p99 < 1s over 1m']


def test_a_fresh_store_tells_what_it_does_not_know_after_the_first_lines(tmp_path: Path):
    store, said = tmp_path / "s.db", list[str]()
    tending = Tending(store, [parse_alert('operation("Insret").p99 < 1s over 1m')], [], None, said.append, print)
    tending.tick()
    assert not said and not store.exists()
    api.ingest([str(write(tmp_path / "a.log", story()))], store)
    tending.tick()
    assert len(said) == 1 and "there is no operation 'Insret'; near it: Insert, for now" in said[0]
    tending.tick()
    assert len(said) == 1
    tending.close()


def test_a_command_gets_the_notice_without_a_shell(tmp_path: Path):
    code = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'got')!r}).write_bytes(sys.stdin.buffer.read())"
    said: list[str] = []
    out: list[str] = []
    deliver = Deliverer(["stderr", "json", f'exec:{sys.executable} -c "{code}" ; rm'], said.append, out.append)
    deliver(NOTICE)
    wait_for(tmp_path / "got")
    deliver.close()
    assert json.loads((tmp_path / "got").read_text())["state"] == json.loads(out[0])["state"] == "firing"
    assert said == ["alert firing: errors < 1 over 1m: errors is 1 of 1 span (logtrace show 4bf92f3577b34da6)"]


@pytest.mark.parametrize("target", ["ftp://x", "exec:", "exec: ", "file:///etc/passwd", "mail"])
def test_what_is_no_target_is_told(target: str):
    with pytest.raises(UsageError, match="no target"):
        Deliverer([target], print, print)


def test_metrics_are_those_of_prometheus():
    with refusing() as port:
        metrics = Metrics(port)
    made = trace(span("A", "edge", ms=30), span("B", "edge", ms=300, error="no"))
    metrics.see([made, made])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    with pytest.raises(LogtraceError, match="can't be served"):
        Metrics(port)
    metrics.close()
    assert 'logtrace_spans_total{operation="A",service="edge"} 1.0' in text
    assert 'logtrace_span_errors_total{operation="B",service="edge"} 1.0' in text
    assert 'logtrace_span_duration_seconds_bucket{le="0.05",operation="A",service="edge"} 1.0' in text
    assert "logtrace_traces_total 1.0" in text


def test_many_operations_do_not_flood_whoever_scrapes():
    with refusing() as port:
        metrics = Metrics(port)
    metrics.see([trace(*(span(f"GET /users/{number}", "edge") for number in range(MOST_OPERATIONS + 50)))])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    metrics.close()
    assert 'logtrace_spans_total{operation="other",service="edge"} 50.0' in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="there is no prometheus here")
def test_a_real_prometheus_scrapes_them(tmp_path: Path):
    with refusing() as port, refusing() as own:
        metrics = Metrics(port)
        metrics.see([trace(span("A", "edge", ms=30), span("B", "edge", ms=300, error="no"))])
        config = f"scrape_configs: [{{job_name: x, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]"
        (tmp_path / "prometheus.yml").write_text(config)
        command = ["prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}",
                   f"--web.listen-address=127.0.0.1:{own}"]  # fmt: skip
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            value, until = None, time.monotonic() + 60
            while value is None and time.monotonic() < until:
                time.sleep(0.5)
                try:
                    address = f"http://127.0.0.1:{own}/api/v1/query?query=logtrace_span_errors_total%7Boperation%3D%22B%22%7D"
                    with urllib.request.urlopen(address) as answer:
                        result = json.load(answer)["data"]["result"]
                    value = result[0]["value"][1] if result else None
                except OSError:
                    continue
        finally:
            program.terminate()
            program.wait(30)
            metrics.close()
    assert value == "1"


def test_following_tells_alerts_and_counts(tmp_path: Path):
    log, stop, said, out = write(tmp_path / "edge.log", story()), threading.Event(), list[str](), list[str]()
    stop.set()
    alerts = [parse_alert("no new errors over 10m"), parse_alert("errors < 1 over 1m"), parse_alert("traces < 100 over 1m")]
    tending = Tending(tmp_path / "s.db", alerts, ["json", "stderr"], None, said.append, out.append)
    api.follow([str(log)], stop, tmp_path / "s.db", tending=tending)
    tending.close()
    assert [json.loads(line)["alert"] for line in out] == ["no new errors over 10m", "errors < 1 over 1m"]
    again = Tending(tmp_path / "s.db", alerts[:1], ["json"], None, said.append, out.append)
    again.see([api.open(tmp_path / "s.db").trace("@error")])
    again.tick()
    again.close()
    assert len(out) == 2  # the store knows that error


def test_the_verb_checks_before_it_begins(call: Callable, tmp_path: Path):  # noqa: F811
    store = ("--store", tmp_path / "s.db")
    assert "^" in call("watch", tmp_path, *store, "--alert", "errors < many over 5m", code=2).err
    assert "no target" in call("watch", tmp_path, *store, "--alert", "errors < 1 over 5m", "--alert-to", "mail", code=2).err
    assert "add --alert" in call("watch", tmp_path, *store, "--alert-to", "json", code=2).err
    assert not (tmp_path / "s.db").exists()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here")
def test_alerts_are_rules_that_prometheus_takes(call: Callable, tmp_path: Path):  # noqa: F811
    rules = (
        'operation("Say \\"{{x}}\\"").p99 < 500ms over 5m', 'service("worker").error_rate <= 1% over 10m', "errors < 1 over 1m",
        'operation("A", "b").count >= 1 over 2m', 'operation("A").mean < 1s over 1m', 'operation("A").max < 1s over 1m',
        "no new errors over 10m",
    )  # fmt: skip
    told = call("watch", "--prometheus-rules", *(word for rule in rules for word in ("--alert", rule))).out
    (tmp_path / "rules.yml").write_text(told)
    done = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "5 rules found" in done.stdout, done.stdout + done.stderr + told
