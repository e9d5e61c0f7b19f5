"""Answers at the pace of their readers."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from logtrace.server import sending
from logtrace.server.sending import Paced
from tests.server.conftest import apart

BODY = b"x" * (3 * sending.PIECE + 7)
SCOPE = {"type": "http", "method": "GET", "headers": []}


async def receive() -> Any:
    raise AssertionError


def test_a_large_answer_goes_out_in_pieces():
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    apart(lambda: Paced(Response(BODY))(SCOPE, receive, send))
    assert [len(message["body"]) for message in sent[1:]] == [sending.PIECE] * 3 + [7]
    assert [message["more_body"] for message in sent[1:]] == [True, True, True, False]
    assert b"".join(message["body"] for message in sent[1:]) == BODY


def test_who_does_not_read_is_left():
    tried = 0

    async def send(message: Any) -> None:
        nonlocal tried
        if message["type"] == "http.response.body":
            tried += 1
            await asyncio.sleep(60)

    apart(lambda: Paced(Response(BODY), patience_s=0.01)(SCOPE, receive, send))
    assert tried == 1


def test_only_so_much_waits_at_once():
    large = Response(b"x" * sending.LARGE)
    statuses: list[int] = []

    async def run() -> None:
        reads = asyncio.Event()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif len(message["body"]) == sending.PIECE:
                await reads.wait()

        paced = Paced(large, most_unread=sending.LARGE + 1)
        first = asyncio.ensure_future(paced(SCOPE, receive, send))
        while not statuses:
            await asyncio.sleep(0)
        await paced(SCOPE, receive, send)
        reads.set()
        await first
        await paced(SCOPE, receive, send)

    apart(run)
    assert statuses == [200, 503, 200]
