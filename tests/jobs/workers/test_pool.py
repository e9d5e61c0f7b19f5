from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from logtrace.errors import LogtraceError
from logtrace.jobs.workers.pool import AHEAD, PROCESS_FROM, InProcess, Processes, make_pool


class Adder:
    """Adds up what it is told; answers ("sum",) with the sum so far. Waits for a file where it is told so."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, message):
        if message[0] == "die":
            os._exit(3)
        if message[0] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        while message[0] == "wait" and not Path(message[1]).exists():
            time.sleep(0.005)
        if message[0] == "eat":
            raise MemoryError
        if message[0] == "touch":
            Path(message[1]).touch()
        if message[0] in ("echo", "touch", "wait"):
            return message
        if message[0] == "add":
            self.total += message[1]
            return ()
        return ("sum", self.total + message[1])

    def close(self) -> None:
        self.total = -1


@pytest.fixture(params=[InProcess, lambda make: Processes(make, 2)], ids=["in process", "processes"])
def pool(request):
    made = request.param(Adder)
    yield made
    made.close()


def answers(pool, count):
    found = []
    while len(found) < count:
        found += pool.answers()
    return found


def test_every_job_has_one_answer(pool):
    found = []
    for number in range(50):
        while not pool.room():
            found += pool.answers()
        pool.send(("sum", number))
    found += answers(pool, 50 - len(found))
    assert sorted(answer for _, answer in found) == [("sum", number) for number in range(50)]
    assert list(pool.answers()) == []


def test_what_is_ready_is_had_at_once(tmp_path: Path):
    """A job that goes on is not waited for."""
    pool = Processes(Adder, 1)
    job = ("wait", str(tmp_path / "over"))
    pool.send(job)
    assert list(pool.answers(at_once=True)) == []
    (tmp_path / "over").touch()
    until, found = time.monotonic() + 30, []
    while not found and time.monotonic() < until:
        found += pool.answers(at_once=True)
    assert found == [(0, job)]
    pool.close()


def test_a_pool_of_this_process_does_what_is_waited_for():
    pool = InProcess(Adder)
    pool.send(("sum", 3))
    assert list(pool.answers(at_once=True)) == []
    assert list(pool.answers()) == [(0, ("sum", 3))]


def test_what_one_worker_is_told_only_it_knows(pool):
    pool.send(("sum", 0))
    ((worker, _),) = answers(pool, 1)
    pool.tell(worker, ("add", 7))
    pool.send(("sum", 0))
    ((again, answer),) = answers(pool, 1)
    assert (answer == ("sum", 7)) == (again == worker)


def test_a_worker_that_dies_is_told_as_an_error():
    pool = Processes(Adder, 1)
    pool.send(("die",))
    with pytest.raises(LogtraceError, match="ended unexpectedly"):
        list(pool.answers())
    pool.close()


def test_room_is_where_a_worker_has_no_job_to_go_on_with():
    pool = Processes(Adder, 2)
    for _ in range(2 * AHEAD):
        assert pool.room()
        pool.send(("sum", 0))
    assert not pool.room()
    first = answers(pool, 1)  # or both workers' at once
    assert pool.room()
    answers(pool, 2 * AHEAD - len(first))
    pool.close()


def test_a_worker_goes_on_while_its_answer_is_not_taken(tmp_path):
    pool = Processes(Adder, 1)
    pool.send(("echo", bytes(300_000)))
    pool.send(("touch", str(tmp_path / "second")))
    until = time.monotonic() + 20
    while not (tmp_path / "second").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert [answer[0] for _, answer in answers(pool, 2)] == ["echo", "touch"]
    pool.close()


@pytest.mark.parametrize("size", [10, 40_000, 700_000, 3_000_000])
def test_nobody_waits_for_the_other_whatever_is_sent(size):
    """Jobs, answers and what is told may all be larger than any pipe. (Where somebody waits for ever, this does not end.)"""
    pool, found = Processes(Adder, 2), []
    for number in range(12):
        while not pool.room():
            for worker, answer in pool.answers():
                found.append(answer)
                pool.tell(worker, ("add", 0, bytes(size)))
        pool.send(("echo", number, bytes(size)))
    found += [answer for _, answer in answers(pool, 12 - len(found))]
    assert sorted(answer[1] for answer in found) == list(range(12))
    assert {len(answer[2]) for answer in found} == {size}
    pool.close()


def test_small_inputs_are_worked_on_in_this_process():
    pool = make_pool(Adder, PROCESS_FROM)
    assert isinstance(pool, InProcess)
    pool.close()


@pytest.mark.parametrize(("message", "said"), [("die", "ended"), ("kill", "was killed"), ("eat", "not enough memory")])
def test_a_worker_that_is_gone_is_told_with_what_to_do(message, said, capfd):
    pool = Processes(Adder, 2)
    pool.send((message,))
    with pytest.raises(LogtraceError, match=said) as told:
        list(pool.answers())
    pool.close()
    assert ("memory" in told.value.hint) == (message != "die") and not capfd.readouterr().err


def test_a_mistake_in_a_worker_is_told_as_one_here(capfd):
    pool = Processes(Adder, 1)
    pool.send(("sum", "no number"))
    with pytest.raises(RuntimeError, match="in a worker process: TypeError: unsupported operand") as told:
        list(pool.answers())
    pool.close()
    assert "test_pool.py" in told.value.__notes__[0]
    assert not capfd.readouterr().err
