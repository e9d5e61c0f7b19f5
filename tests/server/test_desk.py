"""Questions in threads: stopped when they take too long, turned away when there are too many."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Event

import pytest
from starlette.requests import Request

from logtrace.errors import StoreError
from logtrace.jobs.verbs.store import Store
from logtrace.server import desk as room
from logtrace.server.desk import BusyError, Desk, GoneError, SlowError
from tests.server.conftest import apart

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def request(gone_after_s: float = 60) -> Request:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(gone_after_s)
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


def run(desk: Desk, asking: Callable[[], Coroutine[object, object, object]]) -> object:
    try:
        return apart(asking)
    finally:
        desk.close()


def endless(store: Store) -> object:
    return store.reader.run(ENDLESS)


def test_an_answer(stories: Path):
    desk = Desk(stories)
    assert "worker" in run(desk, lambda: desk.ask(request(), lambda store: store.services_with_spans()))


def test_a_long_question_is_stopped(stories: Path):
    desk = Desk(stories, limit_s=0.2)
    with pytest.raises(SlowError):  # which comes once the question has ended
        run(desk, lambda: desk.ask(request(), endless))


def test_a_question_that_nobody_waits_for_is_stopped(stories: Path):
    desk = Desk(stories)
    with pytest.raises(GoneError):
        run(desk, lambda: desk.ask(request(0.1), endless))


def test_the_reader_is_well_after_that(stories: Path):
    desk = Desk(stories, limit_s=0.2)

    async def asking() -> object:
        with pytest.raises(SlowError):
            await desk.ask(request(), endless)
        return await desk.ask(request(), lambda store: len(store.traces()))

    assert run(desk, asking)


def test_too_many_are_turned_away(stories: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "MOST_WAITING", 1)
    desk, begun, over = Desk(stories), Event(), Event()

    def work(_: Store) -> None:
        begun.set()
        over.wait()

    async def asking() -> object:
        first = asyncio.ensure_future(desk.ask(request(), work))
        while not begun.is_set():
            await asyncio.sleep(0.005)
        with pytest.raises(BusyError):
            await desk.ask(request(), lambda _: None)
        over.set()
        return await first

    run(desk, asking)


def test_a_store_that_was_damaged_and_came_back_answers_again(stories: Path, tmp_path: Path):
    path = tmp_path / "s.db"
    shutil.copy(stories, path)
    desk = Desk(path)

    async def asking() -> object:
        async def services() -> object:
            return await desk.ask(request(), lambda store: store.services_with_spans())

        known = await services()
        for _ in range(room.THREADS):
            await services()
        path.unlink()
        path.write_bytes(b"no store" * 1000)
        for _ in range(room.THREADS):
            with pytest.raises(StoreError):
                await services()
        path.unlink()
        shutil.copy(stories, path)
        return [await services() == known for _ in range(2 * room.THREADS)]

    assert run(desk, asking) == [True] * (2 * room.THREADS)
