"""Worker processes, and the same work without them.

Small inputs are worked on in this very process: starting others would take longer than the work. The messages are the
same in both cases, so the results are equal by construction.
"""

from __future__ import annotations

import fcntl
import marshal
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, cast

from logtrace.errors import LogtraceError

Message = tuple[Any, ...]


class Handler(Protocol):
    """What a worker does: one message in, one message out; both made of plain values."""

    def __call__(self, message: Message, /) -> Message: ...
    def close(self) -> None: ...


class Pool(Protocol):
    """Takes jobs and gives answers, in any order. Every job gets exactly one answer."""

    def room(self) -> bool: ...
    def send(self, message: Message) -> None: ...
    def answers(self, *, at_once: bool = False) -> Iterator[tuple[int, Message]]: ...
    def tell(self, worker: int, message: Message, /) -> None: ...
    def tell_all(self, message: Message, /) -> None: ...
    def close(self) -> None: ...


class InProcess:
    """A pool of one worker that is this process."""

    def __init__(self, make: Callable[[], Handler]) -> None:
        self._handle = make()
        self._waiting: list[Message] = []

    def room(self) -> bool:
        """Whether another job may be sent before answers are taken."""
        return not self._waiting

    def send(self, message: Message) -> None:
        """Gives a job."""
        self._waiting.append(message)

    def answers(self, *, at_once: bool = False) -> Iterator[tuple[int, Message]]:
        """(worker, answer) of the jobs sent so far; none at once: they are done when they are waited for."""
        while self._waiting and not at_once:
            yield 0, self._handle(self._waiting.pop(0))

    def tell(self, _worker: int, message: Message, /) -> None:
        """Says something to one worker that has no answer."""
        self._handle(message)

    def tell_all(self, message: Message, /) -> None:
        """Says something to all workers that has no answer."""
        self._handle(message)

    def close(self) -> None:
        """Ends the worker."""
        self._handle.close()


class _Worker:
    """A worker process as its parent has it.

    jobs     those that it was given, and has not answered
    held     what it is sent once it has taken what it was sent before
    unread   sizes of what it was sent and may not have taken, and whether each is a job
    """

    def __init__(self, process: BaseProcess, down: Connection, up: Connection) -> None:
        self.process, self.down, self.up = process, down, up
        self.jobs = 0
        self.held: deque[tuple[bytes, bool]] = deque()
        self.unread: deque[tuple[int, bool]] = deque()
        self._room = _widened(down) // 2

    def put(self, message: Message, *, is_job: bool) -> None:
        """Gives it a message. Who sends never waits for who works: both could then wait for the other."""
        self.jobs += is_job
        self.held.append((marshal.dumps(message), is_job))
        self._send()

    def take(self) -> bytes:
        """Its next answer, as it is there. Raises EOFError or OSError where it is gone."""
        data = self.up.recv_bytes()
        self.jobs -= 1
        while not self.unread.popleft()[1]:  # what it was told before the job that this answers
            pass
        self._send()
        return data

    def _send(self) -> None:
        while self.held and self._takes(len(self.held[0][0])):
            data, is_job = self.held.popleft()
            self.unread.append((len(data), is_job))
            self.down.send_bytes(data)

    def _takes(self, size: int) -> bool:
        is_idle = not any(is_job for _, is_job in self.unread)
        return is_idle or size + sum(size for size, _ in self.unread) <= self._room


