"""How long a connection may take to ask: one that sends half a request and waits holds a place that others need. And what is no
HTTP ends it quietly, wherever it comes.

As in other servers of HTTP the head of a request has a time, the pauses in its body have one, and where all places are taken the
connection that has kept the server waiting longest makes room.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0
"""From the connection, or the answer before, to the end of the head of a request."""
PAUSE_S = 30.0
"""Without a byte of the body."""


class Impatient(H11Protocol):
    """A connection that ends when its client takes too long to ask; the answer may take as long as it likes."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._waits: asyncio.TimerHandle | None = None
        self._waits_for: object = None
        self.since_s = 0.0

    @property
    def is_awaited(self) -> bool:
        """Whether it is the client's turn."""
        state = self.conn.their_state
        return state is h11.IDLE or (state is h11.SEND_BODY and not self.flow.read_paused)

    def connection_made(self, transport: Any) -> None:
        """Takes a place; of another, where all are taken."""
        super().connection_made(transport)
        self._wait()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self._take_place()

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        super().data_received(data)
        self._wait()

    def send_400_response(self, msg: str) -> None:
        """Tells a client that it speaks no HTTP, where an answer may say so; what was being answered goes to nobody."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # amid an answer; or to HEAD, whose answers have no body
            self.transport.abort()

    def on_response_complete(self) -> None:
        """The client may ask again."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _take_place(self) -> None:
        awaited = [each for each in self.connections if isinstance(each, Impatient) and each is not self and each.is_awaited]
        if awaited:
            last = min(awaited, key=lambda each: each.since_s)
            self.connections.discard(last)  # it goes at once, not when the system has told of its end
            last.transport.abort()

    def _wait(self) -> None:
        """For a head once, whatever comes of it meanwhile; for a body anew with each piece."""
        state = self.conn.their_state
        if state is h11.IDLE and self._waits_for is h11.IDLE:
            return
        self._stop_waiting()
        if state in (h11.IDLE, h11.SEND_BODY):
            self._waits_for, self.since_s = state, self.loop.time()
            self._waits = self.loop.call_later(HEAD_S if state is h11.IDLE else PAUSE_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
        self._waits = self._waits_for = None

    def _give_up(self) -> None:
        self._waits = self._waits_for = None
        if self.is_awaited:
            self.transport.abort()
        else:
            self._wait()
