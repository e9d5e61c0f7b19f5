from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from logtrace.jobs import forked
from logtrace.jobs.forked import in_forks


@pytest.fixture(autouse=True)
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "cores", lambda: 3)


def _telling(work: Callable[[int], bytes]) -> Callable[[], Callable[[int], bytes]]:
    return lambda: work


def _no_children() -> bool:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    return True


@pytest.mark.parametrize("many", [0, 1, 2, 50])
def test_all_is_made_in_order_and_elsewhere(many: int):
    made = list(in_forks(range(many), _telling(lambda item: b"%d %d" % (item, os.getpid()))))
    assert [int(each.split()[0]) for each in made] == list(range(many))
    assert len({each.split()[1] for each in made} - {b"%d" % os.getpid()}) == min(many, 3)
    assert _no_children()


def test_what_is_larger_than_a_pipe_and_what_is_nothing_come_whole():
    sizes = [0, 5_000_000, 1, 0, 3_000_000] * 3
    assert [len(each) for each in in_forks(sizes, _telling(bytes))] == sizes


def test_a_fork_is_not_far_ahead():
    """What many forks make does not pile up in memory: a fork waits for who reads."""
    made = in_forks(range(300), _telling(lambda _: time.time_ns().to_bytes(8, "big") + bytes(200_000)))
    next(made)
    time.sleep(0.3)
    asked = time.time_ns()
    assert sum(int.from_bytes(each[:8], "big") < asked for each in made) < 40


def test_what_a_fork_leaves_undone_is_done_here():
    here = os.getpid()

    def work(item: int) -> bytes:
        if os.getpid() != here and item == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"%d" % item

    assert list(in_forks(range(20), _telling(work))) == [b"%d" % item for item in range(20)]


def test_where_there_can_be_no_more_forks_the_rest_is_done_here(monkeypatch: pytest.MonkeyPatch):
    fork, begun = os.fork, iter(range(10))

    def once() -> int:
        if next(begun):
            raise BlockingIOError
        return fork()

    monkeypatch.setattr(os, "fork", once)
    made = list(in_forks(range(9), _telling(lambda item: b"%d %d" % (item, os.getpid()))))
    assert [int(each.split()[0]) for each in made] == list(range(9))
    assert [each.endswith(b" %d" % os.getpid()) for each in made] == [False, True, True] * 3


def test_trouble_is_told_here(capfd: pytest.CaptureFixture[str]):
    def work(item: int) -> bytes:
        if item == 5:
            raise ValueError("item 5")
        return b"x"

    made = in_forks(range(20), _telling(work))
    with pytest.raises(ValueError, match="item 5"):
        list(made)
    assert _no_children()
    assert capfd.readouterr() == ("", "")


def test_who_stops_early_ends_them():
    made = in_forks(range(10**9), _telling(lambda _: b"x" * 10_000))
    assert next(made)[:1] == b"x"
    made.close()  # type: ignore[attr-defined]
    assert _no_children()
