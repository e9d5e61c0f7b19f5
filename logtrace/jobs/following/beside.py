"""A follower in a process of its own, beside whoever reads the store."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from logtrace.errors import LogtraceError, StoreError
from logtrace.ingest.records import Settings

_PATIENCE_S = 30.0


@contextmanager
def following(
    paths: Sequence[str], store: Path, settings: Settings, shared: bool, ended: Callable[[str], None]
) -> Iterator[None]:
    """Files are followed into a store for the length of a `with` block, which begins once the store is there. `ended` is
    called with what went wrong where the follower ends before. Raises StoreError where it can't write."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_follow, args=(list(paths), store, settings, shared, its), name="follower")
    process.start()
    its.close()
    leaving = threading.Event()
    try:
        _await_store(store, mine)
        watching = threading.Thread(target=_watch, args=(mine, leaving, ended), daemon=True)
        watching.start()
        yield
    finally:
        leaving.set()
        if process.is_alive():
            process.terminate()
        process.join(_PATIENCE_S)
        if process.is_alive():
            process.kill()


def _await_store(store: Path, told: Connection) -> None:
    end_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end_at:
        if told.poll(0.05):
            first = _received(told)
            if first == "ready":
                return
            raise StoreError(first, "logtrace status tells about the store; without --follow it is only read")
    raise StoreError(f"the follower does not begin to write {store}", "logtrace watch shows what it says")


def _received(told: Connection) -> str:
    try:
        return str(told.recv())
    except EOFError:
        return "the follower ended"


def _watch(told: Connection, leaving: threading.Event, ended: Callable[[str], None]) -> None:
    said = _received(told)
    if not leaving.is_set():
        ended(said)


def _follow(paths: list[str], store: Path, settings: Settings, shared: bool, told: Connection) -> None:
    """What the process does: it says "ready" once the store is there, and what went wrong at the end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever serves gets it too, and ends this process
    from logtrace.jobs.following.follow import follow
    from logtrace.jobs.workers.allocation import give_memory_back

    give_memory_back()
    threading.Thread(target=_accompany, args=(store, told, stop), daemon=True).start()
    try:
        follow(store, paths, stop, settings, shared=shared)
    except LogtraceError as error:
        told.send(error.message)


def _accompany(store: Path, told: Connection, stop: threading.Event) -> None:
    """Says when the store is there, and stops where whoever serves is gone."""
    from logtrace.store.reading.sqlite_reader import SqliteReader

    while not stop.wait(0.05):
        try:
            SqliteReader(store).close()
        except LogtraceError:
            continue
        told.send("ready")
        break
    serving = multiprocessing.parent_process()
    while not stop.wait(1):
        if serving is None or not serving.is_alive():
            stop.set()  # it was killed: nobody needs the lines now
