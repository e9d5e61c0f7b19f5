"""Who listens to new traces is counted from the first moment to the last."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request

from logtrace.server.app import make_app
from logtrace.server.live import MOST_LISTENERS, live
from tests.server.conftest import apart


def test_only_so_many_listen(stories: Path):
    request = Request({"type": "http", "app": make_app(stories)})

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        await asyncio.sleep(0)

    async def run() -> list[int]:
        made = [await live(request) for _ in range(MOST_LISTENERS + 1)]
        await made[0]({"type": "http", "asgi": {}}, gone, send)
        return [each.status_code for each in (made[0], made[-2], made[-1], await live(request))]

    assert apart(run) == [200, 200, 503, 200]
