"""Questions to the store from many clients at once: readers in threads, few at a time, none for longer than a limit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request

from logtrace.jobs.opened import Store

Answer = TypeVar("Answer")

THREADS = 4
"""Readers: more than processors, so that a long question does not hold up the short ones."""

MOST_WAITING = 64
"""More questions than this at once are turned away."""

LIMIT_S = 30.0
"""No question may take longer."""

NAME = "this store"
"""What messages call the store: its path is nobody's business."""


class BusyError(Exception):
    """Too many questions at once."""


class SlowError(Exception):
    """A question that took too long was stopped."""


class GoneError(Exception):
    """Whoever asked does not wait any more."""


class Desk:
    """Takes questions to one store. `path` may be replaced while it is open; readers see that."""

    def __init__(self, path: Path, limit_s: float = LIMIT_S) -> None:
        self.path = path
        self._limit_s = limit_s
        self._waiting = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._own = threading.local()
        self._closed = threading.Event()

    def close(self) -> None:
        """Stops what is running, and waits until it has."""
        self._closed.set()
        self._threads.shutdown(cancel_futures=True)

    async def ask(self, request: Request, question: Callable[[Store], Answer]) -> Answer:
        """The answer to a question, worked out in a thread. It is stopped where its client goes away, or it takes longer
        than the limit. Raises BusyError, SlowError or GoneError, and whatever the question raises."""
        return await self._ask(_disconnected(request), question)

    async def _ask(self, leaving: Coroutine[Any, Any, None], question: Callable[[Store], Answer]) -> Answer:
        gone: asyncio.Future[None] = asyncio.ensure_future(leaving)
        if self._waiting >= MOST_WAITING:
            gone.cancel()
            raise BusyError
        self._waiting += 1
        stop = threading.Event()
        try:
            work: asyncio.Future[Answer] = asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question, stop)
            work.add_done_callback(_heard)
            both: set[asyncio.Future[Any]] = {work, gone}
            done, _ = await asyncio.wait(both, timeout=self._limit_s, return_when=asyncio.FIRST_COMPLETED)
            if work in done:
                return work.result()
            stop.set()
            with contextlib.suppress(Exception):  # what a stopped query says
                await work
            raise GoneError if gone in done else SlowError
        finally:
            stop.set()  # also where the server ends amid the question
            gone.cancel()
            self._waiting -= 1

    async def ask_unasked(self, question: Callable[[Store], Answer]) -> Answer:
        """The answer to a question that no request asks. Raises as `ask` does."""
        return await self._ask(_never(), question)

    def _answer(self, question: Callable[[Store], Answer], stop: threading.Event) -> Answer:
        if stop.is_set():
            raise GoneError
        store = self._store()
        store.stop_when(lambda: stop.is_set() or self._closed.is_set())
        return question(store)

    def _store(self) -> Store:
        """The reader of this thread; a new one where the file was replaced."""
        known: tuple[tuple[int, int], Store] | None = getattr(self._own, "store", None)
        here = _identity(self.path)
        if known is None or known[0] != here:
            self._own.store = None  # whatever comes of opening: nobody asks the one that is closed
            if known is not None:
                known[1].close()
            known = self._own.store = here, Store(self.path, NAME, mapped=False)
        return known[1]


def _heard(work: asyncio.Future[Any]) -> None:
    """What a stopped question says is nobody's business where nobody asks any more."""
    if not work.cancelled():
        work.exception()


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


async def _disconnected(request: Request) -> None:
    """Comes back when the client is gone. The body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _never() -> None:
    await asyncio.Event().wait()
