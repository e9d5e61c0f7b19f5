from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logtrace.jobs.workers import forked
from logtrace.jobs.workers.forked import Made, in_forks


@pytest.fixture(autouse=True)
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "cores", lambda: 3)
    _others.clear()
    _others.update(_children())


_others: set[int] = set()
"""Children that there were before: of other tests, as multiprocessing's tracker of what is shared."""


def _children() -> set[int]:
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def _telling(work: Callable[[int], bytes]) -> Callable[[], Callable[[int], bytes]]:
    return lambda: work


def _all(pieces: Iterator[Made]) -> list[bytes]:
    return [made.taken() for made in pieces]


def _no_children() -> bool:
    return _children() <= _others


@pytest.mark.parametrize("many", [0, 1, 2, 50])
def test_all_is_made_in_order_and_elsewhere(many: int):
    made = _all(in_forks(range(many), _telling(lambda item: b"%d %d" % (item, os.getpid()))))
    assert [int(each.split()[0]) for each in made] == list(range(many))
    assert len({each.split()[1] for each in made} - {b"%d" % os.getpid()}) == min(many, 3)
    assert _no_children()


def test_what_is_larger_than_a_pipe_and_what_is_nothing_come_whole():
    sizes = [0, 5_000_000, 1, 0, 3_000_000] * 3
    assert [len(each) for each in _all(in_forks(sizes, _telling(bytes)))] == sizes


def test_a_fork_is_not_far_ahead():
    """What many forks make does not pile up in memory: a fork waits for who reads."""
    made = in_forks(range(300), _telling(lambda _: time.time_ns().to_bytes(8, "big") + bytes(200_000)))
    next(made).taken()
    time.sleep(0.3)
    asked = time.time_ns()
    assert sum(int.from_bytes(each[:8], "big") < asked for each in _all(made)) < 40


def test_what_a_fork_leaves_undone_is_done_here():
    here = os.getpid()

    def work(item: int) -> bytes:
        if os.getpid() != here and item == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"%d" % item

    assert _all(in_forks(range(20), _telling(work))) == [b"%d" % item for item in range(20)]


def _breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fork that comes to item 7 ends in the middle of what it says."""

    def say(pipe: int, made: bytes) -> None:
        if made[:1] == b"7":
            os.write(pipe, len(made).to_bytes(8, "big") + made[:1_000])
            os.kill(os.getpid(), signal.SIGKILL)
        usual(pipe, made)

    usual = forked._say
    monkeypatch.setattr(forked, "_say", say)


@pytest.fixture(params=["whole", "broken off"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "broken off":
        _breaks_off(monkeypatch)


_TEXTS = [
    b"%d" % item * size for item, size in zip(range(10), [1, 0, 9, 500_000, 2_000_000, 1, 0, 50_000, 3, 700_000], strict=True)
]


@pytest.mark.usefixtures("ends")
def test_what_is_made_comes_whole():
    assert _all(in_forks(_TEXTS, _telling(bytes))) == _TEXTS
    assert _no_children()


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("flags", [0, os.O_APPEND], ids=["over", "behind"])
@pytest.mark.parametrize("splices", [True, False])
def test_what_is_made_goes_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, splices: bool):
    """Also to the end of one, where the system moves nothing by itself."""
    if not splices:
        monkeypatch.delattr(os, "splice", raising=False)
    file = os.open(tmp_path / "x", os.O_CREAT | os.O_WRONLY | flags)
    os.write(file, b"before")
    for made in in_forks(_TEXTS, _telling(bytes)):
        made.move(file)
    os.close(file)
    assert (tmp_path / "x").read_bytes() == b"before" + b"".join(_TEXTS)


def test_who_reads_no_more_is_told_of():
    ours, theirs = os.pipe()
    os.close(ours)
    made = in_forks(_TEXTS, _telling(bytes))
    with pytest.raises(BrokenPipeError):
        next(made).move(theirs)
    made.close()  # type: ignore[attr-defined]
    os.close(theirs)
    assert _no_children()


def test_where_there_can_be_no_more_forks_the_rest_is_done_here(monkeypatch: pytest.MonkeyPatch):
    fork, begun = os.fork, iter(range(10))

    def once() -> int:
        if next(begun):
            raise BlockingIOError
        return fork()

    monkeypatch.setattr(os, "fork", once)
    made = _all(in_forks(range(9), _telling(lambda item: b"%d %d" % (item, os.getpid()))))
    assert [int(each.split()[0]) for each in made] == list(range(9))
    assert [each.endswith(b" %d" % os.getpid()) for each in made] == [False, True, True] * 3


def test_trouble_is_told_here(capfd: pytest.CaptureFixture[str]):
    def work(item: int) -> bytes:
        if item == 5:
            raise ValueError("item 5")
        return b"x"

    made = in_forks(range(20), _telling(work))
    with pytest.raises(ValueError, match="item 5"):
        _all(made)
    assert _no_children()
    assert capfd.readouterr() == ("", "")


def test_who_stops_early_ends_them():
    made = in_forks(range(10**9), _telling(lambda _: b"x" * 10_000))
    assert next(made).taken()[:1] == b"x"
    made.close()  # type: ignore[attr-defined]
    assert _no_children()
