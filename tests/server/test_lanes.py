"""Long questions make room for others, and for one another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

import pytest

from logtrace.jobs.verbs.store import Store
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


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


def test_what_is_answered_soon_does_not_wait_for_long_ones(stories: Path):
    """The long ones end only once the others are answered."""
    lanes, over = Lanes(QUICK_S, places=1), Event()
    desk = Desk(stories, lanes=lanes)

    async def asking() -> int:
        long = [asyncio.ensure_future(desk.ask(request(), working_until(over))) for _ in range(8)]
        await until(lambda: len(lanes._working) + len(lanes._resting) == 8)
        lanes._quick_s = 60  # on a busy machine anything may take long
        found = [await desk.ask(request(), lambda store: store.services_with_spans()) for _ in range(10)]
        over.set()
        await asyncio.gather(*long)
        return len(found)

    assert asked(desk, asking) == 10


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
    """The one before it has the only place until then."""
    lanes, over = Lanes(QUICK_S, places=1), Event()
    desk = Desk(stories, lanes=lanes)

    async def asking() -> float:
        first = asyncio.ensure_future(desk.ask(request(), working_until(over)))
        await until(lambda: bool(lanes._working))
        with pytest.raises(GoneError):
            await desk.ask(request(0.3), working_until(over))
        over.set()
        return await first

    assert asked(desk, asking)


def wait_for(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.005)


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
    for thread, at_work, at_rest in zip(threads, (1, 2, 2, 2), (0, 0, 1, 2), strict=True):
        thread.start()
        wait_for(lambda many=at_work, rest=at_rest: (len(order), len(lanes._resting)) == (many, rest))  # type: ignore[misc]
    ends["a1"].set()
    wait_for(lambda: len(order) == 3)
    for end in ends.values():
        end.set()
    for thread in threads:
        thread.join()
    assert order == ["a1", "a2", "b1", "a3"]


def test_few_begin_side_by_side():
    """Each goes on until another has begun after it; behind the last there is none."""
    lanes, at_work, most, begun, counting = Lanes(quick_s=600, most_quick=2), 0, 0, 0, Condition()

    def work() -> None:
        nonlocal at_work, most, begun
        turn = Turn("a", Event())
        lanes.enter(turn)
        with counting:
            at_work, begun = at_work + 1, begun + 1
            most = max(most, at_work)
            counting.notify_all()
            own = begun
            counting.wait_for(lambda: begun > own or begun == 8, 30)
        time.sleep(0.02)  # as long as others might begin that may not
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
    lanes, before = Lanes(quick_s=0.1, most_quick=1), time.monotonic()
    lanes.enter(Turn("a", Event()))
    lanes.enter(Turn("b", Event()))
    assert time.monotonic() - before >= 0.1


def test_who_waits_to_begin_goes_with_its_client():
    lanes, turn = Lanes(quick_s=60, most_quick=1), Turn("b", Event())
    lanes.enter(Turn("a", Event()))
    turn.stop.set()
    lanes.enter(turn)
    assert lanes.must_stop(turn)
