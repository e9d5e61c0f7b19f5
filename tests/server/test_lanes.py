"""Long questions make room for others, and for one another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest

from logtrace.jobs.store import Store
from logtrace.server.desk import BusyError, Desk, GoneError
from logtrace.server.lanes import Lanes, Turn
from tests.server.conftest import apart
from tests.server.test_desk import request

QUICK_S = 0.05


def asked(desk: Desk, asking: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    try:
        return apart(asking)
    finally:
        desk.close()


def working_until(over: Event) -> Callable[[Store], float]:
    """A question that goes on query by query until something happens; gives when it ended."""

    def question(store: Store) -> float:
        while not over.is_set():
            store.reader.run("SELECT 1")
            time.sleep(0.005)
        return time.monotonic()

    return question


def test_what_is_answered_soon_does_not_wait_for_long_ones(stories: Path):
    desk, over = Desk(stories, lanes=Lanes(QUICK_S, places=1)), Event()

    async def asking() -> float:
        long = [asyncio.ensure_future(desk.ask(request(), working_until(over))) for _ in range(8)]
        await asyncio.sleep(4 * QUICK_S)
        started = time.monotonic()
        for _ in range(10):
            await desk.ask(request(), lambda store: store.services_with_spans())
        took = time.monotonic() - started
        over.set()
        await asyncio.gather(*long)
        return took

    assert asked(desk, asking) < 5


def test_long_ones_beyond_a_number_are_turned_away(stories: Path):
    desk, over = Desk(stories, lanes=Lanes(QUICK_S, places=1, most_long=2)), Event()

    async def asking() -> list[Any]:
        long = [asyncio.ensure_future(desk.ask(request(), working_until(over))) for _ in range(3)]
        done, _ = await asyncio.wait(long, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await asyncio.wait(long)
        assert len(done) == 1
        return [each.exception() for each in long if each.exception()]

    (found,) = asked(desk, asking)
    assert isinstance(found, BusyError)


def test_one_that_rests_ends_when_its_client_goes(stories: Path):
    desk, over = Desk(stories, lanes=Lanes(QUICK_S, places=1)), Event()

    async def asking() -> float:
        first = asyncio.ensure_future(desk.ask(request(), working_until(over)))
        await asyncio.sleep(4 * QUICK_S)
        started = time.monotonic()
        with pytest.raises(GoneError):
            await desk.ask(request(0.3), working_until(over))
        took = time.monotonic() - started
        over.set()
        await first
        return took

    assert asked(desk, asking) < 5


def test_a_client_with_many_long_ones_does_not_keep_another_out():
    lanes = Lanes(quick_s=0, places=2)
    order: list[str] = []
    ends = {name: Event() for name in ("a1", "a2", "a3", "b1")}

    def work(name: str) -> None:
        turn = Turn(name[0], Event())
        lanes.enter(turn)
        lanes.must_stop(turn)
        order.append(name)
        ends[name].wait()
        lanes.leave(turn)

    threads = [Thread(target=work, args=(name,)) for name in ends]
    for thread, at_work in zip(threads, (1, 2, 2, 2), strict=True):
        thread.start()
        while len(order) < at_work:
            time.sleep(0.01)
        time.sleep(0.05)
    ends["a1"].set()
    while len(order) < 3:
        time.sleep(0.01)
    for end in ends.values():
        end.set()
    for thread in threads:
        thread.join()
    assert order == ["a1", "a2", "b1", "a3"]


def test_few_begin_side_by_side():
    lanes, at_work, most, counting = Lanes(most_quick=2), 0, 0, Lock()

    def work() -> None:
        nonlocal at_work, most
        turn = Turn("a", Event())
        lanes.enter(turn)
        with counting:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with counting:
            at_work -= 1
        lanes.leave(turn)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_who_works_for_long_without_a_query_keeps_nobody_out():
    lanes = Lanes(quick_s=0.1, most_quick=1)
    lanes.enter(Turn("a", Event()))
    started = time.monotonic()
    lanes.enter(Turn("b", Event()))
    assert 0.05 < time.monotonic() - started < 5


def test_who_waits_to_begin_goes_with_its_client():
    lanes, turn = Lanes(quick_s=60, most_quick=1), Turn("b", Event())
    lanes.enter(Turn("a", Event()))
    turn.stop.set()
    lanes.enter(turn)
    assert lanes.must_stop(turn)
