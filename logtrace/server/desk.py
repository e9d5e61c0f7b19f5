"""Questions to the store from many clients at once: readers in threads, few at a time, none for longer than a limit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request

from logtrace.errors import LogtraceError, StoreError
from logtrace.jobs.keeping.doctor import damage
from logtrace.jobs.verbs.store import Store
from logtrace.server.lanes import MOST_LONG, Lanes, Turn
from logtrace.store.file.database import beside
from logtrace.store.file.trouble import damage_in

Answer = TypeVar("Answer")

THREADS = 4
"""For questions that are answered soon, beside those for long ones."""

KEPT = 4
"""Readers that stay open: each remembers a part of the store."""

MOST_WAITING = 64
"""More questions than this at once are turned away."""

LIMIT_S = 30.0
"""No question may take longer."""

NAME = "this store"
"""What messages call the store: its path is nobody's business."""


class NoAnswerError(Exception):
    """A question that is not answered, whatever it is."""


class BusyError(NoAnswerError):
    """Too many questions at once."""


class SlowError(NoAnswerError):
    """A question that took too long was stopped."""


class GoneError(NoAnswerError):
    """Whoever asked does not wait any more."""


class DamagedError(NoAnswerError):
    """A row of the store is not what it can be; the text says what is wrong."""


class Desk:
    """Takes questions to one store. `path` may be replaced while it is open; readers see that."""

    def __init__(self, path: Path, limit_s: float = LIMIT_S, lanes: Lanes | None = None) -> None:
        self.path = path
        self._limit_s = limit_s
        self._asked: set[threading.Event] = set()
        self._threads = ThreadPoolExecutor(THREADS + MOST_LONG, thread_name_prefix="reader")
        self._lanes = lanes or Lanes()
        self._idle: deque[tuple[tuple[int, int], Store]] = deque()
        self._closed = threading.Event()
        self._looked: tuple[object, Future[StoreError | None]] | None = None

    def close(self) -> None:
        """Stops what is running, and waits until it has."""
        self._closed.set()
        for stop in tuple(self._asked):
            stop.set()
        self._threads.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop()[1].close()

    async def ask(self, request: Request, question: Callable[[Store], Answer]) -> Answer:
        """The answer to a question, worked out in a thread. It is stopped where its client goes away, or it takes longer
        than the limit. Raises NoAnswerError, and whatever the question raises."""
        client = request.client.host if request.client else ""
        return await self._told(client, _disconnected(request), question)

    async def _ask(self, client: str, leaving: Coroutine[Any, Any, None], question: Callable[[Store], Answer]) -> Answer:
        gone: asyncio.Future[None] = asyncio.ensure_future(leaving)
        if len(self._asked) >= MOST_WAITING:
            gone.cancel()
            raise BusyError
        stop = threading.Event()
        self._asked.add(stop)
        try:
            return await self._outcome(self._threads.submit(self._answer, question, client, stop), gone, stop)
        finally:
            stop.set()  # also where the server ends amid the question
            gone.cancel()
            self._asked.discard(stop)

    async def _outcome(self, job: Future[Answer], gone: asyncio.Future[None], stop: threading.Event) -> Answer:
        work = asyncio.wrap_future(job)
        work.add_done_callback(_heard)
        try:
            both: tuple[asyncio.Future[Any], ...] = work, gone
            await asyncio.wait(both, timeout=self._limit_s, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            stop.set()
            if not job.cancel():
                with contextlib.suppress(Exception):  # what a stopped query says
                    await work
            raise GoneError if gone.done() else SlowError
        finally:
            del job, work, both  # an error holds this frame: were it held from here, all of the question would stay for a while

    async def ask_unasked(self, question: Callable[[Store], Answer]) -> Answer:
        """The answer to a question that no request asks. Raises as `ask` does."""
        return await self._told("", _never(), question)

    async def _told(self, client: str, leaving: Coroutine[Any, Any, None], question: Callable[[Store], Answer]) -> Answer:
        """As `_ask`. What fails where nothing can fail may come of damage."""
        try:
            return await self._ask(client, leaving, question)
        except (LogtraceError, NoAnswerError):
            raise
        except Exception as error:
            if wrong := await self._damage():
                raise DamagedError(wrong) from error
            raise

    async def _damage(self) -> str:
        """What is wrong with the store; "" where all is well, or looking takes longer than a question may. Each state of the
        file is looked at once."""
        state = _state(self.path)
        if self._looked is None or self._looked[0] != state:
            self._looked = state, self._threads.submit(damage, self.path)
        looking = self._looked[1]
        await asyncio.wait((asyncio.wrap_future(looking),), timeout=self._limit_s)
        found = looking.result() if looking.done() else None
        return damage_in(found, self.path) if found else ""

    def _answer(self, question: Callable[[Store], Answer], client: str, stop: threading.Event) -> Answer:
        turn = Turn(client, stop)
        self._lanes.enter(turn)
        try:
            with self._store() as store:
                store.stop_when(lambda: self._lanes.must_stop(turn))
                return question(store)
        except Exception as error:
            if turn.is_refused:
                raise BusyError from None
            if isinstance(error, StoreError) and (wrong := damage_in(error, self.path)):
                raise DamagedError(wrong) from error
            raise
        finally:
            self._lanes.leave(turn)

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        """A reader that nobody else has, by turns: so each soon has what it keeps. Never one of a file that was replaced."""
        here = _identity(self.path)
        known: tuple[tuple[int, int], Store] | None = None
        while known is None or known[0] != here:
            if known is not None:
                known[1].close()
            try:
                known = self._idle.popleft()
            except IndexError:
                known = here, Store(self.path, NAME, light=True)
        try:
            yield known[1]
        finally:
            if len(self._idle) < KEPT and not self._closed.is_set():
                self._idle.append(known)
            else:
                known[1].close()


def _heard(work: asyncio.Future[Any]) -> None:
    """What a stopped question says is nobody's business where nobody asks any more."""
    if not work.cancelled():
        work.exception()


def _state(path: Path) -> tuple[object, ...]:
    """What is another once a store was written."""
    found: list[object] = []
    for file in (path, beside(path, "-wal")):
        with contextlib.suppress(OSError):
            found += (file.stat().st_ino, file.stat().st_size, file.stat().st_mtime_ns)
    return tuple(found)


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
