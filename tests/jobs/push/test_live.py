"""What comes into a store goes on to a receiver as its spans close."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logtrace import api
from logtrace.delivery import Pushed
from logtrace.jobs.push.choice import Choice
from logtrace.jobs.push.live import push_live
from logtrace.jobs.push.session import How
from logtrace.jobs.push.target import target_of
from logtrace.jobs.verbs.store import Store
from tests.jobs.push.receiver import Received, Server, over_http
from tests.jobs.stores import TRACES, append, line, take, write
from tests.ports import refusing

THIRD = "5b8aa5a2d2c872e8321cf37308d69df2"
SPAN = "c2" * 8


def wait_for(holds: Callable[[], bool], seconds: float = 120) -> None:
    end_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end_at
        time.sleep(0.02)


class Live:
    """A push that goes on, in a thread of its own."""

    def __init__(self, store: Path, url: str, how: How, choice: Choice) -> None:
        self.said: list[str] = []
        self.done: list[Pushed] = []
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(store, url, how, choice))
        self._thread.start()

    def _run(self, path: Path, url: str, how: How, choice: Choice) -> None:
        with Store(path) as store:
            self.done.append(push_live(store, target_of(url), choice, how, self.stop, say=self.said.append, closed_after_s=0.2))

    def end(self) -> Pushed:
        self.stop.set()
        self._thread.join(120)
        return self.done[0]


@contextmanager
def live(store: Path, url: str, how: How = How(), choice: Choice = Choice()) -> Iterator[Live]:  # noqa: B008 - immutable values
    running = Live(store, url, how, choice)
    try:
        yield running
    finally:
        running.end()


@pytest.mark.slow
def test_what_is_there_and_what_comes(store: Path, url: str, received: Received):
    with live(store, url) as running:
        wait_for(lambda: len(received.ids) == 4)
        take(store, write(store.parent / "more.log", [line(THIRD, SPAN, 500, "done", duration_ms=2, operation="Late")]))
        wait_for(lambda: len(received.ids) == 5)
        done = running.end()
    assert (done.sent, done.stopped, set(received.ids.values())) == (5, "", {1})


@pytest.mark.slow
def test_a_span_is_sent_when_it_ends(store: Path, http_url: str, received: Received):
    log = write(store.parent / "more.log", [line(THIRD, SPAN, 500, "started", event="span_start", operation="Slow")])
    append(log, [line(THIRD, "c3" * 8, 501, "done", duration_ms=2, operation="Quick", parent_span_id=SPAN)])
    take(store, log)
    with live(store, http_url) as running:
        wait_for(lambda: len(received.ids) == 5)
        assert (THIRD, SPAN) not in received.ids
        append(log, [line(THIRD, SPAN, 900, "finished", event="span_end", duration_ms=400, operation="Slow")])
        take(store, log)
        wait_for(lambda: (THIRD, SPAN) in received.ids)
        assert running.end().left_open == 1
    assert set(received.ids.values()) == {1}


def test_what_comes_last_is_sent_too(store: Path, http_url: str, received: Received):
    with live(store, http_url, choice=Choice(where="operation = 'Late'")) as running:
        take(store, write(store.parent / "more.log", [line(THIRD, SPAN, 500, "done", duration_ms=2, operation="Late")]))
        assert running.end().sent == 1
    assert set(received.ids) == {(THIRD, SPAN)}


def test_a_receiver_that_is_away_is_waited_for(store: Path, received: Received, monkeypatch: pytest.MonkeyPatch):
    with refusing() as port, live(store, f"http://127.0.0.1:{port}", How(retry_s=0.5)) as running:
        wait_for(lambda: any("it is tried on" in each for each in running.said))
        monkeypatch.setattr(Server, "port", port)
        with over_http(received):
            wait_for(lambda: len(received.ids) == 4)
            assert running.end().sent == 4


def test_what_was_refused_when_it_ended_is_in_no_doubt(store: Path, http_url: str, received: Received):
    received.faults = ["502", *["429"] * 10_000]
    with live(store, http_url) as running:
        wait_for(lambda: len(received.headers) > 3)
        running.end()
    received.faults = []
    assert api.push(http_url, store).redelivered == 4  # a proxy that says 502 may have passed it on
    received.faults = ["429"] * 10_000
    with live(store, http_url, How(again=True, name="other")) as running:
        wait_for(lambda: len(received.headers) > 10)
        running.end()
    received.faults = []
    assert api.push(http_url, store, how=How(name="other")).redelivered == 0


def test_what_will_never_be_taken_ends_it(store: Path, http_url: str, received: Received):
    received.faults = ["401"]
    with live(store, http_url) as running:
        wait_for(lambda: bool(running.done))
    assert "answers 401" in running.done[0].stopped


@pytest.mark.slow
def test_what_is_made_anew_is_looked_at_again(store: Path, http_url: str, received: Received):
    from logtrace.ingest.settings import Settings

    with live(store, http_url) as running:
        wait_for(lambda: len(received.ids) == 4)
        take(store, store.parent / "edge.log", settings=Settings(default_service="other"))  # all lines are read anew
        take(store, write(store.parent / "more.log", [line(THIRD, SPAN, 500, "done", duration_ms=2)]))
        wait_for(lambda: len(received.ids) == 5)
        running.end()
    assert {ids for ids, count in received.ids.items() if count == 1} >= {(THIRD, SPAN)}
    assert {trace for trace, _ in received.ids} == {*TRACES, THIRD}
