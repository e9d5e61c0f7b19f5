"""One receiver and one store: the traces that it is to have go there, as often as that is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from logtrace.delivery import Pushed
from logtrace.errors import UsageError
from logtrace.ids import TraceId
from logtrace.jobs.push.outcome import Sender
from logtrace.jobs.push.target import GRPC, Target
from logtrace.store.upkeep.preserve import trace_rows
from logtrace.store.upkeep.pushed import Mark, Memory, Receiver, Sent

if TYPE_CHECKING:
    from logtrace.jobs.push.batches import Item
    from logtrace.jobs.push.pusher import Pusher
    from logtrace.jobs.verbs.store import Store
    from logtrace.model import Trace

Progress = Callable[[int, int], None]
"""Called with spans done and spans in all."""


class How(NamedTuple):
    """How traces are pushed.

    name            under which the receiver is remembered; "": its address
    batch           spans in a request at most
    timeout_s       for each request and its answer
    retry_s         so long the same batch is tried again
    rate            spans a second at most; None: any
    again           also what the receiver took before
    only_new        not what it took in another form
    ask             a Jaeger that shows what the receiver has: what is in doubt is sent again only where it is missing there
    """

    name: str = ""
    batch: int = 512
    zipped: bool = True
    timeout_s: float = 10.0
    retry_s: float = 300.0
    rate: float | None = None
    again: bool = False
    only_new: bool = False
    ask: Target | None = None


def require_libraries(target: Target) -> None:
    """Raises UsageError where what it takes to speak with a receiver is not installed."""
    try:
        import google.rpc.status_pb2  # noqa: F401
        import opentelemetry.proto.collector.trace.v1.trace_service_pb2  # noqa: F401

        if target.protocol == GRPC:
            import logtrace.jobs.push.over_grpc  # noqa: F401 - keeps gRPC from writing to stderr by itself, before it is loaded
    except ImportError as error:
        raise UsageError("push needs the libraries of the protocol", "pip install 'logtrace[push]'") from error


class Session:
    """Pushes traces of an opened store. Use it in a `with` statement; it keeps all others from pushing to the same receiver."""

    def __init__(
        self, store: Store, target: Target, how: How, say: Callable[[str], None], stop: threading.Event,
        progress: Progress | None = None, *, live: bool = False,
    ) -> None:  # fmt: skip
        """live: traces still grow, so spans without an end wait for it; and a receiver that is not there is waited for."""
        self._store = store
        self._target = target
        self._how = how
        self._say = say
        self._stop = stop
        self._progress = progress
        self._live = live
        self._name = how.name or target.address
        self._known = Receiver(store.reader, self._name)
        self._stack = ExitStack()
        self._pusher: Pusher | None = None
        self._started = time.monotonic()
        self._memory: Memory | None = None
        self._traces = self._spans = self._same = self._changed = self._open = self._doubtful = 0

    def __enter__(self) -> Session:
        from logtrace.jobs.push.pusher import Limits, Pusher

        with ExitStack() as stack:
            memory = Memory(self._store.path, self._name)
            stack.callback(memory.close)
            stack.enter_context(memory.alone())
            sender = sender_of(self._target, self._how)
            stack.callback(sender.close)
            limits = Limits(self._how.rate, self._how.retry_s, patient=self._live)
            self._memory = memory
            self._pusher = Pusher(sender, memory, limits, self._stop, self._say)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def push(self, traces: list[TraceId]) -> None:
        """Pushes what the receiver does not have of some traces. Raises HaltedError, StoppedError, StoreError."""
        from logtrace.jobs.push.batches import batches

        assert self._pusher is not None
        self._traces += len(traces)
        for batch in batches(self._items(traces), self._most()):
            self._pusher.push(batch)

    def would(self, traces: list[TraceId]) -> Pushed:
        """What a push of some traces would do. Nothing is sent and nothing is written."""
        from logtrace.jobs.push.batches import batches

        self._traces += len(traces)
        to_send = number = size = changed = 0
        for batch in batches(self._items(traces), self._most()):
            number += 1
            to_send += len(batch)
            size += sum(item.size for item in batch)
            changed += sum(item.mark.changed for item in batch)
        return replace(self.account(), dry=True, to_send=to_send, batches=number, bytes_sent=size, changed=changed)

    def account(self) -> Pushed:
        """What was done by now."""
        done = self._pusher
        return Pushed(
            self._name, self._traces, self._spans, known=self._same, doubtful=self._doubtful,
            left_changed=self._changed, left_open=self._open, wall_s=time.monotonic() - self._started,
            **(done.figures() if done else {}),
        )  # fmt: skip

    def _most(self) -> int:
        rate = self._how.rate
        return self._how.batch if rate is None else max(1, min(self._how.batch, int(rate)))

    def _items(self, traces: Iterable[TraceId]) -> Iterator[list[Item]]:
        """What is to be sent of each trace."""
        from logtrace.jobs.push.batches import items_of

        how = self._how
        sizes = self._sizes(traces) if self._progress else {}
        done, every = 0, sum(sizes.values())
        for key in traces:
            trace = self._store.reader.trace(key)
            if trace is None:
                continue  # it went meanwhile
            sent = self._settled(trace, key, self._known.of_trace(key.low, key.high))
            items, skipped = items_of(key, trace, sent, again=how.again, only_new=how.only_new, ended=self._live)
            self._spans += len(items) + sum(skipped)
            self._same += skipped.known
            self._changed += skipped.changed
            self._open += skipped.open
            self._doubtful += skipped.doubtful
            yield items
            if self._progress:
                done += sizes.get(key[:2], 0)
                self._progress(done, every)

    def _settled(self, trace: Trace, key: TraceId, sent: dict[int, Sent]) -> dict[int, Sent]:
        """What was sent of a trace, where a Jaeger is to be asked: as far as that has it. Raises RemoteError."""
        from logtrace.jobs.push.verify import span_keys

        doubtful = {each for each, was in sent.items() if was.parted or not was.answered}
        if self._how.ask is None or not doubtful:
            return sent
        there = doubtful & span_keys(self._how.ask, self._how.timeout_s, trace.trace_id)
        if self._memory is not None:
            self._memory.settle(Mark(key.low, key.high, each, sent[each].digest, None) for each in there)
        certain = {each: was._replace(answered=True, parted=False) for each, was in sent.items()}
        return {each: was for each, was in certain.items() if each in there or each not in doubtful}

    def _sizes(self, traces: Iterable[TraceId]) -> dict[tuple[int, int], int]:
        wanted = {key[:2] for key in traces}
        return {row[:2]: row.spans for row in trace_rows(self._store.reader) if row[:2] in wanted}


def sender_of(target: Target, how: How) -> Sender:
    """What sends to a receiver."""
    if target.protocol == GRPC:
        from logtrace.jobs.push.over_grpc import GrpcSender

        return GrpcSender(target, how.timeout_s, zipped=how.zipped)
    from logtrace.jobs.push.over_http import HttpSender

    return HttpSender(target, how.timeout_s, zipped=how.zipped)
