"""Worker processes, and the same work without them.

Small inputs are worked on in this very process: starting others would take longer than the work. The messages are the
same in both cases, so the results are equal by construction.
"""

from __future__ import annotations

import marshal
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

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
    def answers(self) -> Iterator[tuple[int, Message]]: ...
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

    def answers(self) -> Iterator[tuple[int, Message]]:
        """(worker, answer) of the jobs sent so far."""
        while self._waiting:
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


class Processes:
    """A pool of worker processes. They end when this process does, however it ends.

    A worker has one job at a time and is sent nothing while it works: both ends may then write without a deadlock.
    """

    def __init__(self, make: Callable[[], Handler], count: int) -> None:
        context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
        self._pipes: list[Connection] = []
        self._open: dict[Connection, int] = {}
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, [*self._pipes, ours], make, os.getpid()), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._open[ours] = 0
            self._processes.append(process)

    def room(self) -> bool:
        """Whether another job may be sent before answers are taken."""
        return min(self._open.values()) == 0

    def send(self, message: Message) -> None:
        """Gives a job to the least busy worker."""
        pipe = min(self._pipes, key=lambda p: self._open[p])
        self._open[pipe] += 1
        self._put(pipe, message)

    def answers(self) -> Iterator[tuple[int, Message]]:
        """(worker, answer) of what is ready; waits for at least one while jobs are open."""
        if not any(self._open.values()):
            return
        for ready in wait([pipe for pipe in self._pipes if self._open[pipe]]):
            pipe = next(p for p in self._pipes if p is ready)
            try:
                data = pipe.recv_bytes()
            except (EOFError, OSError) as error:
                raise self._ended(pipe) from error
            if data == _NO_MEMORY:
                raise LogtraceError("a worker process has not enough memory", _MORE_MEMORY)
            if data.startswith(_MISTAKE):
                raise _mistake(*marshal.loads(data[len(_MISTAKE) :]))
            self._open[pipe] -= 1
            yield self._pipes.index(pipe), marshal.loads(data)

    def tell(self, worker: int, message: Message, /) -> None:
        """Says something to one worker that has no answer."""
        self._put(self._pipes[worker], message)

    def tell_all(self, message: Message, /) -> None:
        """Says something to all workers that has no answer. No jobs may be open."""
        for pipe in self._pipes:
            self._put(pipe, message)

    def _put(self, pipe: Connection, message: Message) -> None:
        try:
            pipe.send_bytes(marshal.dumps(message))
        except OSError as error:
            raise self._ended(pipe) from error

    def _ended(self, pipe: Connection) -> LogtraceError:
        """What to say of a worker that is gone."""
        process = self._processes[self._pipes.index(pipe)]
        process.join(timeout=1)
        if process.exitcode == -signal.SIGKILL:
            return LogtraceError("a worker process was killed, as the system does where memory runs out", _MORE_MEMORY)
        return LogtraceError("a worker process ended unexpectedly", "run the command again: it goes on where it stopped")

    def close(self) -> None:
        """Ends the workers."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(timeout=1)
            if process.is_alive():
                process.terminate()


def _serve(pipe: Connection, others: list[Connection], make: Callable[[], Handler], parent: int) -> None:
    """The life of a worker process: answers messages until the pipe closes or its parent is gone."""
    import gc

    from logtrace.jobs.allocation import keep_memory

    for other in others:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    gc.disable()  # the values of a block are trees that reference counts free
    keep_memory()
    handle = make()
    while os.getppid() == parent:
        if not pipe.poll(1.0):
            continue
        try:
            answer = handle(marshal.loads(pipe.recv_bytes()))
            if answer:
                pipe.send_bytes(marshal.dumps(answer))
        except (EOFError, OSError):
            return
        except MemoryError:
            pipe.send_bytes(_NO_MEMORY)
            return
        except Exception as error:  # noqa: BLE001 - told where all mistakes are
            import traceback

            told = (f"{type(error).__name__}: {error}", traceback.format_exc())
            pipe.send_bytes(_MISTAKE + marshal.dumps(told))
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
