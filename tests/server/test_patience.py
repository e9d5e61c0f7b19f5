"""Connections that ask slowly, or not at all, end, and make room before for those who ask; answers may take their time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from logtrace.server import patience
from logtrace.server.patience import Impatient
from tests.server.conftest import apart

ASKED = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
BODY = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n"
PLACES = 5
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """What came, after half a second where the path says so."""
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served() -> AsyncIterator[Callable[[bytes], Awaitable[Streams]]]:
    """Begins connections to a server with few places, each with something sent."""
    config = uvicorn.Config(answer, http=Impatient, ws="none", lifespan="off", log_level="critical", limit_concurrency=PLACES)
    config.load()
    state, writers = ServerState(), list[asyncio.StreamWriter]()
    server = await asyncio.get_running_loop().create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)

    async def begun(sent: bytes) -> Streams:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(writer)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    try:
        yield begun
    finally:
        for writer in writers:
            writer.close()
        server.close()
        await asyncio.sleep(0.05)


async def ended(streams: Streams) -> bytes:
    """What comes until the server ends a connection."""
    try:
        return await asyncio.wait_for(streams[0].read(), 10)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("sent", [b"", ASKED[:20], BODY, BODY + b"x"], ids=["nothing", "half a head", "no body", "half a body"])
def test_half_a_request_ends_after_a_while(sent: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "HEAD_S", 0.1)
    monkeypatch.setattr(patience, "PAUSE_S", 0.1)

    async def run() -> bytes:
        async with served() as begun:
            return await ended(await begun(sent))

    assert apart(run) == b""


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "HEAD_S", 0.3)

    async def run() -> int:
        async with served() as begun:
            _, writer = await begun(b"")
            for number, byte in enumerate(ASKED * 10):
                if writer.transport.is_closing():
                    return number
                writer.write(bytes([byte]))
                await asyncio.sleep(0.02)
            return -1

    assert 0 < apart(run) < len(ASKED)


def test_an_answer_may_take_longer_than_a_question_and_another_question_may_follow(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "HEAD_S", 0.3)
    monkeypatch.setattr(patience, "PAUSE_S", 0.3)

    async def run() -> list[bytes]:
        async with served() as begun:
            reader, writer = await begun(b"")
            answers = []
            for asked in (ASKED.replace(b"/ ", b"/slow ", 1), BODY + b"body", ASKED):
                writer.write(asked)
                answers.append((await reader.readuntil(b"ok")).partition(b"\r\n")[0])
            return answers

    assert apart(run) == [b"HTTP/1.1 200 OK"] * 3


def test_where_all_places_are_taken_who_waits_longest_makes_room_for_who_asks():
    async def run() -> tuple[bytes, list[bool]]:
        async with served() as begun:
            halves = [await begun(ASKED[:20]) for _ in range(3 * PLACES)]
            reader, _ = await begun(ASKED)
            told = await asyncio.wait_for(reader.readuntil(b"ok"), 10)
            await asyncio.sleep(0.05)
            return told, [half[0].at_eof() or half[0].exception() is not None for half in halves]

    told, gone = apart(run)
    assert told.startswith(b"HTTP/1.1 200 OK")
    assert gone == [True] * (2 * PLACES + 2) + [False] * (PLACES - 2)


@pytest.mark.parametrize("method", [b"HEAD", b"POST"])
def test_what_is_no_http_within_a_body_is_no_error_of_ours(method: bytes, caplog: pytest.LogCaptureFixture):
    async def run() -> bytes:
        async with served() as begun:
            return await ended(await begun(method + b" /slow HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"))

    told = apart(run)
    assert told.startswith(b"HTTP/1.1 400 ") or (method, told) == (b"HEAD", b"")
    assert caplog.text == ""
