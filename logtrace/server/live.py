"""New traces as they come, told to the page (server-sent events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from logtrace.errors import LogtraceError
from logtrace.jobs.verbs.store import Store
from logtrace.model import TraceSummary
from logtrace.server.desk import Desk, NoAnswerError
from logtrace.views.json.shapes import summary_json

if TYPE_CHECKING:
    from logtrace.store.upkeep.status import Mark

LOOK_S = 1.0
MOST = 100
"""At most so many traces are told at once: the newest."""

MOST_LISTENERS = 16
_AT_ONCE = {"x-accel-buffering": "no"}
"""Proxies are not to gather what comes."""

_QUIET_LOOKS = 15
"""After so many looks without news a remark keeps proxies from closing the connection."""


async def live(request: Request) -> Response:
    """A stream of lists of traces, each as in a search."""
    listeners: list[int] = request.app.state.listeners
    if len(listeners) >= MOST_LISTENERS:
        return PlainTextResponse("too many listen already\n", 503)
    return _Listening(request, listeners)


class _Listening(StreamingResponse):
    """Counts among the listeners from the first moment to the last."""

    def __init__(self, request: Request, listeners: list[int]) -> None:
        super().__init__(_news(request), headers=_AT_ONCE, media_type="text/event-stream")
        self._listeners = listeners
        listeners.append(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._listeners.pop()


def _added(mark: Mark | None, store: Store) -> tuple[Mark, list[TraceSummary]]:
    return store.added(mark, MOST)


async def _news(request: Request) -> AsyncIterator[bytes]:
    desk: Desk = request.app.state.desk
    mark: Mark | None = None
    quiet = 0
    yield b": listening\n\n"
    while True:
        try:
            mark, found = await desk.ask_unasked(partial(_added, mark))
        except (LogtraceError, NoAnswerError):
            found = []
        if found:
            yield b"event: traces\ndata: " + orjson.dumps([summary_json(each) for each in found]) + b"\n\n"
        quiet = 0 if found else quiet + 1
        if quiet >= _QUIET_LOOKS:
            quiet = 0
            yield b": nothing new\n\n"
        await asyncio.sleep(LOOK_S)
