"""Answers go out at the pace of who reads them, and only so much waits to be read at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE = 256 * 1024
LARGE = 1024 * 1024
MOST_UNREAD = 256 * 1024 * 1024
PATIENCE_S = 20.0
"""Who takes longer to read a piece is left."""


class Paced:
    """Stands before an ASGI application. An answer that would be too much beside those that are on their way becomes 503;
    one that nobody goes on reading is ended."""

    def __init__(self, app: ASGIApp, most_unread: int = MOST_UNREAD, patience_s: float = PATIENCE_S) -> None:
        self._app = app
        self._most = most_unread
        self._patience_s = patience_s
        self._unread = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, refused = 0, False

        async def sending(message: Message) -> None:
            nonlocal size, refused
            if refused:
                return
            if message["type"] == "http.response.start":
                length = _length(message)
                if length >= LARGE and self._unread and self._unread + length > self._most:
                    refused = True
                    await _BUSY(scope, receive, send)
                    return
                size = length
                self._unread += size
            for piece in _pieces(message):
                await asyncio.wait_for(send(piece), self._patience_s)

        try:
            await self._app(scope, receive, sending)
        except TimeoutError:
            pass  # the answer stays half sent, for which its connection is closed
        finally:
            self._unread -= size


_BUSY = PlainTextResponse("too many large answers at once: ask again in a moment\n", 503)


def _length(message: Message) -> int:
    return int(Headers(raw=message.get("headers") or []).get("content-length") or 0)


def _pieces(message: Message) -> Iterator[Message]:
    """A message in parts, each of which waits until the one before is on its way."""
    body = message.get("body", b"")
    if len(body) <= PIECE:
        yield message
        return
    view = memoryview(body)
    for at in range(0, len(body), PIECE):
        more = at + PIECE < len(body) or message.get("more_body", False)
        yield {**message, "body": bytes(view[at : at + PIECE]), "more_body": more}