class Processes:
    """A pool of worker processes. They end when this process does, however it ends.

    Each has a job to go on with while its last answer waits to be taken.
    """

    def __init__(self, make: Callable[[], Handler], count: int) -> None:
        context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
        self._workers: list[_Worker] = []
        for _ in range(count):
            (theirs, down), (up, answers) = context.Pipe(duplex=False), context.Pipe(duplex=False)
            _widened(answers)
            ours = [down, up, *(end for worker in self._workers for end in (worker.down, worker.up))]
            process = context.Process(target=_serve, args=(theirs, answers, ours, make, os.getpid()), daemon=True)
            process.start()
            theirs.close()
            answers.close()
            self._workers.append(_Worker(process, down, up))

    def room(self) -> bool:
        """Whether another job may be sent before answers are taken."""
        return min(worker.jobs for worker in self._workers) < AHEAD

    def send(self, message: Message) -> None:
        """Gives a job to the least busy worker."""
        worker = min(self._workers, key=lambda each: each.jobs)
        with self._telling(worker):
            worker.put(message, is_job=True)

    def answers(self, *, at_once: bool = False) -> Iterator[tuple[int, Message]]:
        """(worker, answer) of what is ready; waits for at least one while jobs are open, unless it is asked for at once."""
        busy = {worker.up: number for number, worker in enumerate(self._workers) if worker.jobs}
        if not busy:
            return
        for ready in wait(busy, 0 if at_once else None):
            number = busy[cast(Connection, ready)]
            with self._telling(self._workers[number]):
                data = self._workers[number].take()
            if data == _NO_MEMORY:
                raise LogtraceError("a worker process has not enough memory", _MORE_MEMORY)
            if data.startswith(_MISTAKE):
                raise _mistake(*marshal.loads(data[len(_MISTAKE) :]))
            yield number, marshal.loads(data)

    def tell(self, worker: int, message: Message, /) -> None:
        """Says something to one worker that has no answer."""
        with self._telling(self._workers[worker]):
            self._workers[worker].put(message, is_job=False)

    def tell_all(self, message: Message, /) -> None:
        """Says something to all workers that has no answer. No jobs may be open."""
        for worker in range(len(self._workers)):
            self.tell(worker, message)

    @contextmanager
    def _telling(self, worker: _Worker) -> Iterator[None]:
        """Raises LogtraceError where the worker turns out to be gone."""
        try:
            yield
        except (EOFError, OSError) as error:
            raise self._ended(worker.process) from error

    def _ended(self, process: BaseProcess) -> LogtraceError:
        """What to say of a worker that is gone."""
        process.join(timeout=1)
        if process.exitcode == -signal.SIGKILL:
            return LogtraceError("a worker process was killed, as the system does where memory runs out", _MORE_MEMORY)
        return LogtraceError("a worker process ended unexpectedly", "run the command again: it goes on where it stopped")

    def close(self) -> None:
        """Ends the workers."""
        for worker in self._workers:
            worker.down.close()
            worker.up.close()
        for worker in self._workers:
            worker.process.join(timeout=1)
            if worker.process.is_alive():
                worker.process.terminate()


AHEAD = 2
"""So many jobs a worker has: the one it works on, and the next. While what it made is written it goes on."""

_PIPE = 1 << 20


def _widened(pipe: Connection) -> int:
    """So many bytes a pipe holds that nobody reads, more than at first where the system lets it; 0 where that can't be told."""
    try:
        return fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    except OSError:  # this user has many wide pipes already
        return fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ)
    except AttributeError:  # not Linux
        return 0


def _serve(asked: Connection, answers: Connection, others: list[Connection], make: Callable[[], Handler], parent: int) -> None:
    """The life of a worker process: answers messages until the pipe closes or its parent is gone."""
    import gc

    from logtrace.jobs.workers.allocation import keep_memory

    for other in others:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    gc.disable()  # the values of a block are trees that reference counts free
    keep_memory()
    handle = make()
    while os.getppid() == parent:
        if not asked.poll(1.0):
            continue
        try:
            answer = handle(marshal.loads(asked.recv_bytes()))
            if answer:
                answers.send_bytes(marshal.dumps(answer))
        except (EOFError, OSError):
            return
        except MemoryError:
            answers.send_bytes(_NO_MEMORY)
            return
        except Exception as error:  # noqa: BLE001 - told where all mistakes are
            import traceback

            told = (f"{type(error).__name__}: {error}", traceback.format_exc())
            answers.send_bytes(_MISTAKE + marshal.dumps(told))
            return


def _mistake(told: str, where: str) -> RuntimeError:
    error = RuntimeError(f"in a worker process: {told}")
    error.add_note(where)
    return error


_NO_MEMORY, _MISTAKE = b"no memory", b"mistake "
"""Answers, or what they begin with, that marshal writes none like."""

_MORE_MEMORY = "the same command goes on where it stopped, with more memory, or on fewer or smaller files"


def make_pool(make: Callable[[], Handler], size: int) -> Pool:
    """Processes where `size` bytes are worth them, else this process: one for each core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Processes(make, cores) if size > PROCESS_FROM and cores > 1 else InProcess(make)


PROCESS_FROM = 6 * 1024 * 1024
"""Bytes of input from which worker processes pay."""
