"""What goes wrong with receivers: told with what to do, and nothing is lost or sent twice unsaid."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from logtrace import api
from logtrace.jobs.push.session import How
from tests.jobs.push.receiver import Received
from tests.jobs.push.test_push import ALL, balanced
from tests.jobs.stores import line, take, write
from tests.ports import refusing

QUICK = How(timeout_s=0.6, retry_s=0.1)
PATIENT = How(timeout_s=30.0, retry_s=20.0)
ONCE = How(timeout_s=30.0, retry_s=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["503", "later"])
def test_busy_is_tried_again(fault: str, store: Path, url: str, received: Received):
    received.faults = [fault] * 3
    said: list[str] = []
    done = api.push(url, store, how=PATIENT, say=said.append)
    assert (done.sent, done.retries, done.redelivered, done.stopped) == (4, 3, 0, "")
    assert received.ids == dict.fromkeys(ALL, 1)
    assert len(said) == 3 and "again in" in said[0]


@pytest.mark.parametrize("fault", ["drop", "cut", "half"])
def test_a_connection_that_ends_early(fault: str, store: Path, http_url: str, received: Received):
    received.faults = [fault]
    done = api.push(http_url, store, how=PATIENT)
    assert (done.sent, done.retries) == (4, 1)
    assert set(received.ids) == ALL
    assert max(received.ids.values()) == (2 if fault == "drop" else 1)
    assert done.redelivered == 4  # which of both it was nobody can know


@pytest.mark.parametrize("fault", ["drip", "mute"])
def test_one_deadline_for_request_and_answer(fault: str, store: Path, url: str, received: Received):
    received.faults = [fault] * 9
    done = api.push(url, store, how=QUICK)
    assert "no answer within 0.6 s" in done.stopped and "--timeout" in done.hint
    assert done.sent == 0


def test_what_got_no_answer_is_sent_again_and_said(store: Path, http_url: str, received: Received):
    received.faults = ["drop"]
    first = api.push(http_url, store, how=ONCE)
    assert first.stopped and first.redelivered == 0
    again = api.push(http_url, store, how=ONCE)
    assert (again.sent, again.redelivered, again.stopped) == (4, 4, "")
    assert received.ids == dict.fromkeys(ALL, 2)
    assert all(one == other for one, other in received.spans.values())  # the very same, so that readers see one
    assert api.push(http_url, store).known == 4


@pytest.mark.parametrize(
    ("status", "told", "hint"),
    [
        (401, "answers 401: not now", "--header"), (403, "answers 403", "--header"), (404, "answers 404", "4318"),
        (415, "answers 415", "--no-gzip"), (301, "answers 301", "write the address"), (500, "answers 500", "the rest"),
    ],
)  # fmt: skip
def test_what_no_second_try_mends(status: int, told: str, hint: str, store: Path, http_url: str, received: Received):
    received.faults = [str(status)]
    done = api.push(http_url, store, how=PATIENT)
    assert told in done.stopped and hint in done.hint
    assert (done.sent, done.retries) == (0, 0)
    rest = api.push(http_url, store)
    assert (rest.sent, rest.redelivered) == (4, 0)


@pytest.mark.parametrize(("code", "hint"), [("UNAUTHENTICATED", "--header"), ("UNIMPLEMENTED", "4317"), ("INTERNAL", "the rest")])
def test_what_no_second_try_mends_over_grpc(code: str, hint: str, store: Path, grpc_url: str, received: Received):
    received.faults = [code]
    done = api.push(grpc_url, store, how=PATIENT)
    assert f"answers {code}" in done.stopped and hint in done.hint
    assert api.push(grpc_url, store).redelivered == 0


def test_a_part_is_rejected(store: Path, url: str, received: Received):
    received.faults = ["partial"]
    done = api.push(url, store)
    assert (done.sent, dict(done.rejected)) == (3, {"one is too old": 1})
    assert balanced(done)
    for _ in range(2):
        later = api.push(url, store)  # the protocol forbids to send them again by oneself
        assert (later.sent, later.known, later.doubtful) == (0, 0, 4) and balanced(later)
    assert api.push(url, store, how=How(again=True)).sent == 4
    assert api.push(url, store).known == 4
    assert set(received.ids) == ALL


def test_the_spans_that_a_receiver_names_are_told_and_are_the_rest(store: Path, url: str, received: Received):
    received.faults = ["named"]
    done = api.push(url, store)
    assert (done.sent, len(done.refused), balanced(done)) == (3, 1, True)
    (missing,) = ALL - set(received.ids)
    assert done.refused[0][:2] == missing
    rest = api.push(url, store)
    assert (rest.sent, rest.known, rest.doubtful) == (1, 3, 0)
    assert received.ids == dict.fromkeys(ALL, 1)


def test_all_of_a_batch_is_rejected(store: Path, url: str, received: Received):
    received.faults = ["partial"] * 4
    done = api.push(url, store, how=How(batch=1))
    assert (done.sent, {(each.trace_id, each.span_id) for each in done.refused}) == (0, ALL)
    assert api.push(url, store).sent == 4


def test_a_warning_is_said(store: Path, url: str, received: Received):
    received.faults = ["warn"]
    said: list[str] = []
    assert api.push(url, store, say=said.append).sent == 4
    assert said == ["the receiver warns: use version 2"]


def test_a_batch_that_is_too_large_is_halved(tmp_path: Path, url: str, received: Received):
    received.faults = ["large"]
    lines = [line(f"{number:032x}", f"{number:016x}", number, "done", duration_ms=1) for number in range(1, 30)]
    take(tmp_path / "s.db", write(tmp_path / "a.log", lines))
    assert api.push(url, tmp_path / "s.db").sent == 29
    assert max(received.ids.values()) == 1
    assert received.sizes == [29, 14, 7, 7, 15, 7, 8]


def test_the_span_that_is_wrong_is_found(tmp_path: Path, url: str, received: Received):
    received.faults = ["poison"]
    lines = [
        line(f"{number:032x}", f"{number:016x}", number, "done", operation="poison" if number == 7 else "fine", duration_ms=1)
        for number in range(1, 12)
    ]
    take(tmp_path / "s.db", write(tmp_path / "a.log", lines))
    done = api.push(url, tmp_path / "s.db")
    assert done.sent == 10 and balanced(done)
    assert [(each.trace_id, each.span_id) for each in done.refused] == [(f"{7:032x}", f"{7:016x}")]
    assert "not now" in done.refused[0].why
    received.faults = []
    assert api.push(url, tmp_path / "s.db").sent == 1


def test_where_everything_is_wrong_it_is_not_the_spans(tmp_path: Path, http_url: str, received: Received):
    received.faults = ["400"] * 1000
    lines = [line(f"{number:032x}", f"{number:016x}", number, "done", duration_ms=1) for number in range(1, 200)]
    take(tmp_path / "s.db", write(tmp_path / "a.log", lines))
    done = api.push(http_url, tmp_path / "s.db")
    assert "no span is taken" in done.stopped
    assert len(received.sizes) < 30


def test_a_web_page_is_no_receiver(store: Path, http_url: str, received: Received):
    received.faults = ["page"]
    done = api.push(http_url, store)
    assert "no receiver of OTLP: it answers with text/html" in done.stopped


@pytest.mark.parametrize("scheme", ["http", "grpc", "https", "grpcs"])
def test_nobody_listens(scheme: str, store: Path):
    """What was never there is not waited for."""
    with refusing() as port:
        done = api.push(f"{scheme}://127.0.0.1:{port}", store, how=PATIENT)
    assert done.retries == 0
    assert "nobody listens at 127.0.0.1" in done.stopped and "4318" in done.hint


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_no_such_host(scheme: str, store: Path):
    done = api.push(f"{scheme}://no-such-host.invalid:4317", store, how=How(timeout_s=5, retry_s=0.1))
    assert "there is no" in done.stopped and "host" in done.stopped


def test_http_to_a_port_for_grpc(store: Path, grpc_url: str):
    done = api.push(grpc_url.replace("grpc:", "http:"), store, how=ONCE)
    assert "is a port for gRPC" in done.stopped and f"write {grpc_url}" in done.hint


def test_grpc_to_a_port_for_http(store: Path, http_url: str):
    done = api.push(http_url.replace("http:", "grpc:"), store, how=ONCE)
    assert "is no port for gRPC" in done.stopped and f"write {http_url}" in done.hint


@contextmanager
def speaking(data: bytes) -> Iterator[int]:
    """A port that says something to everybody, and no more."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def talk() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.sendall(data)
                connection.recv(65536)
                connection.close()

        threading.Thread(target=talk, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["http", "https", "grpc", "grpcs"])
def test_something_else_listens(scheme: str, store: Path):
    with speaking(b"220 mail.example.com ESMTP\r\n") as port:
        done = api.push(f"{scheme}://127.0.0.1:{port}", store, how=QUICK)
    assert done.stopped and done.hint and done.sent == 0
